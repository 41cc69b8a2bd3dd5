"""Two records line by line, and what speaks for one person and what against it, in words.

Of another office's record one sees what outreach.api.review_shapes shows of it.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import get_language

from outreach.dedup.reasons import veto_codes
from outreach.masking import masked_nik, masked_nik_end, masked_phone, slips_between
from outreach.matching.grounds import reasons_of
from outreach.matching.words import VETO, Side, field_of, reason_text, side_of
from outreach.models import MatchPair, Registration


class Line(NamedTuple):
    """A field of two records; None where the reader may not see it."""

    field: str
    left: str | None
    right: str | None
    differs: bool


class Evidence(NamedTuple):
    """One comparison: its words, its weight in log odds and what it speaks for."""

    field: str
    text: str
    weight: float
    side: Side


def comparison(pair: MatchPair, seen: Collection[UUID]) -> list[Line]:
    """What the two records say, as far as the reader may see it."""
    left, right = pair.left, pair.right
    slips = slips_between(left.nik, left.pk, right.nik, right.pk)
    lines = [
        _line("full_name", left.full_name, right.full_name),
        _line(
            "nik",
            _nik(left, seen, slips),
            _nik(right, seen, slips),
            is_same=_same(left.nik_index, right.nik_index),
        ),
        _line(
            "birth_year",
            str(left.birth_date.year),
            str(right.birth_date.year),
            is_same=left.birth_date == right.birth_date,
        ),
        _line("sex", left.sex, right.sex),
        _line(
            "phone",
            masked_phone(left.phone, left.pk) or "",
            masked_phone(right.phone, right.pk) or "",
            is_same=_same(left.phone_index, right.phone_index),
        ),
        _line("domicile_village", _home(left), _home(right)),
        _line("occupation", occupation_words(left), occupation_words(right)),
    ]
    for field, texts in _OWN.items():
        values = [texts(one) if one.pk in seen else None for one in (left, right)]
        if any(values):
            lines.append(_line(field, *values))
    return lines


def _line(field: str, left: str | None, right: str | None, *, is_same: bool | None = None) -> Line:
    if left is None or right is None:
        return Line(field, left, right, differs=False)
    return Line(field, left, right, differs=left != right if is_same is None else not is_same)


def _same(one: bytes | memoryview | None, other: bytes | memoryview | None) -> bool:
    return (one and bytes(one)) == (other and bytes(other))


def _nik(record: Registration, seen: Collection[UUID], slips: Collection[int]) -> str:
    masked = masked_nik if record.pk in seen else masked_nik_end
    return masked(record.nik, record.pk, slips) or ""


def _home(record: Registration) -> str:
    return record.domicile_village.name if record.domicile_village else record.domicile_code


def occupation_words(record: Registration) -> str:
    """An occupation in the active language; the code for one that is not on the list."""
    known = record.occupation
    if known is None:
        return record.occupation_code
    return known.name_en if get_language() == "en" else known.name_id


def _address(record: Registration) -> str:
    parts = [record.address]
    parts += [f"{name} {part}" for name, part in (("RT", record.rt), ("RW", record.rw)) if part]
    return ", ".join(part for part in parts if part)


_OWN: Any = {
    "address": _address,
    "work_place": lambda one: one.work_place,
    "campaign": lambda one: one.campaign.name,
    "kader": lambda one: one.kader.full_name,
}


def evidence_of(pair: MatchPair) -> list[Evidence]:
    """What was compared, the weightiest first."""
    return [
        Evidence(
            field_of(reason.code),
            reason_text(reason.code, reason.figures),
            reason.weight,
            side_of(reason.weight),
        )
        for reason in reasons_of(pair)
        if field_of(reason.code) != VETO
    ]


def evidence_in(grounds: Mapping[str, Any]) -> list[Evidence]:
    """The same of the grounds that an answer would be given on."""
    return [
        Evidence(field_of(code), reason_text(code, figures), weight, side_of(weight))
        for code, weight, figures in grounds.get("evidence", ())
        if field_of(code) != VETO
    ]


def vetoes_of(bits: Iterable[int]) -> list[str]:
    """What forbids joining pairs unasked, each reason once."""
    codes = dict.fromkeys(code for some in bits for code in veto_codes(some))
    return [reason_text(code, {}) for code in codes]
