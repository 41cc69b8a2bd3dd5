"""The form that a held record is corrected in: what was sent, field by field, and what is wrong.

What is masked stays as it was sent unless something else is written.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from outreach.masking import HIDDEN, HIDDEN_FIELDS, masked_field
from outreach.record_problems import problem_text
from sync.models import HeldRecord
from sync.pages.held_times import instant, on_clock

Kind = Literal["text", "number", "decimal", "choice", "yes_no", "list", "date", "time"]
GROUPS = ("location", "consent")
"""Fields that hold further ones; these are named as `location.lat`."""

_SEXES = ("female", "male")
_YES_NO = ("true", "false")
FIELDS: Mapping[str, tuple[Kind, Sequence[str]]] = {
    "full_name": ("text", ()),
    "nik": ("text", ()),
    "nik_missing_reason": ("text", ()),
    "birth_date": ("date", ()),
    "sex": ("choice", _SEXES),
    "mother_name": ("text", ()),
    "phone": ("text", ()),
    "address": ("text", ()),
    "rt": ("text", ()),
    "rw": ("text", ()),
    "postal_code": ("text", ()),
    "domicile_village": ("text", ()),
    "work_village": ("text", ()),
    "work_place": ("text", ()),
    "occupation": ("choice", ()),
    "is_employer": ("yes_no", _YES_NO),
    "monthly_income": ("number", ()),
    "programmes": ("list", ("JKK", "JKM", "JHT")),
    "months_prepaid": ("number", ("1", "3", "6", "12")),
    "payer": ("choice", ("self", "sponsor", "village", "local_budget", "national_budget")),
    "membership_kind": ("choice", ("new", "reactivation", "second_job", "unknown")),
    "working_declaration": ("yes_no", _YES_NO),
    "campaign": ("choice", ()),
    "stop": ("choice", ()),
    "captured_at": ("time", ()),
    "location.lat": ("decimal", ()),
    "location.lon": ("decimal", ()),
    "location.accuracy_m": ("decimal", ()),
    "location.accuracy_kind": ("choice", ("p68", "p95", "unknown")),
    "location.fixed_at": ("time", ()),
    "location_missing_reason": ("text", ()),
    "consent.notice_version": ("text", ()),
    "consent.method": ("choice", ("signed", "recorded", "ticked")),
    "consent.at": ("time", ()),
}
"""In the order in which people are asked for them."""


class Field(NamedTuple):
    """A field of the form: what stands in it, what was sent if that is masked or no time, what is
    wrong."""

    name: str
    kind: Kind
    value: str
    values: Sequence[str]
    choices: Sequence[str]
    names: Mapping[str, str]
    sent: str
    problems: Sequence[str]

    @property
    def key(self) -> str:
        """As element ids have it."""
        return self.name.replace(".", "-")

    @property
    def is_masked(self) -> bool:
        return self.name in HIDDEN_FIELDS


class HeldForm(NamedTuple):
    """Fields with problems first, then the rest; `others` is wrong with what the form lacks."""

    wrong: list[Field]
    right: list[Field]
    others: list[tuple[str, str]]


def form_of(
    content: Any,
    problems: Sequence[Mapping[str, Any]],
    names: Mapping[str, Mapping[str, str]],
    written: Mapping[str, Sequence[str]] | None = None,
) -> HeldForm:
    """The form for what was sent; with what was `written` into it and `problems` of that, if any.

    Problems are as held records have them: a pointer into the record, and a code. `names` are by
    field what codes are called; of campaigns, stops and occupations, those that can be chosen.
    Times are by the clock that is active.
    """
    found: dict[str, list[str]] = {}
    others: list[tuple[str, str]] = []
    for one in problems:
        name, text = _name_at(one["pointer"]), problem_text(one["code"], one["pointer"])
        for field in _fields_at(name):
            found.setdefault(field, []).append(text)
        if not _fields_at(name):
            others.append((name, text))
    fields = [
        _field(name, content, found.get(name, ()), names.get(name, {}), (written or {}).get(name))
        for name in FIELDS
        if name != "stop" or names.get(name) or sent_at(content, name) is not None
    ]
    return HeldForm(
        [field for field in fields if field.problems],
        [field for field in fields if not field.problems],
        list(dict.fromkeys(others)),
    )


def _name_at(pointer: str) -> str:
    """`/location/lat` is `location.lat`, and `/photos/3/size` is `photos`."""
    parts = pointer.split("/")[1:]
    if not parts:
        return ""
    return ".".join(parts[:2]) if parts[0] in GROUPS else parts[0]


def _fields_at(name: str) -> list[str]:
    """The form's fields of a name; all of a group's for the group itself."""
    return [field for field in FIELDS if field == name or field.startswith(f"{name}.")]


def _field(
    name: str,
    content: Any,
    problems: Sequence[str],
    names: Mapping[str, str],
    written: Sequence[str] | None,
) -> Field:
    kind, choices = FIELDS[name]
    choices = list(names) if kind == "choice" and not choices else choices
    texts = texts_of(name, sent_at(content, name))
    stands = _standing(name, texts)
    shown = stands if written is None else list(written)
    value = next(iter(shown), "")
    if value and (choices or kind == "choice") and kind != "list" and value not in choices:
        choices = [value, *choices]
    sent = "" if any(stands) else ", ".join(texts)
    return Field(name, kind, value, shown, choices, names, sent, problems)


def _standing(name: str, texts: Sequence[str]) -> list[str]:
    """What was sent, as it stands in the form at first."""
    if name in HIDDEN_FIELDS:
        return [""]
    return [on_clock(text) for text in texts] if FIELDS[name][0] == "time" else list(texts)


def sent_at(content: Any, name: str) -> Any:
    """What was sent for a field of the form; None for nothing."""
    at = content
    for part in name.split("."):
        at = at.get(part) if isinstance(at, Mapping) else None
    return at


def texts_of(name: str, value: Any) -> list[str]:
    """A value as texts to be shown, masked; one for each of a list."""
    shown = masked_field(name.rsplit(".", maxsplit=1)[-1], value)
    several = shown if isinstance(shown, list) and FIELDS[name][0] == "list" else [shown]
    return [_text(one) for one in several]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def fixes_of(
    content: Any, written: Mapping[str, Sequence[str]], held: HeldRecord
) -> dict[str, Any]:
    """The fields that somebody changed, in the wire's form, and those that have to be read anew
    as they are wrong; without those left as they were sent."""
    doubted = {field for one in held.problems for field in _fields_at(_name_at(one["pointer"]))}
    fixes: dict[str, Any] = {}
    for name, (kind, _) in FIELDS.items():
        texts = [text.strip() for text in written.get(name, ())]
        if name not in written and kind != "list":
            continue
        if _is_as_sent(name, texts, content, is_doubted=name in doubted):
            continue
        group, _, part = name.partition(".")
        value = _value(kind, texts, sent_at(content, name))
        if not part:
            fixes[name] = value
            continue
        sent = sent_at(content, group)
        inner = fixes.setdefault(group, dict(sent) if isinstance(sent, Mapping) else {})
        inner[part] = value
    return {name: _whole(value) for name, value in fixes.items()} | _taken_out(
        content, held, written
    )


def _is_as_sent(name: str, texts: Sequence[str], content: Any, *, is_doubted: bool) -> bool:
    if any(HIDDEN in text for text in texts):
        return True
    if name in HIDDEN_FIELDS:
        return not any(texts)
    sent = [text for text in texts_of(name, sent_at(content, name)) if text]
    stands = [text for text in _standing(name, sent) if text]
    written = [text for text in texts if text]
    return written == stands and not (is_doubted and sent)


def _value(kind: Kind, texts: Sequence[str], sent: Any) -> Any:
    """What was written, as the wire has it; as text where it is none of that, to be told so."""
    if kind == "list":
        return [text for text in texts if text]
    text = texts[0] if texts else ""
    if not text:
        return None
    if kind == "yes_no":
        return {"true": True, "false": False}.get(text, text)
    if kind == "time":
        return instant(text, sent)
    try:
        return int(text) if kind == "number" else float(text) if kind == "decimal" else text
    except ValueError:
        return text


def _whole(value: Any) -> Any:
    """A group without anything in it is none."""
    if isinstance(value, Mapping) and all(inner is None for inner in value.values()):
        return None
    return value


def _taken_out(
    content: Any, held: HeldRecord, written: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """What is not in the form and is to be left out: photos, or a field nobody knows."""
    if "leave_out" not in written or not isinstance(content, Mapping):
        return {}
    names = {_name_at(one["pointer"]) for one in held.problems}
    return {
        name: [] if name == "photos" else None
        for name in names
        if name in content and name not in GROUPS and not _fields_at(name)
    }
