"""Plans from a spreadsheet: sent, looked at row by row, and confirmed as a whole."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from outreach.activities.plan_example import example
from outreach.activities.plan_file import PLANS, ZONE_NAMES
from outreach.activities.type_words import NAMES, type_name
from outreach.api.import_shapes import row_shown
from outreach.imports import confirming
from outreach.imports.arriving import take
from outreach.imports.receiving import is_too_large
from outreach.imports.tables import MOST_BYTES
from outreach.imports.words import said
from outreach.imports.writing import XLSX, csv_of, xlsx_of
from outreach.models import Import, ImportRow, User
from outreach.pages.campaigns import asked_day
from outreach.pages.staff import KEEPERS, page_for
from outreach.pages.zones import office_zone, rendered_in_office
from outreach.scopes import imports_for

LAST_SENT = 10
FORMS = {"xlsx": (xlsx_of, XLSX), "csv": (csv_of, "text/csv; charset=utf-8")}
ROWS_SHOWN = 300
State = Import.State


@page_for(*KEEPERS, methods=("GET", "HEAD", "POST"))
def send_plans_page(request: HttpRequest) -> HttpResponse:
    """Where a file is sent, with its columns and the last files."""
    user = cast("User", request.user)
    if request.method == "POST":
        file = request.FILES.get("file")
        if is_too_large(request) or (file and (file.size or 0) > MOST_BYTES):
            text = _("The file is larger than %(most)s MiB.")
            messages.error(request, text % {"most": MOST_BYTES // 1024**2})
        elif file is None or not file.size:
            messages.error(request, _("Choose a file that is not empty."))
        else:
            source, _is_new = take(PLANS, file.read(), file.name or "", user, timezone.now())
            return redirect("sent-plans-page", source.pk)
        return redirect("send-plans-page")
    return rendered_in_office(
        request,
        "outreach/campaigns/send.html",
        {
            "columns": PLANS.columns,
            "types": list(map(type_name, NAMES)),
            "zones": ZONE_NAMES.values(),
            "sent": _sent(user).order_by("-made_at")[:LAST_SENT],
        },
    )


@page_for(*KEEPERS)
def sent_plans_page(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """What is in a file, what is wrong with it, and what came of it."""
    source = _one(cast("User", request.user), import_id)
    rows = ImportRow.objects.filter(of_import=source).order_by("number")[:ROWS_SHOWN]
    named = [column for column in PLANS.columns if _has(source, column.name)]
    refusal = source.refusal and said({}, source.refusal["code"], source.refusal["named"])
    context = {
        "source": source,
        "refusal": refusal,
        "columns": named,
        "rows": [_row(row, source, [column.name for column in named]) for row in rows],
        "may_confirm": source.state == State.READY and not source.problem_count,
    }
    return rendered_in_office(request, "outreach/campaigns/sent.html", context)


@page_for(*KEEPERS, methods=("POST",))
def confirm_plans_page(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Make the campaigns of a file: all of them, once."""
    user, now = cast("User", request.user), timezone.now()
    source = _one(user, import_id)
    confirming.begin(source.pk, user, now)
    confirming.confirm(source.pk, now)
    source.refresh_from_db()
    if source.state == State.CONFIRMED:
        report = source.report or {}
        text = _("%(made)s campaigns are planned, %(unchanged)s were known already.")
        messages.success(
            request, text % {name: report.get(name, 0) for name in ("made", "unchanged")}
        )
        return redirect("campaigns-page")
    messages.error(request, _("Nothing was planned: look at the file again."))
    return redirect("sent-plans-page", source.pk)


@page_for(*KEEPERS)
def example_page(request: HttpRequest, sheet: str) -> HttpResponse:
    """A file to begin with: the headings, and a row that says how each is filled in."""
    if sheet not in FORMS:
        raise Http404
    written, kind = FORMS[sheet]
    user = cast("User", request.user)
    zone = office_zone(user)
    rows = example(user, zone, timezone.now().astimezone(zone).date())
    headers = {"Content-Disposition": f'attachment; filename="rencana-kegiatan.{sheet}"'}
    return HttpResponse(written(rows), content_type=kind, headers=headers)


def _has(source: Import, name: str) -> bool:
    return any(one["column"] == name for one in source.columns)


def _row(row: ImportRow, source: Import, names: list[str]) -> dict[str, Any]:
    shown = row_shown(row, source)
    return {
        "number": shown["number"],
        "cells": [_in_words(name, shown["values"].get(name)) for name in names],
        "findings": shown["findings"],
    }


def _in_words(name: str, value: str | None) -> str:
    """A cell as the console calls what is in it; what could not be read as it was written."""
    text = value or ""
    if name == "type":
        return type_name(text)
    if name == "zone":
        return ZONE_NAMES.get(text, text)
    if name.endswith("_day") and (day := asked_day(text)):
        return date_format(day, "j M Y")
    return text


def _sent(user: User) -> Any:
    return imports_for(user).filter(kind=PLANS.name).select_related("actor", "confirmed_by")


def _one(user: User, import_id: UUID) -> Import:
    found: Import | None = _sent(user).filter(pk=import_id).first()
    if found is None:
        raise Http404
    return found


urlpatterns = [
    path("campaigns/imports/", send_plans_page, name="send-plans-page"),
    path("campaigns/imports/example.<str:sheet>", example_page, name="example-plans"),
    path("campaigns/imports/<uuid:import_id>/", sent_plans_page, name="sent-plans-page"),
    path(
        "campaigns/imports/<uuid:import_id>/confirm/", confirm_plans_page, name="confirm-plans-page"
    ),
]
