"""What an import looks like: counts, rows masked, and what was found in words."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from outreach.imports.arriving import bound_to
from outreach.imports.kinds import Column, Kind
from outreach.imports.reading import unpacked
from outreach.imports.registry import KINDS
from outreach.imports.words import said
from outreach.masking import HIDDEN, masked_field
from outreach.models import Import, ImportRow
from outreach.sealing import unseal_bytes


class ImportColumnSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    headings = serializers.ListField(
        child=serializers.CharField(), help_text="what it may be called; upper case is the same"
    )
    needed = serializers.BooleanField(help_text="a file without it is refused")
    filled = serializers.BooleanField(help_text="no cell of it may be empty")


class ImportKindSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    columns = ImportColumnSerializer(many=True)
    most_rows = serializers.IntegerField()


class FindingSerializer(serializers.Serializer[Any]):
    column = serializers.CharField(help_text="its name; empty where it is about the whole row")
    heading = serializers.CharField(help_text="the column as it is shown")
    level = serializers.ChoiceField(choices=["problem", "warning"])
    code = serializers.CharField()
    detail = serializers.CharField()


class ImportRowSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text="of the row in the file")
    values = serializers.DictField(
        child=serializers.CharField(allow_null=True), help_text="by column; personal data masked"
    )
    findings = FindingSerializer(many=True)


class HeadingSerializer(serializers.Serializer[Any]):
    heading = serializers.CharField()
    column = serializers.CharField(
        allow_null=True, help_text="what it was taken for; null where it is left out"
    )


class RefusalSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class LeftSerializer(serializers.Serializer[Any]):
    registration = serializers.UUIDField()
    why = serializers.ChoiceField(choices=["decided_since", "applied_by_hand"])


class UndoReportSerializer(serializers.Serializer[Any]):
    counts = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="what was taken back; `kept`: facts that another file says as well",
    )
    left = LeftSerializer(many=True, help_text="what was left as it is: the first 1,000")


class ImportSerializer(serializers.ModelSerializer[Import]):
    office = serializers.CharField(source="office.name", allow_null=True, default=None)
    actor = serializers.CharField(source="actor.full_name")
    confirmed_by = serializers.CharField(
        source="confirmed_by.full_name", allow_null=True, default=None
    )
    refusal = serializers.SerializerMethodField(
        help_text="why it cannot be read at all, or what the server failed to do with it"
    )
    report = serializers.DictField(
        child=serializers.IntegerField(), allow_null=True, help_text="what confirming it did"
    )
    state = serializers.ChoiceField(choices=Import.State.choices)
    undone_by = serializers.CharField(source="undone_by.full_name", allow_null=True, default=None)
    undo_report = UndoReportSerializer(allow_null=True)

    class Meta:
        model = Import
        fields: tuple[str, ...] = (
            "id",
            "kind",
            "office",
            "actor",
            "file_name",
            "sha256",
            "size",
            "state",
            "refusal",
            "row_count",
            "problem_count",
            "warning_count",
            "report",
            "made_at",
            "confirmed_at",
            "confirmed_by",
            "erased_at",
            "undone_at",
            "undone_by",
            "undo_reason",
            "undo_report",
        )

    @extend_schema_field(RefusalSerializer(allow_null=True))
    def get_refusal(self, source: Import) -> Any:
        if not source.refusal:
            return None
        code = source.refusal["code"]
        return {"code": code, "detail": said({}, code, source.refusal["named"])}


class PreviewSerializer(ImportSerializer):
    """In the context: the `first_rows`, and the first with `problems`."""

    columns = HeadingSerializer(many=True)
    first_rows = serializers.SerializerMethodField()
    problems = serializers.SerializerMethodField(help_text="the first rows with a problem")

    class Meta(ImportSerializer.Meta):
        fields = (*ImportSerializer.Meta.fields, "columns", "first_rows", "problems")

    @extend_schema_field(ImportRowSerializer(many=True))
    def get_first_rows(self, source: Import) -> Any:
        return [row_shown(row, source) for row in self.context["first_rows"]]

    @extend_schema_field(ImportRowSerializer(many=True))
    def get_problems(self, source: Import) -> Any:
        return [row_shown(row, source) for row in self.context["problems"]]


def row_shown(row: ImportRow, source: Import) -> dict[str, Any]:
    """A row with its cells masked, and what was found about it in the reader's language."""
    kind = KINDS[source.kind]
    content = unseal_bytes(row.content, bound_to(source, row.number))
    _, values, bad = unpacked(content, kind)
    return {
        "number": row.number,
        "values": {
            name: _cell(kind.column_of.get(name), bad.get(name, value))
            for name, value in values.items()
        },
        "findings": [_finding(kind, found) for found in row.findings],
    }


def _cell(column: Column | None, value: Any) -> str | None:
    if value is None or value == "":
        return None
    text = str(value)
    if column is not None and column.masked == "nik":
        return str(masked_field("nik", text))
    if column is not None and column.masked:
        return HIDDEN * 6
    # Whatever else was written into a cell: a NIK in it stays hidden.
    return str(masked_field("", text))


def _finding(kind: Kind, found: dict[str, Any]) -> dict[str, Any]:
    column = kind.column_of.get(found["column"])
    return {
        "column": found["column"],
        "heading": column.headings[0] if column else "",
        "level": found["level"],
        "code": found["code"],
        "detail": said(kind.words, found["code"], found.get("named", {})),
    }
