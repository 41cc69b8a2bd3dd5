"""The words of the engine's reasons, for people: translated, with their figures.

The texts are those of `outreach.dedup.explaining`, which knows no languages; `tests.messages` takes
them into the catalogue.
"""

from collections.abc import Mapping
from typing import Literal

from django.utils.translation import gettext

from outreach.dedup.explaining import WORDS

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


def side_of(code: str, weight: float) -> Side:
    """What a reason speaks for: that two records are one person, that they are not, or neither.

    What is missing speaks for neither: its weight is what its absence leaves to the others. A
    difference never speaks for one person: where its weight does, others share it. NIKs as twins
    have them speak against it, whatever they have in common.
    """
    if code == "nik_twin":
        return "against"
    if abs(weight) < LITTLE or code.endswith("_missing"):
        return "little"
    if weight > 0 and "_differs" in code:
        return "little"
    return "for" if weight > 0 else "against"
