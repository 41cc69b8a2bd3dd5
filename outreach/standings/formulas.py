"""Formulas made, tried as drafts, and put into force; one that was published by never changes.

Every month has one formula: each is in force until the next one begins, the last one for ever, and
the first one counts for the months before it.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from outreach.models import Formula, StandingSnapshot, User
from outreach.problems import Problem, invalid
from outreach.standings.months import current_period
from outreach.validity import ONE_DAY, Fault, Span, faults


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
    _refuse_unless_fits(formula, stored)
    formula.save(force_insert=True)
    _follow_each_other([*stored, formula])
    return formula


@transaction.atomic
def alter(version: str, fields: Mapping[str, Any], now: datetime) -> Formula:
    """Change a draft, or put it into force; or a formula whose first month has not begun, which
    may become a draft again: the one before it goes on then.

    Without a last day it goes on until the next one. Raises Problem not_found, in_force or invalid.
    """
    stored = _locked()
    formula = _of(stored, version)
    _refuse_if_in_force(formula, stored, now)
    others = [other for other in stored if other.pk != formula.pk]
    was_draft = formula.is_draft
    for name, value in fields.items():
        setattr(formula, name, value)
    if not was_draft and "effective_until" not in fields and formula.effective_from:
        formula.effective_until = _day_before_next(formula.effective_from, others)
    _refuse_unless_fits(formula, others)
    formula.save()
    _follow_each_other(stored)
    return formula


@transaction.atomic
def discard(version: str, now: datetime) -> None:
    """Forget a draft, or a formula whose first month has not begun: the one before it goes on.

    Raises Problem not_found or in_force.
    """
    stored = _locked()
    formula = _of(stored, version)
    _refuse_if_in_force(formula, stored, now)
    _follow_each_other([other for other in stored if other.pk != formula.pk])
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


def _refuse_if_in_force(formula: Formula, stored: list[Formula], now: datetime) -> None:
    """The first formula counts for the months before it as well."""
    if formula.is_draft or formula.effective_from is None:
        return
    has_begun = formula.effective_from <= current_period(now)
    is_first = formula is _in_force(stored)[0]
    if has_begun or is_first or formula.version in frozen_versions():
        raise Problem("in_force")


def _in_force(formulas: Iterable[Formula]) -> list[Formula]:
    """Those that are no drafts, in the order of their months."""
    return sorted(
        (one for one in formulas if not one.is_draft and one.effective_from),
        key=lambda one: one.effective_from or date.min,
    )


def _day_before_next(first: date, others: list[Formula]) -> date | None:
    days = [one.effective_from for one in _in_force(others) if one.effective_from]
    after = [day for day in days if day > first]
    return after[0] - ONE_DAY if after else None


def _refuse_unless_fits(formula: Formula, others: list[Formula]) -> None:
    """Refuse months that would have two formulas, none, or another one than their frozen table.

    The one before ends where this one begins, whenever that is.
    """
    if formula.is_draft:
        return
    first, last = formula.effective_from, formula.effective_until
    if first is None:
        raise invalid(("/effective_from", "required", _("Say from which month on it is in force.")))
    if last and last < first:
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
    after = [
        Span(other.effective_from, other.effective_until)
        for other in _in_force(others)
        if other.effective_from and other.effective_from >= first
    ]
    found = faults([Span(first, last), *after])
    if last and not after:
        found.append(Fault("gap", last + ONE_DAY, None))
    if found:
        at = "/effective_until" if last else "/effective_from"
        raise invalid(*((at, fault.kind, _words(fault)) for fault in found))


def _follow_each_other(formulas: Iterable[Formula]) -> None:
    """Have each formula end where the next one begins, and the last one not at all."""
    chain = _in_force(formulas)
    for one, following in zip_longest(chain, chain[1:]):
        first = following.effective_from if following else None
        one.effective_until = first and first - ONE_DAY
        one.save(update_fields=["effective_until"])


def _words(fault: Fault) -> str:
    days = {"first": fault.first, "last": fault.last}
    if fault.kind == "gap" and fault.last is None:
        return _("No formula would be in force from %(first)s on.") % days
    if fault.kind == "gap":
        return _("No formula would be in force from %(first)s to %(last)s.") % days
    if fault.last is None:
        return _("Two formulas would be in force from %(first)s on.") % days
    return _("Two formulas would be in force from %(first)s to %(last)s.") % days
