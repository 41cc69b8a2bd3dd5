"""The words of the engine's reasons, for people: translated, with their figures.

The texts are those of `outreach.dedup.reasons`, which knows no languages; `tests.messages` takes
them into the catalogue.
"""

from collections.abc import Mapping
from typing import Literal

from django.utils.translation import gettext

from outreach.dedup.reasons import WORDS

VETO = "veto"
LITTLE = 1.0
"""Log odds below which a reason by itself says nothing: its weight is shared with others."""
_FIELDS = {"date": "birth_date", "mother": "mother_name"}

Side = Literal["for", "against", "little"]


def reason_text(code: str, figures: Mapping[str, int]) -> str:
    """A reason in the active language; the code itself for one of an engine of other days."""
    return gettext(WORDS[code]) % figures if code in WORDS else code


def field_of(code: str) -> str:
    """Which field of a registration, or which comparison of several, a reason is about."""
    field = code.partition("_")[0]
    return _FIELDS.get(field, field)


def side_of(weight: float) -> Side:
    """What a reason speaks for by its weight: that two records are one person, that they are not,
    or hardly either."""
    if abs(weight) < LITTLE:
        return "little"
    return "for" if weight > 0 else "against"
