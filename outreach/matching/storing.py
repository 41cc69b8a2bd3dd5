"""What was settled, locked and written: see settling for the order."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from outreach import bulk, changes, people
from outreach.attribution import standing_of
from outreach.dedup.scoring import shipped_model
from outreach.flagging import Doubts
from outreach.matching.arrivals import Matches
from outreach.matching.keys import masked, sketches_of
from outreach.matching.records import sealed
from outreach.matching.settled import Settlement
from outreach.matching.watching import Since
from outreach.models import Flag, MatchPair, MatchRecord, Registration
from outreach.people import Known


def lock(
    settled: Settlement, also: Collection[UUID] = (), edited: Collection[UUID] = ()
) -> list[Known]:
    """Lock the registrations that change, by id, and then the people that may count otherwise.

    Those of `edited` registrations may count elsewhere even where they stay the same people.
    """
    ids = settled.touched.union(also, edited)
    if ids:
        bulk.run(
            "SELECT FROM outreach_registration WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [list(ids)],
        )
    theirs = {settled.person[one] for one in edited} - settled.new_people.keys()
    return people.lock(settled.affected_people() | theirs)


def move(settled: Settlement, also: Collection[UUID], now: datetime) -> list[Known]:
    """Lock what changes, and `also` other registrations, and give it its persons and statuses.

    Gives the people to be counted anew, those who are new included.
    """
    known = lock(settled, also)
    known += people.create(
        dict.fromkeys(settled.new_people, standing_of([])), settled.new_people, now
    )
    store_rows(settled)
    return known


def store_rows(settled: Settlement, but: Collection[UUID] = ()) -> None:
    """Give stored registrations their persons and statuses, `but` some that are written whole."""
    bulk.update(
        Registration,
        [
            {"id": one, "person_id": settled.person[one], "status": settled.status[one]}
            for one, was in settled.before.items()
            if one not in but
            and (was.person, was.status) != (settled.person[one], settled.status[one])
        ],
    )


def store_records(
    matches: Matches,
    arrived_at: Mapping[UUID, datetime],
    before: Mapping[UUID, Collection[int]],
    *,
    are_new: bool,
) -> None:
    """Write arrivals' facts and keys; `before` has the keys of those that were matched before.

    `are_new`: nobody else can be writing keys of them.
    """
    bulk.insert(
        MatchRecord,
        [
            {
                "registration_id": one,
                "facts": bulk.bytea(sealed(matches.raw[one], one)),
                "keys": keys.every,
                "blank": matches.blank[one],
                "model": shipped_model().version,
                "arrived_at": arrived_at[one],
            }
            for one, keys in matches.keys.items()
        ],
        on_conflict="(registration_id) DO UPDATE SET facts = excluded.facts, keys = excluded.keys,"
        " blank = excluded.blank, model = excluded.model",
    )
    _store_keys(matches, before, are_new=are_new)
    if matches.crowded:
        bulk.run(
            "INSERT INTO outreach_crowdedkey (key, swept) SELECT key, false"
            " FROM unnest(%s::bigint[]) AS new(key) ORDER BY key ON CONFLICT DO NOTHING",
            [list(matches.crowded)],
        )


def _store_keys(matches: Matches, before: Mapping[UUID, Collection[int]], *, are_new: bool) -> None:
    keys = matches.keys
    gone = [
        (key, one) for one, old in before.items() for key in set(old).difference(keys[one].every)
    ]
    if gone:
        parameters = [[key for key, _ in gone], [one for _, one in gone]]
        bulk.run(
            "DELETE FROM outreach_matchkey USING unnest(%s::bigint[], %s::uuid[]) AS gone(key, id)"
            " WHERE outreach_matchkey.key = gone.key AND registration_id = gone.id",
            parameters,
        )
        # With fewer holders it may lead somewhere again.
        bulk.run(
            "UPDATE outreach_crowdedkey SET swept = false WHERE key = ANY(%s)", [parameters[0]]
        )
    rows = sorted(
        (key, place) for place, own in enumerate(keys.values(), start=1) for key in own.every
    )
    sketches = sketches_of([matches.facts[one] for one in keys])
    # Ids by their place: to write and read each twenty times takes longer than to store it.
    bulk.run(
        "INSERT INTO outreach_matchkey AS old (key, registration_id, sketch)"
        " SELECT key, (%s::uuid[])[place], (%s::bigint[])[place]"
        " FROM unnest(%s::bigint[], %s::int[]) AS new(key, place)"
        + (
            ""
            if are_new
            else " ON CONFLICT (key, registration_id) DO UPDATE SET sketch = excluded.sketch"
            " WHERE old.sketch <> excluded.sketch"
        ),
        [
            bulk.array(keys),
            bulk.array(masked([one.bytes for one in keys], sketches)),
            bulk.array(key for key, _ in rows),
            bulk.array(place for _, place in rows),
        ],
    )


def store_found(settled: Settlement, now: datetime, also: Collection[UUID] = ()) -> None:
    """Write pairs, questions and flags, and log who changed, and `also` others.

    Under the change log's lock.
    """
    changed = _store_pairs(settled).union(also)
    _store_flags(settled, now)
    ids = settled.touched | (changed & settled.before.keys())
    ids |= settled.rows.keys() - settled.before.keys()
    changes.log_registrations((one, settled.rows[one].kader) for one in sorted(ids))


def _store_pairs(settled: Settlement) -> set[UUID]:
    """Bring the stored pairs in line; gives the registrations whose stored pairs were others."""
    gone = [ids for ids in settled.stored if ids not in settled.pairs]
    if gone:
        bulk.run(
            "DELETE FROM outreach_matchpair WHERE id = ANY(%s)",
            [[settled.stored[ids].id for ids in gone]],
        )
    rows = []
    changed = {one for ids in gone for one in ids}
    for ids, pair in settled.pairs.items():
        stored, asked = settled.stored.get(ids), settled.asked.get(ids)
        is_open, settles = asked is not None, asked.settles if asked else 0.0
        if stored and stored.pair == pair:
            continue
        if stored:
            changed.update(ids)
        rows.append(
            {
                "id": stored.id if stored else uuid4(),
                "left_id": ids[0],
                "right_id": ids[1],
                **pair._asdict(),
                "is_open": is_open,
                "settles": settles,
            }
        )
    bulk.insert(
        MatchPair,
        rows,
        on_conflict="(left_id, right_id) DO UPDATE SET score = excluded.score,"
        " vetoes = excluded.vetoes, model = excluded.model, is_same = excluded.is_same,"
        " same_nik = excluded.same_nik, is_open = excluded.is_open, settles = excluded.settles,"
        " proposed = NULL",
    )
    reopened = []
    for ids, stored in settled.stored.items():
        asked = settled.asked.get(ids)
        due = (asked is not None, asked.settles if asked else 0.0)
        if settled.pairs.get(ids) == stored.pair and due != (stored.is_open, stored.settles):
            reopened.append({"id": stored.id, "is_open": due[0], "settles": due[1]})
    bulk.update(MatchPair, reopened)
    return changed


def _store_flags(settled: Settlement, now: datetime) -> None:
    """Write the doubts that changed; one that stays is as old as it was."""
    none: Doubts = {}
    was = {one: before.doubts for one, before in settled.before.items()}
    gone = [
        (one, code)
        for one, doubts in settled.doubts.items()
        for code in was.get(one, none).keys() - doubts.keys()
    ]
    if gone:
        bulk.run(
            "DELETE FROM outreach_flag USING unnest(%s::uuid[], %s::text[]) AS gone(id, code)"
            " WHERE registration_id = gone.id AND outreach_flag.code = gone.code",
            [[one for one, _ in gone], [code for _, code in gone]],
        )
    bulk.insert(
        Flag,
        [
            {"registration_id": one, "code": code, "evidence": evidence, "raised_at": now}
            for one, doubts in settled.doubts.items()
            for code, evidence in doubts.items()
            if was.get(one, none).get(code) != evidence
        ],
        on_conflict="(registration_id, code) DO UPDATE SET evidence = excluded.evidence",
    )


def arrivals_at(ids: Iterable[UUID], since: Since) -> dict[UUID, datetime]:
    """When registrations arrived that come in this order now."""
    return {one: since.clock + timedelta(microseconds=place) for place, one in enumerate(ids)}
