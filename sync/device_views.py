"""Tablets over HTTP: offered, enrolled, looked at, drained and revoked by their office."""

from typing import Any
from uuid import UUID

from axes.helpers import get_client_ip_address
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import AskedInteger, Form, filled, queried
from outreach.api.named_shapes import KaderSerializer
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.models import User
from outreach.problems import Problem, invalid, retry_after
from sync import guessing
from sync.account_views import TokensSerializer
from sync.device_shapes import DeviceDetailSerializer, DeviceSerializer, neighbours_of
from sync.devices import (
    change_state,
    create,
    devices_for,
    enrol,
    kader_to_equip,
    rename,
    renew_code,
    with_last_seen,
)
from sync.enrolment_addresses import enrolment_address, qr_svg
from sync.epoch import epoch
from sync.models import Device, EnrolmentCode

Role = User.Role
OFFICE = {Role.COORDINATOR, Role.ADMINISTRATOR}


class QueryForm(PageForm):
    """Which tablets are asked for."""

    kader = AskedInteger(min_value=1, max_value=2**63 - 1, required=False)
    state = serializers.ChoiceField(choices=Device.State.choices, required=False)


class DeviceForm(Form):
    kader = serializers.IntegerField()
    label = serializers.CharField(max_length=80)  # type: ignore[assignment]  # Field.label is its caption


class LabelForm(Form):
    label = serializers.CharField(max_length=80)  # type: ignore[assignment]  # Field.label is its caption


class NewDeviceSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    enrolment_code = serializers.CharField()
    enrolment_url = serializers.CharField()
    qr_svg = serializers.CharField(help_text="the URL as an SVG element")
    expires_at = serializers.DateTimeField()


class Devices(APIView):
    """The tablets of an office."""

    permission_classes = (HasRole,)
    roles = {"GET": OFFICE, "POST": OFFICE}

    @extend_schema(
        operation_id="devices_list",
        parameters=[QueryForm],
        responses=page_schema(DeviceSerializer),
    )
    def get(self, request: Request) -> Response:
        """Tablets, the newest first, with when each was last seen and what it still holds."""
        query = queried(QueryForm, request)
        asked = {name: query.get(name) for name in ("kader", "state")}
        devices = with_last_seen(devices_for(caller(request))).filter(
            **{name: value for name, value in asked.items() if value is not None}
        )
        page = page_of(devices.select_related("kader", "last_report"), query, by="created_at")
        neighbours = neighbours_of(page.results, caller(request))
        return Response(page.told(DeviceSerializer, neighbours=neighbours))

    @extend_schema(
        operation_id="devices_create", request=DeviceForm, responses={201: NewDeviceSerializer}
    )
    def post(self, request: Request) -> Response:
        """A code that enrols one tablet for a kader, once, within 24 hours."""
        form = filled(DeviceForm, request)
        actor = caller(request)
        kader = kader_to_equip(actor).filter(pk=form["kader"]).first()
        if kader is None:
            raise invalid(("/kader", "does_not_exist", "There is no such kader in your offices."))
        return _offer(request, *create(kader, form["label"], actor, timezone.now()))


class OneDevice(APIView):
    """A tablet."""

    permission_classes = (HasRole,)
    roles = {"GET": OFFICE, "PATCH": OFFICE}

    @extend_schema(operation_id="devices_retrieve", responses=DeviceDetailSerializer)
    def get(self, request: Request, device_id: UUID) -> Response:
        """The tablet with how its clock stood."""
        return _shown(request, device_id)

    @extend_schema(
        operation_id="devices_update", request=LabelForm, responses=DeviceDetailSerializer
    )
    def patch(self, request: Request, device_id: UUID) -> Response:
        """Call the tablet something else."""
        rename(device_id, filled(LabelForm, request)["label"], caller(request))
        return _shown(request, device_id)


class DeviceCode(APIView):
    """The way back for a tablet whose code or tokens were lost."""

    permission_classes = (HasRole,)
    roles = {"POST": OFFICE}

    @extend_schema(operation_id="devices_code", request=None, responses={201: NewDeviceSerializer})
    def post(self, request: Request, device_id: UUID) -> Response:
        """A new code for this tablet; the one before is worth nothing, its tokens end with use."""
        return _offer(request, *renew_code(device_id, caller(request), timezone.now()))


class EnrolForm(serializers.Serializer[Any]):
    enrolment_code = serializers.CharField(max_length=40)
    platform = serializers.CharField(max_length=40, allow_blank=True, default="")
    app_version = serializers.CharField(max_length=40, allow_blank=True, default="")
    installation_id = serializers.UUIDField(
        allow_null=True, default=None, help_text="made by the app once, the same for all its kader"
    )


class EnrolledSerializer(TokensSerializer):
    device_id = serializers.UUIDField()
    kader = KaderSerializer()
    epoch = serializers.CharField(help_text="changes when the server was restored from a backup")


class Enrol(APIView):
    """A tablet joins."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="devices_enrol", request=EnrolForm, responses={201: EnrolledSerializer}
    )
    def post(self, request: Request) -> Response:
        """Turn an enrolment code into a tablet with tokens of its own.

        A code works once; after a lost answer it works again for the same `installation_id`, until
        the tablet pushes, reports or refreshes its tokens.
        """
        form = filled(EnrolForm, request)
        now = timezone.now()
        try:
            enrolled = enrol(
                form["enrolment_code"],
                form["platform"],
                form["app_version"],
                now,
                form["installation_id"],
            )
        except Problem:
            address = get_client_ip_address(request._request)  # noqa: SLF001 - it wants Django's own
            if wait_s := guessing.wait_s(address, now):
                raise Problem("throttled", headers=retry_after(wait_s)) from None
            guessing.note_wrong(address, now)
            raise
        answer = {
            "device_id": enrolled.device.id,
            "kader": KaderSerializer(enrolled.device.kader).data,
            "epoch": epoch(),
            **enrolled.tokens,
        }
        return Response(answer, status=201)


class StateForm(Form):
    state = serializers.ChoiceField(
        choices=[Device.State.ACTIVE, Device.State.DRAIN_ONLY, Device.State.REVOKED]
    )
    reason = serializers.CharField(min_length=3, max_length=500)
    hand_over = serializers.BooleanField(
        default=True,
        help_text="for revoked: false has the tablet erase itself with all it holds, as if stolen",
    )


class DeviceState(APIView):
    """What a tablet may do."""

    permission_classes = (HasRole,)
    roles = {"POST": OFFICE}

    @extend_schema(
        operation_id="devices_state", request=StateForm, responses=DeviceDetailSerializer
    )
    def post(self, request: Request, device_id: UUID) -> Response:
        """Let a tablet work, or only send what it holds (drain_only), or be done (revoked).

        A revoked tablet reads nothing. It is told to hand over what it holds, which goes into
        review, and then to erase itself; with `hand_over: false` to erase itself at once.
        """
        form = filled(StateForm, request)
        change_state(
            device_id,
            form["state"],
            form["reason"],
            caller(request),
            timezone.now(),
            hand_over=form["hand_over"],
        )
        return _shown(request, device_id)


def _offer(request: Request, device: Device, enrolment: EnrolmentCode, code: str) -> Response:
    url = enrolment_address(request, code)
    return Response(
        {
            "id": device.id,
            "enrolment_code": code,
            "enrolment_url": url,
            "qr_svg": qr_svg(url),
            "expires_at": enrolment.expires_at,
        },
        status=201,
    )


def _shown(request: Request, device_id: UUID) -> Response:
    devices = with_last_seen(devices_for(caller(request)).select_related("kader", "last_report"))
    device = devices.filter(pk=device_id).first()
    if device is None:
        raise Problem("not_found")
    context = {"neighbours": neighbours_of([device], caller(request))}
    return Response(DeviceDetailSerializer(device, context=context).data)
