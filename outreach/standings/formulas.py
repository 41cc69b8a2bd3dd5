"""Formulas made, tried as drafts, and put into force; one that was published by never changes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from outreach.models import Formula, StandingSnapshot, User
from outreach.problems import Problem, invalid
from outreach.standings.months import current_period
from outreach.validity import Span, fault_text, faults


@transaction.atomic
def make(fields: Mapping[str, Any], actor: User, now: datetime) -> Formula:
    """A new formula, in force from a month on or a draft; the one in force until then ends there.

    Raises Problem invalid for a version that is taken, and for months that have two formulas, none,
    or a frozen table.
    """
    stored = _locked()
    if any(formula.version == fields["version"] for formula in stored):
        raise invalid(("/version", "taken", _("There is a formula of this version.")))
    formula = Formula(**fields, made_by=actor, made_at=now)
    _put_in_force(formula, stored)
    formula.save(force_insert=True)
    return formula


@transaction.atomic
def alter(version: str, fields: Mapping[str, Any], now: datetime) -> Formula:
    """Change a draft, or put it into force; or a formula whose first month has not begun.

    Raises Problem not_found, in_force or invalid.
    """
    stored = _locked()
    formula = _of(stored, version)
    _refuse_if_in_force(formula, now)
    for name, value in fields.items():
        setattr(formula, name, value)
    _put_in_force(formula, [other for other in stored if other.pk != formula.pk])
    formula.save()
    return formula


@transaction.atomic
def discard(version: str) -> None:
    """Forget a draft. Raises Problem not_found or in_force."""
    formula = _of(_locked(), version)
    if not formula.is_draft:
        raise Problem("in_force")
    formula.delete()


def frozen_versions() -> QuerySet[StandingSnapshot, str]:
    """The formulas that tables were published by."""
    return StandingSnapshot.objects.values_list("formula_id", flat=True).distinct()


def _locked() -> list[Formula]:
    """All formulas; who freezes a month waits until we are done, as do others who alter them."""
    formulas = Formula.objects.order_by("version")
    list(formulas.select_for_update())
    # Whoever we waited for may have added one, which the statement that waited does not see.
    return list(formulas)


def _of(stored: list[Formula], version: str) -> Formula:
    for formula in stored:
        if formula.version == version:
            return formula
    raise Problem("not_found")


def _refuse_if_in_force(formula: Formula, now: datetime) -> None:
    if formula.is_draft or formula.effective_from is None:
        return
    has_begun = formula.effective_from <= current_period(now)
    if has_begun or formula.version in frozen_versions():
        raise Problem("in_force")


def _put_in_force(formula: Formula, others: list[Formula]) -> None:
    """End the formula before this one, if it has no end; refuse months with two, or with none."""
    if formula.is_draft:
        return
    first = formula.effective_from
    if first is None:
        raise invalid(("/effective_from", "required", _("Say from which month on it is in force.")))
    if formula.effective_until and formula.effective_until < first:
        raise invalid(("/effective_until", "before_first", _("It would end before it begins.")))
    frozen = StandingSnapshot.objects.order_by("-period").first()
    if frozen and first <= frozen.period:
        raise invalid(
            (
                "/effective_from",
                "frozen",
                _("The tables until %(month)s are frozen, with their formula.")
                % {"month": f"{frozen.period:%Y-%m}"},
            )
        )
    in_force = [(o.effective_from, o) for o in others if not o.is_draft and o.effective_from]
    before = max(
        (pair for pair in in_force if pair[0] < first), key=lambda pair: pair[0], default=None
    )
    if before and before[1].effective_until is None:
        before[1].effective_until = first - timedelta(days=1)
    spans = [Span(start, other.effective_until) for start, other in in_force]
    found = faults([*spans, Span(first, formula.effective_until)])
    if found:
        raise invalid(*(("/effective_from", fault.kind, fault_text(fault)) for fault in found))
    if before:
        before[1].save(update_fields=["effective_until"])
