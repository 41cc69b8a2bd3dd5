"""One user: the account and its log, and what is known of a kader."""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from django.db import IntegrityError, transaction
from django.db.models import Model
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach import transactions
from outreach.api import kader_forms as forms
from outreach.api.forms import Phone, ReasonForm, filled, queried
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.people import UserSerializer
from outreach.api.permissions import HasRole, caller
from outreach.geo.region_codes import is_village_code
from outreach.kader.accounts import FIELDS, change_account, locked, note
from outreach.kader.letters import Assignment, assignment_of, running_out, take_back_doubts
from outreach.models import (
    AccountChange,
    Agency,
    AssignmentLetter,
    CommunityRole,
    KaderVillage,
    Region,
    Training,
    User,
)
from outreach.offices.territory import today
from outreach.problems import Problem, invalid
from outreach.scopes import offices_for, users_for

Role = User.Role
KEEPERS = {Role.COORDINATOR, Role.ADMINISTRATOR}
MOST_ENTRIES = 200


class AssignmentSerializer(serializers.Serializer[Assignment]):
    state = serializers.ChoiceField(("valid", "ends_soon", "expired", "not_yet", "none"))
    until = serializers.DateField(allow_null=True)


class ProfileSerializer(UserSerializer):
    assignment = AssignmentSerializer()
    letters = forms.LetterSerializer(many=True)
    trainings = forms.TrainingSerializer(many=True)
    agencies = forms.AgencySerializer(many=True)
    villages = forms.KaderVillageSerializer(many=True)
    community_roles = forms.CommunityRoleSerializer(many=True)

    class Meta:
        model = User
        fields = (
            *UserSerializer.Meta.fields,
            "assignment",
            "letters",
            "trainings",
            "agencies",
            "villages",
            "community_roles",
        )


class AccountForm(ReasonForm):
    full_name = serializers.CharField(max_length=120, required=False)
    phone = Phone(allow_blank=True, required=False)
    office = serializers.IntegerField(
        min_value=1, max_value=2**63 - 1, allow_null=True, required=False
    )
    is_active = serializers.BooleanField(required=False)


class AccountChangeSerializer(serializers.ModelSerializer[AccountChange]):
    actor = serializers.IntegerField(source="actor_id", allow_null=True)
    fields_changed = serializers.DictField(source="fields", help_text="[before, after] of each")

    class Meta:
        model = AccountChange
        fields = ("id", "actor", "fields_changed", "reason", "made_at")


class WarningSerializer(serializers.Serializer[Any]):
    kader = serializers.IntegerField(source="pk")
    full_name = serializers.CharField()
    office = serializers.IntegerField(source="office_id")
    until = serializers.DateField(help_text="the last letter's last day")
    is_expired = serializers.BooleanField()


class WarningsSerializer(serializers.Serializer[Any]):
    results = WarningSerializer(many=True)


class OneUser(APIView):
    """One user."""

    permission_classes = (HasRole,)
    roles = {"GET": KEEPERS | {Role.KADER}, "PATCH": KEEPERS}

    @extend_schema(operation_id="users_retrieve", responses=ProfileSerializer)
    def get(self, request: Request, user_id: int) -> Response:
        """The account, and of a kader letters, training, agency, villages and roles."""
        user = users_for(caller(request)).filter(pk=user_id).first() if user_id < 2**63 else None
        if user is None:
            raise Problem("not_found")
        return Response(ProfileSerializer(_profile(user)).data)

    @extend_schema(operation_id="users_change", request=AccountForm, responses=UserSerializer)
    def patch(self, request: Request, user_id: int) -> Response:
        """Change name, phone or office, close the account or open it again, for a reason."""
        form = filled(AccountForm, request)
        fields = {name: form[name] for name in FIELDS if name in form}
        user = change_account(caller(request), user_id, fields, form["reason"], timezone.now())
        return Response(UserSerializer(user).data)


class Me(APIView):
    """A kader's own account."""

    permission_classes = (HasRole,)
    roles = {"GET": {Role.KADER}}

    @extend_schema(operation_id="kader_me", responses=ProfileSerializer)
    def get(self, request: Request) -> Response:
        """What is known of oneself, and until when one's letter is valid."""
        return Response(ProfileSerializer(_profile(caller(request))).data)


class AccountLog(APIView):
    """What was changed about one user."""

    permission_classes = (HasRole,)
    roles = {"GET": KEEPERS}

    @extend_schema(
        operation_id="users_changes",
        parameters=[PageForm],
        responses=page_schema(AccountChangeSerializer),
    )
    def get(self, request: Request, user_id: int) -> Response:
        """Changes, the newest first."""
        user = users_for(caller(request)).filter(pk=user_id).first() if user_id < 2**63 else None
        if user is None:
            raise Problem("not_found")
        page = page_of(user.account_changes.all(), queried(PageForm, request), by="made_at")
        return Response(page.told(AccountChangeSerializer))


class Warnings(APIView):
    """Kader whose assignment letter has ended or ends soon."""

    permission_classes = (HasRole,)
    roles = {"GET": KEEPERS}

    @extend_schema(operation_id="kader_warnings", responses=WarningsSerializer)
    def get(self, request: Request) -> Response:
        """Those of one's offices whose last letter has ended or ends within 30 days."""
        day = today(timezone.now())
        found = list(running_out(users_for(caller(request)), day)[:MOST_ENTRIES])
        for kader in found:
            kader.is_expired = kader.until < day  # type: ignore[attr-defined]  # both are the row's
        return Response({"results": WarningSerializer(found, many=True).data})


def _profile(user: User) -> User:
    """The user with what the serializer tells."""
    letters = list(user.letters.order_by("-valid_to", "-pk")[:MOST_ENTRIES])
    told: Any = user
    told.assignment = assignment_of(letters, today(timezone.now()))
    told.villages = user.own_villages.order_by("village", "first_day")[:MOST_ENTRIES]
    return user


class Kind(NamedTuple):
    """A kind of thing that is known of a kader from a day to a day."""

    name: str
    model: type[Any]
    form: type[forms.DatedForm]
    shape: type[serializers.BaseSerializer[Any]]


KINDS = (
    Kind("letters", AssignmentLetter, forms.LetterForm, forms.LetterSerializer),
    Kind("trainings", Training, forms.TrainingForm, forms.TrainingSerializer),
    Kind("agencies", Agency, forms.AgencyForm, forms.AgencySerializer),
    Kind("villages", KaderVillage, forms.KaderVillageForm, forms.KaderVillageSerializer),
    Kind("roles", CommunityRole, forms.CommunityRoleForm, forms.CommunityRoleSerializer),
)


def views_of(kind: Kind) -> tuple[type[APIView], type[APIView]]:
    """The view of all things of a kind of one kader, and that of one of them."""
    listed = inline_serializer(f"Kader{kind.name.title()}", {"results": kind.shape(many=True)})

    class Entries(APIView):
        permission_classes = (HasRole,)
        roles = {"GET": KEEPERS | {Role.KADER}, "POST": KEEPERS}

        @extend_schema(operation_id=f"users_{kind.name}", responses=listed)
        def get(self, request: Request, user_id: int) -> Response:
            """All of them, the newest first."""
            kader = users_for(caller(request)).filter(role=Role.KADER, pk=user_id).first()
            if kader is None:
                raise Problem("not_found")
            rows = kind.model.objects.filter(kader=kader).order_by("-pk")[:MOST_ENTRIES]
            return Response({"results": kind.shape(rows, many=True).data})

        @extend_schema(
            operation_id=f"users_{kind.name}_add", request=kind.form, responses={201: kind.shape}
        )
        def post(self, request: Request, user_id: int) -> Response:
            """Note one."""
            actor, given = caller(request), filled(kind.form, request)
            row = transactions.attempt(lambda: _kept(kind, actor, user_id, given, None))
            return Response(kind.shape(row).data, status=201)

    class Entry(APIView):
        permission_classes = (HasRole,)
        roles = {"PATCH": KEEPERS}

        @extend_schema(
            operation_id=f"users_{kind.name}_change",
            request=kind.form(partial=True),
            responses=kind.shape,
        )
        def patch(self, request: Request, user_id: int, entry_id: int) -> Response:
            """Change some of it; what it was stays in the account's log."""
            filling = kind.form(data=request.data, partial=True)
            filling.is_valid(raise_exception=True)
            actor, given = caller(request), filling.validated_data
            row = transactions.attempt(lambda: _kept(kind, actor, user_id, given, entry_id))
            return Response(kind.shape(row).data)

    return Entries, Entry


def _kept(kind: Kind, actor: User, user_id: int, given: dict[str, Any], entry: int | None) -> Model:
    """The row as it is to be, stored, and noted in the account's log."""
    now = timezone.now()
    kader = locked(actor, user_id)
    own = kind.model.objects.filter(kader=kader)
    row = kind.model(kader=kader) if entry is None else own.filter(pk=entry).first()
    if kader.role != Role.KADER or row is None:
        raise Problem("not_found")
    if entry is None and own.count() >= MOST_ENTRIES:
        raise Problem("conflict", _("There are as many of these as can be."))
    before = _plain(kind, row) if entry is not None else None
    _check(kind, actor, given, row)
    for name, value in given.items():
        setattr(row, f"{name}_id" if name in {"village", "office"} else name, value)
    row.noted_by, row.noted_at = actor, now
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Problem("conflict", _("This is noted already.")) from None
    note(actor, kader, {f"{kind.name}/{row.pk}": [before, _plain(kind, row)]}, "", now)
    if kind.model is AssignmentLetter:
        take_back_doubts([kader.pk], now)
    return cast("Model", row)


def _check(kind: Kind, actor: User, given: dict[str, Any], row: Any) -> None:
    first, last = (given.get(name, getattr(row, name)) for name in kind.form.days)
    if first and last and last < first:
        text = "The last day is before the first."
        raise invalid((f"/{kind.form.days[1]}", "before_start", text))
    village, office = given.get("village"), given.get("office")
    if village and not (is_village_code(village) and Region.objects.filter(pk=village).exists()):
        raise invalid(("/village", "does_not_exist", _("There is no such village.")))
    if office and not offices_for(actor).filter(pk=office).exists():
        raise invalid(("/office", "does_not_exist", _("This is none of your offices.")))


def _plain(kind: Kind, row: Any) -> dict[str, Any]:
    return {name: told for name, told in kind.shape(row).data.items() if name not in forms.NOTED}


def _paths() -> Iterator[URLPattern]:
    for kind in KINDS:
        entries, entry = views_of(kind)
        base = f"users/<int:user_id>/{kind.name}/"
        yield path(base, entries.as_view(), name=f"user-{kind.name}")
        yield path(f"{base}<int:entry_id>/", entry.as_view(), name=f"user-{kind.name}-one")


urlpatterns = [
    path("kader/me/", Me.as_view(), name="kader-me"),
    path("kader/warnings/", Warnings.as_view(), name="kader-warnings"),
    path("users/<int:user_id>/", OneUser.as_view(), name="user"),
    path("users/<int:user_id>/changes/", AccountLog.as_view(), name="user-changes"),
    *_paths(),
]
