"""What every operation of the OpenAPI document has in common."""

from typing import Any

from outreach.problems import CATALOGUE

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` names the problem and never changes its meaning.",
    "required": ["type", "title", "status", "detail", "code", "action"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": sorted(CATALOGUE)},
        "action": {
            "type": "string",
            "enum": ["drop", "show", "fix", "retry"],
            "description": "what a client does with what it sent",
        },
        "problems": {
            "type": "array",
            "description": "for `invalid`: the fields, by RFC 6901 pointers into the body",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
ANSWER = {
    "description": "a problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def with_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The document with the problem that every operation can answer with (a spectacular hook)."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"].setdefault("default", ANSWER)
    return result
