"""Spreadsheets over HTTP: sent, looked at, confirmed."""

from collections.abc import Mapping
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from procrastinate.contrib.django import app
from rest_framework import serializers
from rest_framework.parsers import DataAndFiles, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.api.forms import Form, ReasonForm, filled, queried
from outreach.api.import_shapes import (
    ImportKindSerializer,
    ImportRowSerializer,
    ImportSerializer,
    PreviewSerializer,
    row_shown,
)
from outreach.api.pages import PageForm, page_of, page_schema
from outreach.api.permissions import HasRole, caller
from outreach.imports import confirming, undoing
from outreach.imports.arriving import take
from outreach.imports.confirming import MOST_CONFIRMED_AT_ONCE
from outreach.imports.receiving import LARGEST_FORM_BYTES
from outreach.imports.registry import KINDS
from outreach.imports.tables import MOST_BYTES
from outreach.models import Import, ImportRow, User
from outreach.problems import Problem
from outreach.scopes import imports_for

Role = User.Role
SENDERS = {Role.COORDINATOR, Role.OFFICER, Role.ADMINISTRATOR}
FIRST_ROWS = 20
State = Import.State


class _Counted:
    """A request's body that knows how much of it came."""

    def __init__(self, stream: HttpRequest) -> None:
        self._stream = stream
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self.count += len(piece)
        return piece


class SpreadsheetParser(MultiPartParser):
    """One file in a form, bounded before it is read, and whole."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> "DataAndFiles[Any, Any]":
        assert parser_context is not None
        try:
            declared = int(parser_context["request"].headers.get("Content-Length") or "")
        except ValueError:
            raise Problem("length_required") from None
        if declared > LARGEST_FORM_BYTES:
            raise Problem("too_large", most_bytes=MOST_BYTES)
        counted: Any = _Counted(stream)  # type: ignore[arg-type]  # DRF passes the request
        parsed = super().parse(counted, media_type, parser_context)
        if counted.count < declared:
            raise Problem("incomplete")
        return parsed


class FileForm(Form):
    file = serializers.FileField(allow_empty_file=False, max_length=1000)


class RowsForm(PageForm):
    problem = serializers.BooleanField(
        required=False, help_text="true: rows with a problem; false: rows with none"
    )
    warning = serializers.BooleanField(required=False, help_text="true: rows with a mere warning")


class Imports(APIView):
    """Files that were sent."""

    permission_classes = (HasRole,)
    roles = {"GET": SENDERS}

    @extend_schema(
        operation_id="imports_list", parameters=[PageForm], responses=page_schema(ImportSerializer)
    )
    def get(self, request: Request) -> Response:
        """The files of one's office and its branches, the last sent first."""
        found = imports_for(caller(request)).filter(kind__in=_kinds_of(caller(request)))
        page = page_of(
            found.select_related("office", "actor", "confirmed_by", "undone_by"),
            queried(PageForm, request),
            "made_at",
        )
        return Response(page.told(ImportSerializer))


class ImportKinds(APIView):
    """What can be sent."""

    permission_classes = (HasRole,)
    roles = {"GET": SENDERS}

    @extend_schema(operation_id="imports_kinds", responses=ImportKindSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The kinds of files that one may send, with their columns."""
        kinds = [KINDS[name] for name in _kinds_of(caller(request))]
        return Response(ImportKindSerializer(kinds, many=True).data)


class Send(APIView):
    """A file, to be looked at before it counts."""

    permission_classes = (HasRole,)
    parser_classes = (SpreadsheetParser,)
    roles = {"POST": SENDERS}

    @extend_schema(
        operation_id="imports_send",
        request={"multipart/form-data": FileForm},
        responses={201: PreviewSerializer, 200: PreviewSerializer},
    )
    def post(self, request: Request, kind: str) -> Response:
        """A preview of the whole file (CSV or XLSX); nothing counts before it is confirmed.

        The same file again gives the import that it is (200). A large one is read afterwards, and
        until then its `state` is reading.
        """
        form = FileForm(data=request.data)
        form.is_valid(raise_exception=True)
        user = caller(request)
        if kind not in KINDS:
            raise Problem("not_found")
        if user.role not in KINDS[kind].roles:
            raise Problem("forbidden")
        file = form.validated_data["file"]
        if file.size > MOST_BYTES:
            raise Problem("too_large", most_bytes=MOST_BYTES)
        source, is_new = take(KINDS[kind], file.read(), file.name or "", user, timezone.now())
        return Response(_preview(source), status=201 if is_new else 200)


class OneImport(APIView):
    """A file that was sent."""

    permission_classes = (HasRole,)
    roles = {"GET": SENDERS}

    @extend_schema(operation_id="imports_retrieve", responses=PreviewSerializer)
    def get(self, request: Request, import_id: UUID) -> Response:
        """What is in it, what is wrong with it, and what came of it."""
        return Response(_preview(_seen(caller(request), import_id)))


class Rows(APIView):
    """The rows of a file."""

    permission_classes = (HasRole,)
    roles = {"GET": SENDERS}

    @extend_schema(
        operation_id="imports_rows",
        parameters=[RowsForm],
        responses=page_schema(ImportRowSerializer),
    )
    def get(self, request: Request, import_id: UUID) -> Response:
        """Rows by their number, personal data masked, each with what was found about it."""
        source = _seen(caller(request), import_id)
        asked = queried(RowsForm, request)
        rows = ImportRow.objects.filter(of_import=source)
        if "problem" in asked:
            worst = ImportRow.Worst.PROBLEM
            rows = rows.filter(worst=worst) if asked["problem"] else rows.exclude(worst=worst)
        if asked.get("warning"):
            rows = rows.filter(worst=ImportRow.Worst.WARNING)
        page = page_of(rows, asked, "number", lowest_first=True)
        shown = [row_shown(row, source) for row in page.results]
        return Response({"results": shown, "next": page.next})


class Confirm(APIView):
    """A file that is to count."""

    permission_classes = (HasRole,)
    roles = {"POST": SENDERS}

    @extend_schema(operation_id="imports_confirm", request=None, responses=PreviewSerializer)
    def post(self, request: Request, import_id: UUID) -> Response:
        """Apply all rows, or none. Repeating it is harmless.

        A large file is applied afterwards, and until then its `state` is confirming. Where
        something has changed since the preview, the preview is made anew.
        """
        user, now = caller(request), timezone.now()
        source = _seen(user, import_id)
        if user.role not in KINDS[source.kind].roles:
            raise Problem("forbidden")
        is_large = source.row_count > MOST_CONFIRMED_AT_ONCE
        with transaction.atomic():
            if confirming.begin(import_id, user, now) and is_large:
                app.configure_task("outreach.tasks.confirm_import").defer(import_id=str(import_id))
        if not is_large:
            confirming.confirm(import_id, now)
        source = _seen(user, import_id)
        if source.state not in {State.CONFIRMED, State.CONFIRMING}:
            raise Problem(
                "import_not_ready",
                state=source.state,
                problem_count=source.problem_count,
                erased=source.erased_at is not None,
            )
        return Response(_preview(source))


class Undo(APIView):
    """A file that should not have counted."""

    permission_classes = (HasRole,)
    roles = {"POST": SENDERS}

    @extend_schema(operation_id="imports_undo", request=ReasonForm, responses=PreviewSerializer)
    def post(self, request: Request, import_id: UUID) -> Response:
        """Take back what a confirmed file of results did, as far as nothing else stands on it.

        What another file says as well stays, and so does what somebody decided since: `undo_report`
        counts both, and names the registrations of the latter. Repeating it is harmless. A large
        file is undone afterwards, and until then its `state` is undoing. The same file can be sent
        and confirmed again.
        """
        user, now = caller(request), timezone.now()
        reason = filled(ReasonForm, request)["reason"]
        source = _seen(user, import_id)
        if user.role not in KINDS[source.kind].roles:
            raise Problem("forbidden")
        if KINDS[source.kind].undo is None:
            raise Problem("import_kept")
        is_large = source.row_count > MOST_CONFIRMED_AT_ONCE
        with transaction.atomic():
            if undoing.begin(import_id, user, reason, now) and is_large:
                app.configure_task("outreach.tasks.undo_import").defer(import_id=str(import_id))
        if not is_large:
            undoing.undo(import_id, now)
        source = _seen(user, import_id)
        if source.state not in {State.UNDONE, State.UNDOING}:
            raise Problem("import_not_confirmed", state=source.state)
        return Response(_preview(source))


def _kinds_of(user: User) -> list[str]:
    return [name for name, kind in KINDS.items() if user.role in kind.roles]


def _seen(user: User, import_id: UUID) -> Import:
    found = imports_for(user).select_related("office", "actor", "confirmed_by", "undone_by")
    source = found.filter(pk=import_id, kind__in=_kinds_of(user)).first()
    if source is None:
        raise Problem("not_found")
    return source


def _preview(source: Import) -> Any:
    rows = ImportRow.objects.filter(of_import=source).order_by("number")
    # Those with problems first: they are what has to be looked at.
    wrong = list(rows.filter(worst=ImportRow.Worst.PROBLEM)[:FIRST_ROWS])
    context = {"first_rows": list(rows[:FIRST_ROWS]), "problems": wrong}
    return PreviewSerializer(source, context=context).data
