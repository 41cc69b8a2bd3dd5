"""The same photo on registrations of different people: raised as a doubt about both, and taken back
when they turn out to be one person, or one of them shows another photo now.

Photos of ID cards are compared by their bytes only: all cards look alike.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from outreach import bulk, changes
from outreach.flags import PHOTO_REUSED
from outreach.models import Flag, Registration
from outreach.photos.hashing import NEAR_BITS
from outreach.statuses import UNJUDGED, status_for

MOST_NEAR = 200

_ALIKE = """
    SELECT own.kader_id, own.sha256, other.kader_id, other.sha256, other.distance
    FROM unnest(%s::bigint[], %s::text[]) AS asked (kader, digest)
    JOIN outreach_photo own ON own.kader_id = asked.kader AND own.sha256 = asked.digest
    CROSS JOIN LATERAL (
        SELECT same.kader_id, same.sha256, 0 AS distance FROM outreach_photo same
        WHERE same.sha256 = own.sha256 AND same.state IN ('ready', 'erased')
        UNION ALL
        (SELECT near.kader_id, near.sha256,
            bit_count((near.dhash # own.dhash)::bit(64)) AS distance FROM outreach_photo near
        WHERE near.bands && own.bands AND near.sha256 <> own.sha256 AND near.state = 'ready'
            AND near.kind NOT IN ('id_card', 'consent')
            AND own.kind NOT IN ('id_card', 'consent')
            AND bit_count((near.dhash # own.dhash)::bit(64)) <= %s
        ORDER BY distance, near.id LIMIT %s)
    ) AS other
    WHERE own.state IN ('ready', 'erased') AND NOT own.is_plain
"""

Key = tuple[int, str]
"""Of a photo: its kader and SHA-256."""


class Shown(NamedTuple):
    """A registration that declares a photo."""

    registration: UUID
    person: UUID
    photo: Key


class Match(NamedTuple):
    """Another person's registration with the same photo; `distance` in bits of the hash."""

    distance: int
    registration: UUID
    photo: str
    other_photo: str

    def evidence(self) -> dict[str, Any]:
        return {
            "registration": str(self.registration),
            "photo": self.photo,
            "other_photo": self.other_photo,
            "distance": self.distance,
        }


def compare(ids: Collection[UUID], now: datetime) -> None:
    """Bring the doubts of these registrations, and of those with the same photos, in line.

    In the caller's transaction; ends in `changes.settle`. A constant number of statements.
    """
    reached = {match.registration for found in _matches(ids).values() for match in found}
    flagged = _naming(ids)
    looked_at = sorted({*ids, *(reached - _flagged(reached)), *flagged})
    bulk.run(
        "SELECT FROM outreach_registration WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
        [looked_at],
    )
    matches = _matches(looked_at)
    changed = _store(looked_at, matches, now)
    changes.settle()
    changes.log_registrations(changed)


def _matches(ids: Collection[UUID]) -> dict[UUID, list[Match]]:
    """For each registration those of other people with the same photo, the nearest first."""
    own = _shown_by("r.id = ANY(%s)", [list(ids)])
    keys = sorted({one.photo for one in own})
    if not keys:
        return {}
    alike: dict[Key, list[tuple[Key, int]]] = defaultdict(list)
    for kader, digest, other_kader, other_digest, distance in bulk.run(
        _ALIKE, [[kader for kader, _ in keys], [digest for _, digest in keys], NEAR_BITS, MOST_NEAR]
    ):
        alike[kader, digest].append(((other_kader, other_digest), distance))
    others = {key for found in alike.values() for key, _ in found}
    showing: dict[Key, list[Shown]] = defaultdict(list)
    for one in _showing(others):
        showing[one.photo].append(one)
    matches: dict[UUID, list[Match]] = {}
    for one in own:
        found = [
            Match(distance, other.registration, one.photo[1], key[1])
            for key, distance in alike[one.photo]
            for other in showing[key]
            if other.person != one.person
        ]
        if found:
            matches[one.registration] = sorted(matches.get(one.registration, []) + found)
    return matches


def _showing(photos: Collection[Key]) -> Iterable[Shown]:
    """Registrations that declare any of these photos: one pass over the kader's registrations."""
    if not photos:
        return []
    found = _shown_by(
        "r.kader_id = ANY(%s) AND photo ->> 'sha256' = ANY(%s)",
        [list({kader for kader, _ in photos}), list({digest for _, digest in photos})],
    )
    return [one for one in found if one.photo in photos]


def _shown_by(condition: str, parameters: list[Any]) -> list[Shown]:
    return [
        Shown(one, person, (kader, digest))
        for one, person, kader, digest in bulk.run(
            "SELECT DISTINCT r.id, r.person_id, r.kader_id, photo ->> 'sha256'"
            " FROM outreach_registration r, jsonb_array_elements(r.photos) AS photo"
            f" WHERE {condition}",
            parameters,
        )
    ]


def _naming(ids: Collection[UUID]) -> set[UUID]:
    """Registrations that are doubted because of one of these."""
    rows = bulk.run(
        "SELECT registration_id FROM outreach_flag"
        " WHERE code = %s AND evidence ->> 'registration' = ANY(%s)",
        [PHOTO_REUSED, [str(one) for one in ids]],
    )
    return {one for (one,) in rows}


def _flagged(ids: Collection[UUID]) -> set[UUID]:
    rows = bulk.run(
        "SELECT registration_id FROM outreach_flag WHERE code = %s AND registration_id = ANY(%s)",
        [PHOTO_REUSED, list(ids)],
    )
    return {one for (one,) in rows}


def _store(
    ids: Collection[UUID], matches: Mapping[UUID, list[Match]], now: datetime
) -> list[tuple[UUID, int]]:
    """Write the doubts, and the statuses that follow; gives what changed with its kader."""
    stored: dict[UUID, tuple[int, str, dict[str, Any]]] = {}
    for one, kader, status, code, evidence in bulk.run(
        "SELECT r.id, r.kader_id, r.status, flag.code, flag.evidence FROM outreach_registration r"
        " LEFT JOIN outreach_flag flag ON flag.registration_id = r.id"
        " WHERE r.id = ANY(%s) ORDER BY r.id",
        [list(ids)],
    ):
        doubts = stored.setdefault(one, (kader, status, {}))[2]
        if code:
            doubts[code] = evidence
    raised: dict[UUID, dict[str, Any]] = {}
    taken_back, statuses = [], []
    for one, (_, status, doubts) in stored.items():
        was, due = doubts.get(PHOTO_REUSED), _due(matches.get(one, []), doubts.get(PHOTO_REUSED))
        if was == due:
            continue
        codes = doubts.keys() - {PHOTO_REUSED}
        if due is None:
            taken_back.append(one)
        else:
            codes |= {PHOTO_REUSED}
            raised[one] = due
        if status in UNJUDGED:
            statuses.append({"id": one, "status": status_for(codes).value})
    bulk.run(
        "DELETE FROM outreach_flag WHERE code = %s AND registration_id = ANY(%s)",
        [PHOTO_REUSED, taken_back],
    )
    bulk.insert(
        Flag,
        [
            {"registration_id": one, "code": PHOTO_REUSED, "evidence": evidence, "raised_at": now}
            for one, evidence in raised.items()
        ],
        on_conflict="(registration_id, code) DO UPDATE SET evidence = excluded.evidence",
    )
    bulk.update(Registration, statuses)
    return [(one, stored[one][0]) for one in sorted([*taken_back, *raised])]


def _due(matches: list[Match], was: dict[str, Any] | None) -> dict[str, Any] | None:
    """The evidence that a registration is doubted on: what it was as long as that is true."""
    evidence = [match.evidence() for match in matches]
    if was in evidence:
        return was
    return evidence[0] if evidence else None
