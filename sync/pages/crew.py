"""Who works at an office: accounts listed, opened for kader, changed, closed and opened again."""

from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach.api.accounts import AccountForm
from outreach.api.people import NewKaderForm
from outreach.kader.accounts import change_account, open_account
from outreach.models import AccountChange, User
from outreach.pages.paging import page_or_first
from outreach.pages.staff import KEEPERS, page_for
from outreach.pages.typed import sought
from outreach.pages.zones import rendered_in_office
from outreach.problems import Problem
from outreach.scopes import offices_for, users_for
from sync.handing_over import HAND_OVER_FOR, WORKING
from sync.models import Device

Role = User.Role
CHANGES_SHOWN = 20
NEW_KADER = ("full_name", "username", "phone", "office")
WITH_TABLETS = Count("devices", filter=Q(devices__state__in=WORKING))
keepers_page = page_for(*KEEPERS)
keepers_form = page_for(*KEEPERS, methods=("GET", "HEAD", "POST"))


class Asked(NamedTuple):
    """Whose accounts an address asks for."""

    text: str
    role: str
    state: str

    @property
    def narrows(self) -> bool:
        return bool(self.text or self.role or self.state)

    def query(self, **more: str) -> str:
        given = {"q": self.text, "role": self.role, "state": self.state, **more}
        return f"?{urlencode({name: text for name, text in given.items() if text})}"


@keepers_page
def crew_page(request: HttpRequest) -> HttpResponse:
    """The accounts of one's offices, the newest first."""
    role, state = request.GET.get("role", ""), request.GET.get("state", "")
    asked = Asked(
        sought(request.GET),
        role if role in Role.values else "",
        state if state in {"active", "closed"} else "",
    )
    users = _narrowed(cast("User", request.user), asked)
    page = page_or_first(users, request.GET.get("cursor", ""), "date_joined")
    context = {
        "asked": asked,
        "users": page.results,
        "roles": Role.values,
        "next": asked.query(cursor=page.next) if page.next else None,
    }
    return rendered_in_office(request, "outreach/crew/crew.html", context)


def _narrowed(user: User, asked: Asked) -> QuerySet[User]:
    users = users_for(user).select_related("office").annotate(tablets=WITH_TABLETS)
    if asked.text:
        users = users.filter(Q(full_name__icontains=asked.text) | Q(username__icontains=asked.text))
    if asked.role:
        users = users.filter(role=asked.role)
    if asked.state:
        users = users.filter(is_active=asked.state == "active")
    return users


@keepers_form
def new_kader_page(request: HttpRequest) -> HttpResponse:
    """An account for a kader, who works with a tablet and needs no password."""
    user = cast("User", request.user)
    given = {name: request.POST.get(name, "").strip() for name in NEW_KADER}
    errors: dict[str, Any] = {}
    if request.method == "POST":
        form = NewKaderForm(data=given)
        if form.is_valid():
            try:
                made = open_account(user, role=Role.KADER, **form.validated_data)
            except Problem as refused:
                listed = refused.extra.get("problems", ())
                errors = {one["pointer"].strip("/"): [one["detail"]] for one in listed}
            else:
                messages.success(request, _("%(name)s has an account now.") % {"name": made})
                return redirect("crew-member-page", made.pk)
        errors = errors or dict(form.errors)
    context = {
        "comes_back_to": request.path,
        "given": given if request.method == "POST" else {"office": str(user.office_id or "")},
        "errors": errors,
        "offices": offices_for(user).order_by("name"),
    }
    return rendered_in_office(request, "outreach/crew/new_kader.html", context)


@keepers_form
def crew_member_page(request: HttpRequest, user_id: int) -> HttpResponse:
    """One account with its tablets and what was changed; posted to, it is changed."""
    user = cast("User", request.user)
    member = _found(user, user_id)
    if request.method == "POST":
        return _changed(request, user, member)
    may_change = user.role == Role.ADMINISTRATOR or member.role == Role.KADER
    context = {
        "member": member,
        "tablets": Device.objects.filter(kader=member).order_by("-created_at"),
        "changes": AccountChange.objects.filter(user=member)
        .select_related("actor")
        .order_by("-pk")[:CHANGES_SHOWN],
        "may_change": may_change,
        "may_close": may_change and member.pk != user.pk,
        "days": HAND_OVER_FOR.days,
    }
    return rendered_in_office(request, "outreach/crew/member.html", context)


def _changed(request: HttpRequest, actor: User, member: User) -> HttpResponse:
    names = ("full_name", "phone", "is_active", "reason")
    given = {name: request.POST[name].strip() for name in names if name in request.POST}
    form = AccountForm(data=given)
    if not form.is_valid():
        messages.error(request, _("Nothing was changed: look at name and phone, and say why."))
        return redirect("crew-member-page", member.pk)
    fields = dict(form.validated_data)
    reason = fields.pop("reason")
    try:
        changed = change_account(actor, member.pk, fields, reason, timezone.now())
    except Problem as refused:
        messages.error(request, str(refused.detail))
        return redirect("crew-member-page", member.pk)
    if "is_active" not in fields:
        messages.success(request, _("The account was changed."))
    elif changed.is_active:
        messages.success(request, _("%(name)s may work again.") % {"name": changed})
    else:
        messages.success(request, _("The account of %(name)s is closed.") % {"name": changed})
    return redirect("crew-member-page", member.pk)


def _found(user: User, user_id: int) -> User:
    users = users_for(user).select_related("office")
    found = users.filter(pk=user_id).first() if user_id < 2**63 else None
    if found is None:
        raise Http404
    return found


urlpatterns = [
    path("crew/", crew_page, name="crew-page"),
    path("crew/new/", new_kader_page, name="new-kader-page"),
    path("crew/<int:user_id>/", crew_member_page, name="crew-member-page"),
]
