"""Blind calls to workers who were registered: samples, cases, results, over HTTP."""

from uuid import UUID

from django.db.models import Count
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import ReasonForm, filled, queried
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.api.recontact_shapes import (
    CalledSerializer,
    CallForm,
    CaseSerializer,
    ResultsSerializer,
    SampleForm,
    SampleSerializer,
    ShownSerializer,
    told,
)
from outreach.models import RecontactSample, User
from outreach.problems import Problem
from outreach.recontact.calling import cases_for, record, show
from outreach.recontact.results import results_of
from outreach.recontact.sampling import Asked, close, sample, samples_with_calls
from outreach.scopes import recontact_samples_for

Role = User.Role
CALLING = {Role.COORDINATOR, Role.OFFICER}
SEEING = {Role.COORDINATOR, Role.SUPERVISOR, Role.ADMINISTRATOR}


class Samples(APIView):
    """Samples of verified registrations."""

    permission_classes = (HasRole,)
    roles = {"GET": CALLING | SEEING, "POST": {Role.COORDINATOR}}

    @extend_schema(
        operation_id="recontact_samples_list",
        parameters=[PageForm],
        responses=page_schema(SampleSerializer),
    )
    def get(self, request: Request) -> Response:
        """Those of one's office and its branches, the last first."""
        page = page_of(samples_with_calls(caller(request)), queried(PageForm, request), "made_at")
        return Response(page.told(SampleSerializer))

    @extend_schema(
        operation_id="recontact_samples_draw",
        request=SampleForm,
        responses={200: OpenApiResponse(SampleSerializer, "drawn before"), 201: SampleSerializer},
    )
    def post(self, request: Request) -> Response:
        """Draw verified registrations by chance, some of each kader; those with doubts more often,
        which nobody is told of any."""
        form = filled(SampleForm, request)
        user = caller(request)
        office = form.get("office", user.office_id)
        assert office is not None, "a coordinator has one"
        asked = Asked(
            office, form.get("campaign"), form["first_day"], form["last_day"], form["size"]
        )
        made, is_new = sample(form["id"], asked, user, timezone.now())
        return _told_sample(user, made.pk, 201 if is_new else 200)


class OneSample(APIView):
    """A sample."""

    permission_classes = (HasRole,)
    roles = {"GET": CALLING | SEEING}

    @extend_schema(operation_id="recontact_samples_retrieve", responses=SampleSerializer)
    def get(self, request: Request, sample_id: UUID) -> Response:
        """What was drawn from what, and how far the calls are."""
        return _told_sample(caller(request), sample_id)


class Cases(APIView):
    """Who is to be called."""

    permission_classes = (HasRole,)
    roles = {"GET": CALLING}

    @extend_schema(
        operation_id="recontact_samples_cases",
        parameters=[PageForm],
        responses=page_schema(CaseSerializer),
    )
    def get(self, request: Request, sample_id: UUID) -> Response:
        """In the order of the draw, without names, kader or campaign; those whose registration one
        has decided about are left to others."""
        user = caller(request)
        rows = (
            cases_for(user)
            .filter(sample=sample_id)
            .select_related("registration")
            .annotate(call_count=Count("calls"))
        )
        page = page_of(rows, queried(PageForm, request), "place", lowest_first=True)
        if not recontact_samples_for(user).filter(pk=sample_id).exists():
            raise Problem("not_found")
        return Response(page.told(CaseSerializer, user=user.pk, now=timezone.now()))


class CloseSample(APIView):
    """The end of a sample."""

    permission_classes = (HasRole,)
    roles = {"POST": {Role.COORDINATOR}}

    @extend_schema(
        operation_id="recontact_samples_close", request=ReasonForm, responses=SampleSerializer
    )
    def post(self, request: Request, sample_id: UUID) -> Response:
        """End the calls: the result is told from now on, and nothing is added any more."""
        user = caller(request)
        close(sample_id, user, filled(ReasonForm, request)["reason"], timezone.now())
        return _told_sample(user, sample_id)


class SampleResult(APIView):
    """What came of a sample."""

    permission_classes = (HasRole,)
    roles = {"GET": SEEING}

    @extend_schema(operation_id="recontact_samples_result", responses=ResultsSerializer)
    def get(self, request: Request, sample_id: UUID) -> Response:
        """The share of those who deny with its bounds, once the sample is closed, so that nobody
        stops calling where it suits. For supervisors by office alone, small counts withheld."""
        user = caller(request)
        found = recontact_samples_for(user).filter(pk=sample_id).first()
        if found is None:
            raise Problem("not_found")
        if found.closed_at is None:
            raise Problem("sample_open")
        guarded = user.role == Role.SUPERVISOR
        return Response(ResultsSerializer(told(found.pk, results_of(found), guarded=guarded)).data)


class ShowCase(APIView):
    """Somebody to be called, in clear."""

    permission_classes = (HasRole,)
    roles = {"POST": CALLING}

    @extend_schema(operation_id="recontact_cases_show", request=None, responses=ShownSerializer)
    def post(self, request: Request, case_id: UUID) -> Response:
        """Name and number, on the record; others cannot have the case for half an hour."""
        return Response(ShownSerializer(show(case_id, caller(request), timezone.now())).data)


class CaseOutcome(APIView):
    """What a call brought."""

    permission_classes = (HasRole,)
    roles = {"POST": CALLING}

    @extend_schema(
        operation_id="recontact_cases_outcome", request=CallForm, responses=CalledSerializer
    )
    def post(self, request: Request, case_id: UUID) -> Response:
        """Keep it; a mistake is put right by another. No status changes: who denies becomes a flag
        that the kader can answer and a coordinator decides about."""
        form = filled(CallForm, request)
        case = record(
            form["id"], case_id, form["outcome"], form["note"], caller(request), timezone.now()
        )
        return Response(CalledSerializer(case).data)


def _told_sample(user: User, sample_id: UUID, status: int = 200) -> Response:
    found: RecontactSample | None = samples_with_calls(user).filter(pk=sample_id).first()
    if found is None:
        raise Problem("not_found")
    return Response(SampleSerializer(found).data, status=status)


_SAMPLE = "recontact-samples/<uuid:sample_id>/"
_CASE = "recontact-cases/<uuid:case_id>/"
urlpatterns = [
    path("recontact-samples/", Samples.as_view(), name="recontact-samples"),
    path(_SAMPLE, OneSample.as_view(), name="recontact-sample"),
    path(f"{_SAMPLE}cases/", Cases.as_view(), name="recontact-sample-cases"),
    path(f"{_SAMPLE}close/", CloseSample.as_view(), name="recontact-sample-close"),
    path(f"{_SAMPLE}result/", SampleResult.as_view(), name="recontact-sample-result"),
    path(f"{_CASE}show/", ShowCase.as_view(), name="recontact-case-show"),
    path(f"{_CASE}outcome/", CaseOutcome.as_view(), name="recontact-case-outcome"),
]
