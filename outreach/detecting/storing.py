"""What detectors found, written down: raised, brought up to date, and taken back."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from outreach import bulk, changes
from outreach.detecting import month_ends
from outreach.detecting.captures import Evidence, Unit
from outreach.models import Flag, MonthFinding, Registration
from outreach.past_flags import take_back
from outreach.statuses import UNJUDGED, status_for

Key = tuple[UUID, str]
"""A registration and a flag's code."""


class Found(NamedTuple):
    """What there is to be after a look: null evidence where there is to be nothing."""

    flags: dict[Key, Evidence | None]
    months: dict[Unit, Evidence | None]


def store(found: Found, now: datetime) -> None:
    """Bring flags and findings about months in line. In the caller's transaction, which ends here.

    A constant number of statements; only what differs is locked and written.
    """
    store_months(month_ends.CODE, "kader_id", found.months, now)
    stored = _stored({one for one, _ in found.flags}, {code for _, code in found.flags})
    differing = {one for (one, code), due in found.flags.items() if stored.get((one, code)) != due}
    if not differing:
        return
    owners: dict[UUID, tuple[int, str]] = {
        one: (kader, status)
        for one, kader, status in bulk.run(
            "SELECT id, kader_id, status FROM outreach_registration"
            " WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [sorted(differing)],
        )
    }
    changed = _store_flags(
        {key: due for key, due in found.flags.items() if key[0] in owners}, owners, now
    )
    changes.settle()
    changes.log_registrations((one, owners[one][0]) for one in sorted(changed))


def _stored(ids: Collection[UUID], codes: Collection[str]) -> dict[Key, Evidence]:
    return {
        (one, code): evidence
        for one, code, evidence in bulk.run(
            "SELECT registration_id, code, evidence FROM outreach_flag"
            " WHERE registration_id = ANY(%s::uuid[]) AND code = ANY(%s)",
            [bulk.array(ids), list(codes)],
        )
    }


def _store_flags(
    due: Mapping[Key, Evidence | None], owners: Mapping[UUID, tuple[int, str]], now: datetime
) -> set[UUID]:
    """Write flags of locked registrations, and the statuses that follow; gives whose changed."""
    doubts: dict[UUID, dict[str, Evidence]] = defaultdict(dict)
    for one, code, evidence in bulk.run(
        "SELECT registration_id, code, evidence FROM outreach_flag"
        " WHERE registration_id = ANY(%s::uuid[])",
        [bulk.array(owners)],
    ):
        doubts[one][code] = evidence
    gone: list[Key] = []
    raised: dict[Key, Evidence] = {}
    for (one, code), evidence in due.items():
        if doubts[one].get(code) == evidence:
            continue
        if evidence is None:
            gone.append((one, code))
            del doubts[one][code]
        else:
            raised[one, code] = doubts[one][code] = evidence
    take_back(gone, now)
    _raise(raised, now)
    changed = {one for one, _ in [*gone, *raised]}
    statuses = {one: status_for(doubts[one]).value for one in changed if owners[one][1] in UNJUDGED}
    bulk.update(
        Registration,
        [
            {"id": one, "status": status}
            for one, status in statuses.items()
            if status != owners[one][1]
        ],
    )
    return changed


def _raise(raised: Mapping[Key, Evidence], now: datetime) -> None:
    """What comes back, with whatever evidence, is as old as it is."""
    bulk.insert(
        Flag,
        [
            {"registration_id": one, "code": code, "evidence": evidence, "raised_at": now}
            for (one, code), evidence in raised.items()
        ],
        on_conflict="(registration_id, code) DO UPDATE SET evidence = excluded.evidence",
    )
    bulk.run(
        "UPDATE outreach_flag AS flag SET raised_at = least(flag.raised_at, past.raised_at)"
        " FROM (SELECT registration_id, code, min(raised_at) AS raised_at FROM outreach_pastflag"
        " WHERE (registration_id, code) IN (SELECT * FROM unnest(%s::uuid[], %s::text[]))"
        " GROUP BY 1, 2) AS past"
        " WHERE flag.registration_id = past.registration_id AND flag.code = past.code",
        [[one for one, _ in raised], [code for _, code in raised]],
    )


def store_months(
    code: str,
    subject: str,
    found: Mapping[tuple[int, date], Evidence | None],
    now: datetime,
) -> None:
    """Bring findings of one code in line; of kader (`subject` kader_id) or offices (office_id)."""
    if not found:
        return
    bulk.run(
        "UPDATE outreach_monthfinding AS old SET taken_back_at = %s"
        " FROM unnest(%s::int[], %s::date[]) AS gone(subject, of_month)"
        f" WHERE old.{subject} = gone.subject AND old.month = gone.of_month AND old.code = %s"
        " AND old.taken_back_at IS NULL",
        [
            now,
            [one for (one, _), due in found.items() if due is None],
            [month for (_, month), due in found.items() if due is None],
            code,
        ],
    )
    bulk.insert(
        MonthFinding,
        [
            {
                subject: one,
                "month": month,
                "code": code,
                "evidence": due,
                "raised_at": now,
            }
            for (one, month), due in found.items()
            if due is not None
        ],
        on_conflict="(kader_id, office_id, month, code) DO UPDATE"
        " SET evidence = excluded.evidence, taken_back_at = NULL"
        " WHERE (old.evidence, old.taken_back_at) IS DISTINCT FROM (excluded.evidence, NULL)",
    )
