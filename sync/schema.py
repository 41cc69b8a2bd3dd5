"""What the OpenAPI document says about signing in and about the offline protocol.

The protocol's views read bodies with msgspec, so their schemas come from the same structs.
"""

from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiViewExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema, extend_schema_view

from outreach.drafts import Draft
from sync.models import Receipt

REF = "#/components/schemas/Wire{name}"
JSON = "application/json"


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The scheme of sync.tokens.TokenAuthentication."""

    target_class = "sync.tokens.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:  # noqa: ARG002 - its signature
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def _text(form: str | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "string", **({"format": form} if form else {}), **more}


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": properties}


def _list(of: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": of, **more}


def _named(name: str) -> dict[str, str]:
    return {"$ref": REF.format(name=name)}


NULL = {"type": "null"}
RESULT = _object(
    "id outcome action replayed",
    id={"description": "as sent: a UUID, unless the record was rejected for what it had there"},
    outcome={"type": "string", "enum": [*Receipt.Outcome.values, "unknown"]},
    action={"type": "string", "enum": ["drop", "show", "fix", "retry"]},
    replayed={"type": "boolean"},
    revision={"type": ["integer", "null"]},
    person={"anyOf": [_text("uuid"), NULL]},
    event_village={
        "anyOf": [
            _object("code probability", code=_text(), probability={"type": "number"}),
            NULL,
        ]
    },
    flags=_list(_object("code detail", code=_text(), detail=_text())),
    missing_photos=_list(_text(pattern="^[0-9a-f]{64}$")),
    problems=_list(
        _object(
            "pointer code detail",
            pointer=_text(description="RFC 6901, into the record"),
            code=_text(),
            detail=_text(),
        )
    ),
    first_registered_at=_text("date-time", description="of a duplicate"),
    server={"description": "the newer revision of a conflict", "anyOf": [_named("Draft"), NULL]},
)
PUSH = _object(
    "batch_id sent_at registrations",
    batch_id=_text("uuid"),
    sent_at=_text("date-time", description="by the tablet's clock"),
    registrations=_list(_named("Draft"), maxItems=500),
)
PUSHED = _object(
    "batch_id received_at clock_skew_s results",
    batch_id=_text("uuid"),
    received_at=_text("date-time"),
    clock_skew_s={"type": "number"},
    results=_list(_named("Result"), description="one for each record, in the order sent"),
)
RECEIPTS = _object("ids", ids=_list(_text("uuid"), maxItems=1000))
LIMITS = _object(
    "max_records max_body_bytes max_receipts",
    max_records={"type": "integer"},
    max_body_bytes={"type": "integer", "description": "of JSON, after any gzip"},
    max_receipts={"type": "integer"},
)


def _described(method: str, **said: Any) -> Any:
    return extend_schema_view(**{method: extend_schema(**said)})


class PushSchema(OpenApiViewExtension):  # type: ignore[no-untyped-call]
    target_class = "sync.views.Push"

    def view_replacement(self) -> Any:
        said = _described(
            "post",
            operation_id="push",
            request={JSON: _named("Push")},
            responses={(200, JSON): _named("Pushed")},
        )
        return said(self.target_class)


class ReceiptsSchema(OpenApiViewExtension):  # type: ignore[no-untyped-call]
    target_class = "sync.views.Receipts"

    def view_replacement(self) -> Any:
        said = _described(
            "post",
            operation_id="receipts",
            request={JSON: _named("Receipts")},
            responses={(200, JSON): _object("results", results=_list(_named("Result")))},
        )
        return said(self.target_class)


class LimitsSchema(OpenApiViewExtension):  # type: ignore[no-untyped-call]
    target_class = "sync.views.Limits"

    def view_replacement(self) -> Any:
        said = _described("get", operation_id="limits", responses={(200, JSON): _named("Limits")})
        return said(self.target_class)


def with_wire(result: dict[str, Any], **_unused: Any) -> dict[str, Any]:
    """The document with the wire's own schemas (a spectacular hook)."""
    _, drafts = msgspec.json.schema_components([Draft], ref_template=REF)
    wire = {**drafts, "Result": RESULT, "Push": PUSH, "Pushed": PUSHED}
    wire |= {"Receipts": RECEIPTS, "Limits": LIMITS}
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {f"Wire{name}": schema for name, schema in wire.items()}
    return result
