"""Kader's months held against the incentive threshold: recounted whole, every night.

A count hangs on who is credited and who was verified since, wherever that was decided, so the
change log of a kader does not tell; the months that can still change are few.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from outreach import bulk
from outreach.detecting import bunching, storing
from outreach.detecting.captures import Evidence, Unit
from outreach.detecting.rules import stored_rules
from outreach.models import IncentiveRule, MonthFinding, User
from outreach.months import later
from outreach.validity import Span

MONTHS_OPEN = 3
"""How many months back are looked at again; what is verified later has its say in newer ones."""
LOCK = 0x62756E63
WIB = ZoneInfo("Asia/Jakarta")

_COUNTS = """
    SELECT own.kader_id, date_trunc('month', local_day)::date, count(*)
    FROM outreach_registration AS own JOIN outreach_person AS person
        ON person.id = own.person_id AND person.credited_id = own.id AND person.state = 'verified'
    WHERE local_day >= %s AND local_day < %s AND own.status NOT IN ('rejected', 'withdrawn')
    GROUP BY 1, 2
"""
"""As in a kader's statement: outreach.kader.statements."""


@transaction.atomic
def recount(now: datetime) -> None:
    """Look at the last months that are over, and the one before them that may have changed."""
    bulk.run("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    current = now.astimezone(WIB).date().replace(day=1)
    months = [later(current, -number) for number in range(1, MONTHS_OPEN + 1)]
    rules = stored_rules().bunching
    dated = {month: rules.on(month) for month in months}
    reach = max((rule.months for one in dated.values() if one for _, rule in [one]), default=0)
    if not reach:
        return
    counts = _counts(later(min(months), -reach), current)
    offices = dict(User.objects.filter(pk__in=counts).values_list("pk", "office"))
    of_kader, of_office = _standing(months)
    for month, one in dated.items():
        if one is None:
            continue
        since, rule = one
        pools: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for kader, own in counts.items():
            window = {
                of: pair for of, pair in own.items() if later(month, -rule.months) < of <= month
            }
            of_kader[kader, month] = bunching.of_kader(window, month, since, rule)
            if office := offices[kader]:
                first = later(month, -rule.office_months)
                pools[office] += [pair for of, pair in window.items() if of > first]
        for office, pool in pools.items():
            threshold = max((pair[1] for pair in pool), default=0)
            of_office[office, month] = bunching.of_office(pool, threshold, since, rule)
    storing.store_months(bunching.CODE, "kader_id", of_kader, now)
    storing.store_months(bunching.CODE, "office_id", of_office, now)


def _standing(
    months: Collection[date],
) -> tuple[dict[Unit, Evidence | None], dict[tuple[int, date], Evidence | None]]:
    """What was found before, of kader and of offices: taken back unless it is found again."""
    of_kader: dict[Unit, Evidence | None] = {}
    of_office: dict[tuple[int, date], Evidence | None] = {}
    for kader, office, month in MonthFinding.objects.filter(
        code=bunching.CODE, month__in=months, taken_back_at=None
    ).values_list("kader", "office", "month"):
        if kader is None:
            of_office[office, month] = None
        else:
            of_kader[kader, month] = None
    return of_kader, of_office


def _counts(first: date, after: date) -> dict[int, dict[date, tuple[int, int]]]:
    """By kader and month how many verified people, and the threshold; months without one are out.

    Two statements.
    """
    incentives = [
        (Span(rule.first_day, rule.last_day), rule.threshold)
        for rule in IncentiveRule.objects.all()
    ]
    found: dict[int, dict[date, tuple[int, int]]] = defaultdict(dict)
    for kader, month, count in bulk.run(_COUNTS, [first, after]):
        last_day = later(month, 1) - timedelta(days=1)
        for span, threshold in incentives:
            if span.has(last_day):
                found[kader][month] = (count, threshold)
    return found
