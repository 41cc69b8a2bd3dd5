"""Where two contents of a record differ, told by what they mean and not by how it is written."""

from typing import Any, NamedTuple

import msgspec

from outreach.drafts import Draft

NOT_CONTENT = {"id", "base_revision"}


class Difference(NamedTuple):
    """A field, with its value in either content as it was written, in clear."""

    field: str
    kept: Any
    current: Any


def differences(kept: Any, current: dict[str, Any]) -> list[Difference]:
    """The fields in which a kept record differs from the current one, in the wire's order.

    A field that is left out, null or empty is the same as one that is not there; times are
    compared as instants where both can be read.
    """
    written = kept if isinstance(kept, dict) else {}
    before, after = _meant(written), _meant(current)
    names = dict.fromkeys([*current, *written])
    return [
        Difference(name, written.get(name), current.get(name))
        for name in names
        if name not in NOT_CONTENT and before.get(name) != after.get(name)
    ]


def _meant(record: dict[str, Any]) -> dict[str, Any]:
    """Fields by what they mean, without those that say nothing."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        found[name] = _typed(name, value)
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _typed(name: str, value: Any) -> Any:
    field = _FIELDS.get(name)
    if field is None:
        return value
    try:
        typed = msgspec.convert(value, field.type)
    except msgspec.ValidationError:
        return value
    return None if typed == field.default else typed


_FIELDS = {field.encode_name: field for field in msgspec.structs.fields(Draft)}
