"""An office's tablets: listed, enrolled with a code for the camera, drained, revoked."""

from typing import Any, NamedTuple, cast
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from outreach.models import User
from outreach.pages.paging import page_or_first
from outreach.pages.staff import KEEPERS, page_for
from outreach.pages.typed import read_id, sought
from outreach.pages.zones import rendered_in_office
from outreach.problems import Problem
from outreach.tablets import SILENT_AFTER
from sync.device_shapes import clock_skews, neighbours_of
from sync.device_views import DeviceForm, LabelForm, StateForm
from sync.devices import (
    CODE_VALID_FOR,
    NEXT_STATES,
    change_state,
    create,
    devices_for,
    kader_to_equip,
    rename,
    renew_code,
    with_last_seen,
)
from sync.enrolment_addresses import enrolment_address, qr_svg
from sync.handing_over import HAND_OVER_FOR
from sync.models import Device, DeviceChange, EnrolmentCode
from sync.overview import at_a_glance, conditions, counts

State = Device.State
CHANGES_SHOWN = 20


class Asked(NamedTuple):
    """Which tablets an address asks for."""

    text: str
    state: str
    look: str

    def query(self, **changes: str | None) -> str:
        """The same for an address, `?` and all, with some of it changed."""
        chosen = {"q": self.text, "state": self.state, "look": self.look} | changes
        query = urlencode({name: value for name, value in chosen.items() if value})
        return f"?{query}" if query else "?"

    @property
    def narrows(self) -> bool:
        return bool(self.text or self.state or self.look)


@page_for(*KEEPERS)
def tablets_page(request: HttpRequest) -> HttpResponse:
    """The tablets of one's offices, the newest first."""
    user, now = cast("User", request.user), timezone.now()
    chosen = {name: request.GET.get(name, "") for name in ("state", "look")}
    asked = Asked(
        sought(request.GET),
        chosen["state"] if chosen["state"] in State.values else "",
        chosen["look"] if chosen["look"] in conditions(now) else "",
    )
    devices = with_last_seen(devices_for(user))
    cursor = request.GET.get("cursor", "")
    page = page_or_first(_narrowed(devices, asked), cursor, "created_at")
    context = {
        "asked": asked,
        "tablets": at_a_glance(page.results, now),
        "next": asked.query(cursor=page.next) if page.next else None,
        "first": None if page.is_first else asked.query(),
        "counts": counts(devices, now),
        "looks": [(look, asked.query(look=look)) for look in conditions(now)],
        "silent_days": SILENT_AFTER.days,
    }
    return rendered_in_office(request, "outreach/tablets/tablets.html", context)


def _narrowed(devices: QuerySet[Device], asked: Asked) -> QuerySet[Device]:
    if asked.text:
        devices = devices.filter(
            Q(label__icontains=asked.text) | Q(kader__full_name__icontains=asked.text)
        )
    if asked.state:
        devices = devices.filter(state=asked.state)
    if asked.look:
        devices = devices.filter(conditions(timezone.now())[asked.look])
    return devices.select_related("kader__office", "last_report", "enrolment")


@page_for(*KEEPERS, methods=("GET", "HEAD", "POST"))
def new_tablet_page(request: HttpRequest) -> HttpResponse:
    """Choose whose tablet it will be; then its code, which is shown in this answer alone.

    The form carries the tablet's id: sent twice it makes one tablet, and another code for it.
    """
    user = cast("User", request.user)
    kader = kader_to_equip(user).order_by("full_name", "pk").select_related("office")
    context: dict[str, Any] = {"kader": kader, "device_id": uuid4(), "errors": {}}
    if request.method == "POST":
        given = {name: request.POST.get(name, "") for name in ("kader", "label")}
        form = DeviceForm(data=given)
        wanted = read_id(request.POST.get("id", ""))
        chosen = None
        if form.is_valid():
            chosen = kader.filter(pk=form.validated_data["kader"]).first()
        if chosen and wanted:
            try:
                offer = create(chosen, form.validated_data["label"], user, timezone.now(), wanted)
            except Problem as refused:
                return _refused(request, wanted, refused)
            return _code_shown(request, *offer)
        context |= {"given": given, "errors": form.errors or {"kader": True}}
    else:
        context["given"] = {"kader": request.GET.get("kader", ""), "label": ""}
    return rendered_in_office(request, "outreach/tablets/new.html", context)


@page_for(*KEEPERS, methods=("POST",))
def tablet_code_page(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """A new code for a tablet, shown in this answer alone."""
    try:
        offer = renew_code(device_id, cast("User", request.user), timezone.now())
    except Problem as refused:
        return _refused(request, device_id, refused)
    return _code_shown(request, *offer)


def _code_shown(
    request: HttpRequest, device: Device, enrolment: EnrolmentCode, code: str
) -> HttpResponse:
    address = enrolment_address(request, code)
    context = {
        "device": device,
        "code": code,
        "address": address,
        "qr": mark_safe(qr_svg(address, module_px=8)),  # noqa: S308 - made by us from our own address
        "expires_at": enrolment.expires_at,
        "hours": CODE_VALID_FOR.total_seconds() // 3600,
    }
    return rendered_in_office(request, "outreach/tablets/code.html", context)


@page_for(*KEEPERS)
def tablet_page(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """One tablet: how it stands, what was decided about it, and what can be."""
    user, now = cast("User", request.user), timezone.now()
    device = _found(user, device_id)
    [glance] = at_a_glance([device], now)
    neighbours = neighbours_of([device], user)
    context = {
        "glance": glance,
        "device": device,
        "others": [
            kader
            for kader in neighbours.get(cast("UUID", device.installation_id), [])
            if kader.pk != device.kader_id
        ],
        "changes": device.changes.select_related("actor").order_by("-pk")[:CHANGES_SHOWN],
        "skews": clock_skews(device),
        "next_states": NEXT_STATES[State(device.state)] - {device.state},
        "may_enrol": device.state == State.PENDING or glance.word in {None, "hand_over"},
    }
    return rendered_in_office(request, "outreach/tablets/tablet.html", context)


@page_for(*KEEPERS)
def revoke_page(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """What revoking a tablet means, before it is done: what may be lost, what is handed over."""
    user = cast("User", request.user)
    device = _found(user, device_id)
    if device.state == State.REVOKED and not goes_still(device):
        messages.info(request, _("This tablet is revoked already."))
        return redirect("tablet-page", device_id)
    context = {
        "device": device,
        "report": device.last_report,
        "days": HAND_OVER_FOR.days,
        "given": {"reason": ""},
    }
    return rendered_in_office(request, "outreach/tablets/revoke.html", context)


@page_for(*KEEPERS, methods=("POST",))
def tablet_state_page(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Let a tablet work, drain it, or revoke it."""
    user = cast("User", request.user)
    device = _found(user, device_id)
    form = StateForm(
        data={
            "state": request.POST.get("state", ""),
            "reason": request.POST.get("reason", ""),
            "hand_over": request.POST.get("hand_over", "yes") != "no",
        }
    )
    if not form.is_valid():
        messages.error(request, _("Nothing was changed: say why, in a few words at least."))
        back = "revoke-page" if request.POST.get("state") == State.REVOKED else "tablet-page"
        return redirect(back, device_id)
    asked = form.validated_data
    try:
        change_state(
            device.pk,
            asked["state"],
            asked["reason"],
            user,
            timezone.now(),
            hand_over=asked["hand_over"],
            seen=request.POST.get("seen"),
        )
    except Problem as refused:
        return _refused(request, device_id, refused)
    messages.success(request, _told(asked["state"]) % {"tablet": device.label})
    return redirect("tablet-page", device_id)


def goes_still(device: Device) -> bool:
    """Whether a revoked tablet may still hand over what it holds, so that this can be changed."""
    return bool(device.hand_over_until) and not device.handed_over_at


def _told(state: str) -> str:
    return {
        State.ACTIVE: _("%(tablet)s works again."),
        State.DRAIN_ONLY: _("%(tablet)s now only sends what it holds; it gets nothing new."),
        State.REVOKED: _("%(tablet)s was revoked."),
    }[State(state)]


@page_for(*KEEPERS, methods=("POST",))
def tablet_label_page(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Call a tablet something else."""
    user = cast("User", request.user)
    _found(user, device_id)
    form = LabelForm(data={"label": request.POST.get("label", "")})
    if form.is_valid():
        rename(device_id, form.validated_data["label"], user)
        messages.success(request, _("The tablet has its new name."))
    else:
        messages.error(request, _("A tablet's name has 1 to 80 characters."))
    return redirect("tablet-page", device_id)


def _refused(request: HttpRequest, device_id: UUID, refused: Problem) -> HttpResponse:
    """Back to the tablet with who was faster, as far as it is known."""
    if refused.slug != "conflict":
        raise Http404
    last = DeviceChange.objects.filter(device=device_id).select_related("actor").last()
    changed = _("Nothing was changed: the tablet is in another state by now.")
    messages.error(request, refused.text or changed)
    if last:
        by_whom = _("%(name)s changed it, for this reason: %(reason)s")
        messages.info(request, by_whom % {"name": last.actor, "reason": last.reason})
    return redirect("tablet-page", device_id)


def _found(user: User, device_id: UUID) -> Device:
    devices = with_last_seen(devices_for(user)).select_related(
        "kader__office", "last_report", "enrolment", "created_by"
    )
    device = devices.filter(pk=device_id).first()
    if device is None:
        raise Http404
    return device


urlpatterns = [
    path("tablets/", tablets_page, name="tablets-page"),
    path("tablets/new/", new_tablet_page, name="new-tablet-page"),
    path("tablets/<uuid:device_id>/", tablet_page, name="tablet-page"),
    path("tablets/<uuid:device_id>/code/", tablet_code_page, name="tablet-code-page"),
    path("tablets/<uuid:device_id>/revoke/", revoke_page, name="revoke-page"),
    path("tablets/<uuid:device_id>/state/", tablet_state_page, name="tablet-state-page"),
    path("tablets/<uuid:device_id>/label/", tablet_label_page, name="tablet-label-page"),
]
