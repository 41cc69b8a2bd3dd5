"""The change log followed for detectors: what changed, and all whose findings hang on it, is looked
at once more.

A kader's month is the unit: a finding about a registration hangs on its month and those beside it,
one about a month on it and those before. What is found is a function of what is stored, so order,
repetition and interruption do not matter. Numbered as the log is, nothing is skipped.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from outreach import bulk
from outreach.detecting import bursts, captures, month_ends, phones, same_place, storing, travel
from outreach.detecting.captures import Evidence, Unit
from outreach.detecting.rules import MONTHS_BEFORE, Rules, stored_rules
from outreach.models import LookedAt, Watched
from outreach.months import later
from outreach.transactions import attempt

CHANGES_AT_ONCE = 200

_PHONES = """
    SELECT own.phone_index, own.id, person_id, full_name, address, rt, rw, domicile_code, local_day
    FROM outreach_watched AS watched JOIN outreach_registration AS own
        ON own.id = watched.registration_id AND own.phone_index = watched.phone_index
    WHERE watched.phone_index = ANY(%s) AND status NOT IN ('rejected', 'withdrawn')
"""


class _Touched(NamedTuple):
    """Whose findings hang on what changed."""

    units: set[Unit]
    phones: set[bytes]
    ids: set[UUID]


def follow(now: datetime) -> int:
    """Look at what hangs on the next changes; gives how many changes those were."""
    since = LookedAt.objects.values_list("seq", flat=True).first() or 0
    rows = bulk.run(
        "SELECT seq, kind, object_id FROM outreach_change"
        " WHERE seq > %s AND kind IN ('registration', 'campaign') ORDER BY seq LIMIT %s",
        [since, CHANGES_AT_ONCE],
    )
    if rows:
        attempt(lambda: _follow(rows, since, now))
    return len(rows)


def look_again() -> None:
    """Have the whole history looked at once more, as by other rules."""
    LookedAt.objects.all().delete()


def _follow(rows: Sequence[tuple[Any, ...]], since: int, now: datetime) -> None:
    moved = bulk.run(
        "INSERT INTO outreach_lookedat AS looked (id, seq) VALUES (1, %s)"
        " ON CONFLICT (id) DO UPDATE SET seq = excluded.seq WHERE looked.seq = %s RETURNING seq",
        [rows[-1][0], since],
    )
    # Another worker has looked at these.
    if not moved:
        return
    touched = _touched(
        {UUID(one) for _, kind, one in rows if kind == "registration"},
        {UUID(one) for _, kind, one in rows if kind == "campaign"},
    )
    rules = stored_rules()
    found = _of_months(touched.units, rules)
    _of_phones(found, touched, rules)
    storing.store(found, now)


def _touched(ids: set[UUID], campaigns: set[UUID]) -> _Touched:
    """What registrations were when they were last looked at, and are now, which is kept for then.

    Four statements.
    """
    units: set[Unit] = set()
    numbers: set[bytes] = set()
    for kader, month, number in bulk.run(
        "SELECT kader_id, month, phone_index FROM outreach_watched WHERE registration_id = ANY(%s)",
        [list(ids)],
    ):
        units.add((kader, month))
        numbers |= {bytes(number)} if number else set()
    rows = bulk.run(
        "SELECT id, kader_id, date_trunc('month', local_day)::date, phone_index"
        " FROM outreach_registration WHERE id = ANY(%s)",
        [list(ids)],
    )
    for _, kader, month, number in rows:
        units.add((kader, month))
        numbers |= {bytes(number)} if number else set()
    bulk.insert(
        Watched,
        [
            {
                "registration_id": one,
                "kader_id": kader,
                "month": month,
                "phone_index": bulk.bytea(number) if number else None,
            }
            for one, kader, month, number in rows
        ],
        on_conflict="(registration_id) DO UPDATE SET kader_id = excluded.kader_id,"
        " month = excluded.month, phone_index = excluded.phone_index",
    )
    if campaigns:
        # Its venue or type may be another one.
        units |= set(
            bulk.run(
                "SELECT DISTINCT kader_id, date_trunc('month', local_day)::date"
                " FROM outreach_registration"
                " WHERE campaign_id = ANY(%(ids)s) OR decided_campaign_id = ANY(%(ids)s)",
                {"ids": list(campaigns)},
            )
        )
    return _Touched(units, numbers, ids)


def _of_months(units: Collection[Unit], rules: Rules) -> storing.Found:
    """What is found now about the registrations and months that hang on these months."""
    targets = {
        (kader, later(month, number))
        for kader, month in units
        for number in range(-1, MONTHS_BEFORE + 1)
    }
    read = {
        (kader, later(month, number))
        for kader, month in targets
        for number in range(-MONTHS_BEFORE, 2)
    }
    found = storing.Found({}, {})
    found.months.update(dict.fromkeys(targets))
    for kader, own in captures.captures_of(read).items():
        looked_at = [one.id for one in own if (kader, one.month) in targets]
        for code, detector in (
            (travel.CODE, travel.find),
            (bursts.CODE, bursts.find),
            (same_place.CODE, same_place.find),
        ):
            about = detector(own, rules)
            found.flags.update({(one, code): about.get(one) for one in looked_at})
        for month, evidence in month_ends.find(own, rules).items():
            if (kader, month) in targets:
                found.months[kader, month] = evidence
    return found


def _of_phones(found: storing.Found, touched: _Touched, rules: Rules) -> None:
    """Add what is found about registrations with these numbers, and those that had them."""
    due: dict[UUID, Evidence] = {}
    groups: dict[bytes, list[phones.PhoneUse]] = {}
    for number, *use in bulk.run(_PHONES, [list(touched.phones)]) if touched.phones else ():
        groups.setdefault(bytes(number), []).append(phones.PhoneUse(*use))
    for uses in groups.values():
        due |= phones.find(uses, rules)
    looked_at = touched.ids | {use.registration for uses in groups.values() for use in uses}
    found.flags.update({(one, phones.CODE): due.get(one) for one in looked_at})
