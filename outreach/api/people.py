"""Users and offices over HTTP."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Day, Form, Phone, RegionCode, filled, queried, wrong
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.kader.accounts import open_account, valid_user_name
from outreach.models import Office, User
from outreach.offices.moving import settle_in
from outreach.offices.territory import assigned_to, today
from outreach.problems import invalid
from outreach.scopes import offices_for, users_for

Role = User.Role
MOST_OFFICES = 1000


class UserSerializer(serializers.ModelSerializer[User]):
    office = serializers.IntegerField(source="office_id", allow_null=True)

    class Meta:
        model = User
        fields = ("id", "username", "full_name", "role", "office", "phone", "is_active")


class UserForm(Form):
    username = serializers.CharField(max_length=150, validators=[valid_user_name])
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    role = serializers.ChoiceField(choices=Role.choices)
    office = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, allow_null=True, default=None
    )
    full_name = serializers.CharField(max_length=120)
    phone = Phone(allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["office"] is None and attrs["role"] != Role.ADMINISTRATOR:
            raise wrong("office", "required", _("Everybody but administrators has an office."))
        named = User(username=attrs["username"], full_name=attrs["full_name"])
        try:
            validate_password(attrs["password"], named)
        except ValidationError as error:
            raise serializers.ValidationError({"password": error.messages}) from None
        return attrs


class NewKaderForm(Form):
    """What a kader's account is made of: no password, as a tablet is enrolled with a code."""

    full_name = serializers.CharField(max_length=120)
    username = serializers.CharField(max_length=150, validators=[valid_user_name])
    phone = Phone(allow_blank=True, default="")
    office = serializers.IntegerField(min_value=1, max_value=2**63 - 1)


class Users(APIView):
    """Who signs in."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.COORDINATOR, Role.ADMINISTRATOR}, "POST": {Role.ADMINISTRATOR}}

    @extend_schema(
        operation_id="users_list", parameters=[PageForm], responses=page_schema(UserSerializer)
    )
    def get(self, request: Request) -> Response:
        """Users, the newest first; for a coordinator those of the own offices."""
        page = page_of(users_for(caller(request)), queried(PageForm, request), by="date_joined")
        return Response(page.told(UserSerializer))

    @extend_schema(operation_id="users_create", request=UserForm, responses={201: UserSerializer})
    def post(self, request: Request) -> Response:
        """Let somebody sign in."""
        user = open_account(caller(request), **filled(UserForm, request))
        return Response(UserSerializer(user).data, status=201)


class OfficeSerializer(serializers.ModelSerializer[Office]):
    parent = serializers.IntegerField(  # type: ignore[assignment]  # Field.parent is where it hangs
        source="parent_id", allow_null=True
    )
    regions = serializers.SerializerMethodField(
        help_text="codes of what it looks after today, but for parts that are another's"
    )

    class Meta:
        model = Office
        fields = ("id", "name", "kind", "parent", "regions")

    def get_regions(self, office: Office) -> list[str]:
        assigned: dict[int, list[str]] = self.context["assigned"]
        return assigned.get(office.pk, [])


class OfficeListSerializer(serializers.Serializer[Any]):
    results = OfficeSerializer(many=True)


class OfficeForm(Form):
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=Office.Kind.choices)
    parent = serializers.IntegerField(  # type: ignore[assignment]  # Field.parent is where it hangs
        min_value=1, max_value=2**63 - 1, allow_null=True, default=None
    )
    regions = serializers.ListField(child=RegionCode(), default=list, max_length=600)
    since = Day(required=False, help_text="from when on it looks after them; today unless given")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["parent"] is not None and attrs["kind"] == Office.Kind.REGIONAL:
            raise wrong("parent", "not_allowed", _("A regional office has none above it."))
        return attrs


class Offices(APIView):
    """Offices and what they look after."""

    permission_classes = (HasRole,)
    roles = {"GET": set(Role) - {Role.KADER}, "POST": {Role.ADMINISTRATOR}}

    @extend_schema(operation_id="offices_list", responses=OfficeListSerializer)
    def get(self, request: Request) -> Response:
        """One's own office with its branches; for administrators all."""
        offices = list(offices_for(caller(request)).order_by("name")[:MOST_OFFICES])
        return Response({"results": _told(offices)})

    @extend_schema(
        operation_id="offices_create", request=OfficeForm, responses={201: OfficeSerializer}
    )
    def post(self, request: Request) -> Response:
        """Open an office."""
        form = filled(OfficeForm, request)
        regional = Office.objects.filter(pk=form["parent"], kind=Office.Kind.REGIONAL)
        if form["parent"] is not None and not regional.exists():
            raise invalid(("/parent", "does_not_exist", _("There is no such regional office.")))
        with transaction.atomic():
            office, is_new = Office.objects.get_or_create(
                name=form["name"], defaults={"kind": form["kind"], "parent_id": form["parent"]}
            )
            if not is_new:
                raise invalid(("/name", "taken", _("There is an office of this name already.")))
            settle_in(office, form["regions"], form.get("since", today(timezone.now())))
        return Response(_told([office])[0], status=201)


def _told(offices: Sequence[Office]) -> Any:
    assigned = assigned_to([office.pk for office in offices], today(timezone.now()))
    return OfficeSerializer(offices, many=True, context={"assigned": assigned}).data
