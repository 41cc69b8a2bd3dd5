"""From how many verified people on a kader is paid: dated rules that follow each other."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from outreach import bulk
from outreach.models import IncentiveRule, User
from outreach.problems import invalid
from outreach.standings.months import current_period
from outreach.validity import Span, fault_text, faults

LOCK = 0x696E6365


class NewRule(NamedTuple):
    """A rule to come; with no last day it holds until the next one."""

    threshold: int
    first_day: date
    last_day: date | None
    source: str


def rule_on(day: date) -> IncentiveRule | None:
    """The rule in force on a day, if there is one."""
    rule = IncentiveRule.objects.filter(first_day__lte=day).order_by("-first_day").first()
    return rule if rule and Span(rule.first_day, rule.last_day).has(day) else None


def uncovered_from() -> date | None:
    """The first day on which no rule will be in force any more; None: until further notice."""
    last = IncentiveRule.objects.order_by("-first_day").first()
    return last.last_day + timedelta(days=1) if last and last.last_day else None


@transaction.atomic
def add_rule(new: NewRule, actor: User, now: datetime) -> tuple[IncentiveRule, bool]:
    """Have a rule from a day on, until which the last one holds; and whether it is new.

    Raises Problem invalid for days that another rule has, or that would have none, and for months
    that are over once there is a rule.
    """
    bulk.run("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    rules = list(IncentiveRule.objects.order_by("first_day"))
    for rule in rules:
        if NewRule(rule.threshold, rule.first_day, rule.last_day, rule.source) == new:
            return rule, False
    last = rules[-1] if rules else None
    ended = None
    if last and last.last_day is None and last.first_day < new.first_day:
        ended = last.last_day = new.first_day - timedelta(days=1)
    spans = [Span(rule.first_day, rule.last_day) for rule in rules]
    found = faults([*spans, Span(new.first_day, new.last_day)])
    if found:
        raise invalid(*(("/first_day", fault.kind, fault_text(fault)) for fault in found))
    if rules and new.first_day < current_period(now):
        text = _("Months that are over have been paid by the rule of then: begin in this month.")
        raise invalid(("/first_day", "past", text))
    if last and ended:
        last.save(update_fields=["last_day"])
    made = IncentiveRule.objects.create(**new._asdict(), made_by=actor, made_at=now)
    return made, True
