"""A tablet's report over HTTP."""

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from outreach.api.packing import encoded
from outreach.problems import Problem, invalid
from sync import clients, handing_over
from sync.answer_headers import tell
from sync.bodies import read_json
from sync.clients import verdict_on
from sync.permissions import IsKader
from sync.reports import ReportAnswer, TabletReport, take_report
from sync.schema import answered, sent
from sync.tokens import Bearer
from sync.wire import EARLIEST_YEAR, LATEST_YEAR, typed

MAX_BODY_BYTES = 16 * 1024


class Report(APIView):
    """What a tablet says of itself."""

    permission_classes = (IsKader,)
    allows_draining = True
    allows_handing_over = True

    @extend_schema(
        operation_id="devices_report", request=sent(TabletReport), responses=answered(ReportAnswer)
    )
    def post(self, request: Request) -> HttpResponse:
        """How many records it holds and how it is; answers its state and what to do now."""
        assert isinstance(request.auth, Bearer)
        device = request.auth.device
        if device is None:
            raise Problem("forbidden", "Only an enrolled tablet reports.")
        report = typed(
            read_json(request, MAX_BODY_BYTES, max_body_bytes=MAX_BODY_BYTES), TabletReport
        )
        for name in ("sent_at", "oldest_unsynced_at"):
            at = getattr(report, name)
            if at and not EARLIEST_YEAR <= at.year < LATEST_YEAR:
                raise invalid((f"/{name}", "out_of_range", "Not a time of this century."))
        now = timezone.now()
        verdict = verdict_on(request.headers.get(clients.HEADER, ""), now)
        answer = take_report(report, device, verdict, now)
        if answer.device_action:
            tell(request, {handing_over.HEADER: answer.device_action})
        return encoded(request, answer)
