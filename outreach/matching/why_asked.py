"""Why a pair is asked about instead of being joined or told apart without a person."""

from collections.abc import Collection, Mapping

from django.db.models import Q
from django.utils.translation import gettext, gettext_noop

from outreach.dedup.scoring import shipped_model
from outreach.models import MatchPair

WHY: Mapping[str, str] = {
    "other_model": gettext_noop(
        "Another version of the engine judges these two otherwise; it changes nothing by itself"
    ),
    "nik_conflict": gettext_noop(
        "Two people use one NIK, and nothing else says that they are one: one NIK is wrong"
    ),
    "unsure": gettext_noop("They are alike, but not enough to be joined without asking"),
    "veto": gettext_noop(
        "They are alike enough, but something forbids joining them without asking"
    ),
    "rival": gettext_noop(
        "One of them is about as much like somebody else, and all three cannot be one person"
    ),
    "others_apart": gettext_noop(
        "They are alike enough, but further registrations of the two people are too different"
    ),
}
"""Code → English text; the translations are keyed by these."""


def why_asked(pair: MatchPair, beside: Collection[int]) -> str:
    """The code of WHY of an open question about loaded registrations; one statement at most.

    `beside`: what forbids joining other pairs across the two people unasked.
    """
    model = shipped_model()
    if pair.proposed is not None:
        return "other_model"
    if pair.score < model.unsure_at:
        return "nik_conflict"
    if pair.score < model.same_at:
        return "unsure"
    if pair.vetoes:
        return "veto"
    return "others_apart" if beside or not _has_rival(pair) else "rival"


def why_text(code: str) -> str:
    """A reason in the active language."""
    return gettext(WHY[code])


def _has_rival(pair: MatchPair) -> bool:
    """Whether one of the two is joined, as far as two alone can tell, nearly as well or better to
    somebody who is not the other one's person."""
    two = {pair.left_id: pair.right.person_id, pair.right_id: pair.left.person_id}
    ties = MatchPair.objects.filter(
        Q(left__in=two) | Q(right__in=two),
        is_same=True,
        score__gte=pair.score - shipped_model().runner_up_margin,
    ).exclude(pk=pair.pk)
    return any(
        (left in two and right_person != two[left]) or (right in two and left_person != two[right])
        for left, right, left_person, right_person in ties.values_list(
            "left_id", "right_id", "left__person_id", "right__person_id"
        )
    )
