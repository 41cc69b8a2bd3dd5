"""Duplicate hints over HTTP: what a tablet holds to warn its kader without signal."""

from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from outreach import bulk
from outreach.api.freshness import not_modified, tag_of, with_tag
from outreach.api.packing import encoded
from outreach.api.permissions import caller
from outreach.problems import Problem
from sync.hints import HintsAnswer, answer_of
from sync.models import Device, HintFilter
from sync.permissions import IsKader
from sync.schema import answered
from sync.tokens import Bearer

SMALL = 6
"""The level of gzip for what is asked for again only when it has changed."""


class Hints(APIView):
    """Who is probably registered already, as far as a tablet may hold it."""

    permission_classes = (IsKader,)

    @extend_schema(operation_id="hints", responses=answered(HintsAnswer))
    def get(self, request: Request) -> HttpResponseBase:
        """The filter of the kader's office, for enrolled tablets that are active. With an ETag.

        It only hints: whether somebody is a duplicate is said by the answer to a push.
        """
        device = request.auth.device if isinstance(request.auth, Bearer) else None
        if device is None:
            raise Problem("forbidden", _("Only an enrolled tablet is given this."))
        office = caller(request).office_id
        hints = HintFilter.objects.filter(pk=office, is_on=True, content__isnull=False)
        found = hints.defer("content").first()
        tag = tag_of("hints", office, *((found.key_number, found.version) if found else ()))
        if unchanged := not_modified(request, tag):
            return unchanged
        # The row may have changed in between: the answer and its tag are of what is read now.
        found = hints.first()
        tag = tag_of("hints", office, *((found.key_number, found.version) if found else ()))
        if found is not None:
            _note(device, found)
        return with_tag(encoded(request, answer_of(found), SMALL), tag)


def _note(device: Device, hints: HintFilter) -> None:
    bulk.run(
        "INSERT INTO sync_hintholding (device_id, office_id, version, given_at)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT (device_id) DO UPDATE SET"
        " office_id = excluded.office_id, version = excluded.version,"
        " given_at = excluded.given_at",
        [device.pk, hints.office_id, hints.version, timezone.now()],
    )
