"""Signing in and tablets over HTTP."""

from typing import Any
from uuid import UUID

import segno
from axes.helpers import get_client_ip_address
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Form, filled
from outreach.api.pages import PARAMETERS, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.api.registration_shapes import KaderSerializer
from outreach.models import User
from outreach.problems import Problem, invalid
from outreach.scopes import users_for
from sync import guessing
from sync.devices import change_state, create, devices_for, enrol
from sync.epoch import epoch
from sync.models import Device
from sync.tokens import CHALLENGE, refresh, sign_in

Role = User.Role
CLIENT_PATH = "/tablet/"
"""Where the tablet client lives; the code travels in the fragment, which no server logs."""


class SignInForm(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=128, trim_whitespace=False)


class RefreshForm(serializers.Serializer[Any]):
    refresh = serializers.CharField(max_length=2000)


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class SignIn(APIView):
    """Sign in with a password."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="auth_token", request=SignInForm, responses=TokensSerializer)
    def post(self, request: Request) -> Response:
        """An access token of 15 minutes and a refresh token for the time after."""
        form = filled(SignInForm, request)
        plain: HttpRequest = request._request  # noqa: SLF001 - sign-in backends want Django's own
        user = authenticate(plain, username=form["username"], password=form["password"])
        if not isinstance(user, User):
            raise Problem("credentials_invalid", headers={"WWW-Authenticate": CHALLENGE})
        user_logged_in.send(sender=User, request=plain, user=user)
        return Response(sign_in(user, None, timezone.now()))


class Refresh(APIView):
    """Go on without a password."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="auth_token_refresh", request=RefreshForm, responses=TokensSerializer
    )
    def post(self, request: Request) -> Response:
        """New tokens; the refresh token sent stays good until the new one is first used."""
        return Response(refresh(filled(RefreshForm, request)["refresh"], timezone.now()))


class DeviceSerializer(serializers.ModelSerializer[Device]):
    kader = KaderSerializer()

    class Meta:
        model = Device
        fields = (
            "id",
            "kader",
            "label",
            "state",
            "state_reason",
            "platform",
            "app_version",
            "created_at",
            "enrolled_at",
            "pushed_at",
            "clock_skew_s",
        )


class DeviceForm(Form):
    kader = serializers.IntegerField()
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
    roles = {
        "GET": {Role.COORDINATOR, Role.ADMINISTRATOR},
        "POST": {Role.COORDINATOR, Role.ADMINISTRATOR},
    }

    @extend_schema(
        operation_id="devices_list",
        parameters=PARAMETERS,
        responses=page_schema(DeviceSerializer),
    )
    def get(self, request: Request) -> Response:
        """Tablets, the newest first, with when each last pushed."""
        devices = devices_for(caller(request)).select_related("kader")
        page = page_of(devices, request.query_params, by="created_at")
        return Response(
            {"results": DeviceSerializer(page.results, many=True).data, "next": page.next}
        )

    @extend_schema(
        operation_id="devices_create", request=DeviceForm, responses={201: NewDeviceSerializer}
    )
    def post(self, request: Request) -> Response:
        """A code that enrols one tablet for a kader, once, within 24 hours."""
        form = filled(DeviceForm, request)
        actor = caller(request)
        kader = users_for(actor).filter(pk=form["kader"], role=Role.KADER, is_active=True).first()
        if kader is None:
            raise invalid(("/kader", "does_not_exist", "There is no such kader in your offices."))
        device, enrolment, code = create(kader, form["label"], actor, timezone.now())
        url = request.build_absolute_uri(f"{CLIENT_PATH}#{code}")
        return Response(
            {
                "id": device.id,
                "enrolment_code": code,
                "enrolment_url": url,
                "qr_svg": segno.make_qr(url, error="m").svg_inline(scale=4),
                "expires_at": enrolment.expires_at,
            },
            status=201,
        )


class EnrolForm(serializers.Serializer[Any]):
    enrolment_code = serializers.CharField(max_length=40)
    platform = serializers.CharField(max_length=40, allow_blank=True, default="")
    app_version = serializers.CharField(max_length=40, allow_blank=True, default="")


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
        """Turn an enrolment code into a tablet with tokens of its own; a code works once."""
        form = filled(EnrolForm, request)
        now = timezone.now()
        address = get_client_ip_address(request._request)  # noqa: SLF001 - it wants Django's own
        if wait_s := guessing.wait_s(address, now):
            raise Problem("throttled", headers={"Retry-After": str(wait_s)})
        try:
            enrolled = enrol(form["enrolment_code"], form["platform"], form["app_version"], now)
        except Problem:
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


class DeviceState(APIView):
    """What a tablet may do."""

    permission_classes = (HasRole,)
    roles = {"POST": {Role.COORDINATOR, Role.ADMINISTRATOR}}

    @extend_schema(operation_id="devices_state", request=StateForm, responses=DeviceSerializer)
    def post(self, request: Request, device_id: UUID) -> Response:
        """Let a tablet work, or only send what it holds (drain_only), or do nothing any more."""
        form = filled(StateForm, request)
        device = change_state(
            device_id, form["state"], form["reason"], caller(request), timezone.now()
        )
        return Response(DeviceSerializer(device).data)
