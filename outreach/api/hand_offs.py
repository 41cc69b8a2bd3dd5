"""Handing registrations off to BPJS: who waits, the batches, their files."""

from typing import Any
from uuid import UUID, uuid4

from django.db.models import Count, Q
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Form, ReasonForm, RegionCode, filled, queried
from outreach.api.membership_shapes import HandOffSerializer, MadeSerializer
from outreach.api.memberships import OFFICE, WhichForm
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.api.registration_shapes import (
    RegistrationSerializer,
)
from outreach.api.registrations import PAGE, condition_of, listed
from outreach.imports.writing import XLSX
from outreach.membership import files
from outreach.membership.handing_off import MOST_AT_ONCE, hand_off, take_back, waiting
from outreach.models import HandOff, User
from outreach.problems import Problem
from outreach.scopes import hand_offs_for

Role = User.Role


class HandOffForm(Form):
    id = serializers.UUIDField(
        required=False, help_text="yours to choose, so that asking again makes no second batch"
    )
    campaign = serializers.UUIDField(required=False)
    village = RegionCode(required=False)
    ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, min_length=1, max_length=MOST_AT_ONCE
    )
    most = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE, default=MOST_AT_ONCE)


class FileForm(Form):
    form = serializers.ChoiceField(choices=["csv", "xlsx"], default="xlsx")


class Waiting(APIView):
    """The officers' work list."""

    permission_classes = (HasRole,)
    roles = {"GET": OFFICE}

    @extend_schema(
        operation_id="hand_offs_waiting",
        parameters=[WhichForm],
        responses=PAGE,
    )
    def get(self, request: Request) -> Response:
        """Verified registrations that nobody has handed off, the first received first."""
        asked = queried(WhichForm, request)
        found = listed(waiting(caller(request))).filter(condition_of(asked))
        page = page_of(found, asked, "received_at", lowest_first=True)
        return Response(page.told(RegistrationSerializer))


class HandOffs(APIView):
    """Batches that were handed off."""

    permission_classes = (HasRole,)
    roles = {"GET": OFFICE, "POST": {Role.OFFICER}}

    @extend_schema(
        operation_id="hand_offs_list",
        parameters=[PageForm],
        responses=page_schema(HandOffSerializer),
    )
    def get(self, request: Request) -> Response:
        """The batches of one's office and its branches, the last first."""
        page = page_of(_counted(caller(request)), queried(PageForm, request), "made_at")
        return Response(page.told(HandOffSerializer))

    @extend_schema(operation_id="hand_offs_make", request=HandOffForm, responses=MadeSerializer)
    def post(self, request: Request) -> Response:
        """Hand off verified registrations: those named, or those of a campaign or village."""
        form = filled(HandOffForm, request)
        which = {name: form[name] for name in ("campaign", "village") if name in form}
        made = hand_off(
            form.get("id", uuid4()),
            caller(request),
            condition_of(which),
            form.get("ids"),
            form["most"],
            timezone.now(),
        )
        shown = _counted(caller(request)).get(pk=made.hand_off.pk)
        body = HandOffSerializer(shown).data | {"left_out": made.left_out}
        return Response(body, status=201 if made.is_new else 200)


class OneHandOff(APIView):
    """A batch."""

    permission_classes = (HasRole,)
    roles = {"GET": OFFICE}

    @extend_schema(operation_id="hand_offs_retrieve", responses=HandOffSerializer)
    def get(self, request: Request, hand_off_id: UUID) -> Response:
        """How many there are in it, and what BPJS has answered."""
        return Response(HandOffSerializer(_seen(caller(request), hand_off_id)).data)


class TakeBack(APIView):
    """A batch that was a mistake."""

    permission_classes = (HasRole,)
    roles = {"POST": {Role.OFFICER}}

    @extend_schema(
        operation_id="hand_offs_take_back", request=ReasonForm, responses=HandOffSerializer
    )
    def post(self, request: Request, hand_off_id: UUID) -> Response:
        """Take a batch back, as long as no result of it has come; its registrations are verified
        as before."""
        reason = filled(ReasonForm, request)["reason"]
        take_back(hand_off_id, caller(request), reason, timezone.now())
        return Response(HandOffSerializer(_seen(caller(request), hand_off_id)).data)


class HandOffFile(APIView):
    """The file for BPJS."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.OFFICER}}

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:  # noqa: FBT001, FBT002 - DRF's signature
        """Whatever is accepted: the file is what it is, and problems are JSON anyway."""
        del request, force
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type

    @extend_schema(
        operation_id="hand_offs_file",
        parameters=[FileForm],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, XLSX): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request, hand_off_id: UUID) -> HttpResponseBase:
        """Everybody in the batch with all that BPJS asks for, in clear: a disclosure of each, every
        time it is asked for."""
        asked = queried(FileForm, request)
        batch = _seen(caller(request), hand_off_id)
        if batch.taken_back_at:
            raise Problem("hand_off_taken_back")
        files.disclose(batch, caller(request), timezone.now())
        name = f"penyerahan-{batch.pk}.{asked['form']}"
        if asked["form"] == "xlsx":
            return FileResponse(
                files.xlsx_file(batch), filename=name, as_attachment=True, content_type=XLSX
            )
        return StreamingHttpResponse(
            files.csv_lines(batch),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _counted(user: User) -> Any:
    return (
        hand_offs_for(user)
        .select_related("office", "made_by")
        .annotate(
            accepted=Count("rows", filter=Q(rows__answer="accepted")),
            refused=Count("rows", filter=Q(rows__answer="refused")),
        )
    )


def _seen(user: User, hand_off_id: UUID) -> HandOff:
    found: HandOff | None = _counted(user).filter(pk=hand_off_id).first()
    if found is None:
        raise Problem("not_found")
    return found
