"""What the OpenAPI document says about signing in and about the offline protocol.

The protocol's views read and write msgspec structs, so their schemas are those structs' own.
"""

from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from outreach.drafts import Draft
from outreach.flag_answers import FlagAnswer
from outreach.notes.drafts import AttendanceDraft, LeadDraft
from sync.answers import LimitsAnswer, PushAnswer, ReceiptsAnswer
from sync.day import DayAnswer
from sync.digests import DigestAnswer
from sync.hints import HintsAnswer
from sync.pulling import ChangesAnswer
from sync.reports import ReportAnswer, TabletReport
from sync.wire import MAX_RECORDS, Batch, ReceiptsAsked

JSON = "application/json"
REF = "#/components/schemas/Wire{name}"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it has no types
    """The scheme of sync.tokens.TokenAuthentication."""

    target_class = "sync.tokens.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:  # noqa: ARG002 - its signature
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def sent(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """A request body of this struct, for extend_schema."""
    return {JSON: {"$ref": REF.format(name=struct.__name__)}}


def answered(struct: type[msgspec.Struct]) -> dict[tuple[int, str], Any]:
    """An answer of this struct, for extend_schema."""
    return {(200, JSON): {"$ref": REF.format(name=struct.__name__)}}


def with_wire(result: dict[str, Any], **_unused: Any) -> dict[str, Any]:
    """The document with the wire's own schemas (a spectacular hook)."""
    _, structs = msgspec.json.schema_components(
        [
            Batch,
            Draft,
            LeadDraft,
            AttendanceDraft,
            FlagAnswer,
            PushAnswer,
            ReceiptsAsked,
            ReceiptsAnswer,
            LimitsAnswer,
            TabletReport,
            ReportAnswer,
            ChangesAnswer,
            DigestAnswer,
            HintsAnswer,
            DayAnswer,
        ],
        ref_template=REF,
    )
    # Records are typed one by one, so the batch itself takes anything for them.
    for part, draft in (
        ("registrations", Draft),
        ("leads", LeadDraft),
        ("attendance", AttendanceDraft),
        ("flag_answers", FlagAnswer),
    ):
        structs["Batch"]["properties"][part] = {
            "type": "array",
            "items": {"$ref": REF.format(name=draft.__name__)},
            "maxItems": MAX_RECORDS,
        }
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {f"Wire{name}": schema for name, schema in structs.items()}
    return result
