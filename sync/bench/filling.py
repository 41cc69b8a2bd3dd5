"""A province of 5,000 villages with people in them, made up in bulk: past the push, by COPY."""

import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import connection

from fixtures.people import Population
from outreach import bulk
from outreach.models import (
    Campaign,
    CampaignMember,
    MonthFinding,
    Office,
    OfficeTerritory,
    Region,
    User,
)
from outreach.sealing import blind_index, seal
from outreach.standings.rebuilding import rebuild
from sync.bench.ground import lay_out
from sync.bench.scratch import without_indexes
from sync.models import Device, DeviceReport

PROVINCE, REGENCIES, DISTRICTS, VILLAGES = "98", 10, 25, 20
"""Districts in a regency, villages in a district."""
KADER, CAMPAIGNS = 40, 120
"""Of each branch."""
KNOWN = 20_000
"""So many names there are; every one is borne by several."""
DAYS = 330
HELD, FINDINGS = 3_000, 300
A_QUESTION = 150
"""One of so many registrations is asked about."""
ZONE = "Asia/Jakarta"
_STATUSES = {
    "submitted": 4, "flagged": 1.5, "conflict": 0.2, "needs_correction": 1, "duplicate": 6,
    "rejected": 1.3, "verified": 22, "handed_off": 8, "awaiting_payment": 6, "active": 40,
    "lapsed": 10,
}  # fmt: skip
_MONTH_END = {"last": 40, "whole": 70, "days": 3, "most": 20, "rule": "bench"}
_FILLED = ("person", "registration", "decision", "flag", "payment", "matchpair")
_FLAGS = (
    "location_mocked",
    "nik_sex_mismatch",
    "not_working",
    "nik_placeholder",
    "no_signups_campaign",
)

Say = Callable[[str], None]


class Filled(NamedTuple):
    """Who may look at it, by role, and one of the villages."""

    users: dict[str, User]
    village: str


class _Branch(NamedTuple):
    office: Office
    kader: list[int]
    campaigns: list[tuple[UUID, date]]
    villages: list[str]


def fill(stored: int, say: Say) -> Filled:
    """Store so many registrations, and everything that stands around them."""
    now, chance = datetime.now(UTC), random.Random("pages")
    began = time.perf_counter()
    villages = lay_out(PROVINCE, REGENCIES, DISTRICTS, VILLAGES, now)
    say(f"{len(villages):,} villages on a map in {time.perf_counter() - began:.0f} s")
    regional = Office.objects.create(name="Kanwil Rekaan", kind=Office.Kind.REGIONAL)
    _assign(regional, PROVINCE)
    users = {str(role): _user(f"rekaan.{role}", role, regional) for role in _ROLES}
    branches = [_branch(number, regional, villages, now) for number in range(1, REGENCIES + 1)]
    indexes = without_indexes(_FILLED)
    _register(stored, branches, chance, now)
    say(f"registrations after {time.perf_counter() - began:.0f} s")
    _decide(users["coordinator"], now)
    _ask(stored, chance)
    for definition in indexes:
        bulk.run(definition)
    _hold(branches, chance, now)
    _find(branches, now)
    bulk.run("VACUUM (ANALYZE)")
    say(f"indexes after {time.perf_counter() - began:.0f} s")
    rebuild(now)
    bulk.run("VACUUM (ANALYZE)")
    say(f"standings after {time.perf_counter() - began:.0f} s")
    return Filled(users, villages[7])


_ROLES = (User.Role.COORDINATOR, User.Role.SUPERVISOR, User.Role.OFFICER, User.Role.ADMINISTRATOR)


def _user(name: str, role: str, office: Office) -> User:
    own = None if role == User.Role.ADMINISTRATOR else office
    return User.objects.create(username=name, full_name=f"Rekaan {name}", role=role, office=own)


def _assign(office: Office, code: str) -> None:
    since = datetime.now(UTC).date() - timedelta(days=400)
    OfficeTerritory.objects.create(office=office, region_id=code, first_day=since)


def _branch(number: int, regional: Office, villages: list[str], now: datetime) -> _Branch:
    """A branch with its kader, their tablets, and a year of campaigns, ten of them today."""
    regency = f"{PROVINCE}.{number:02}"
    office = Office.objects.create(
        name=f"Kacab Rekaan {number}", kind=Office.Kind.BRANCH, parent=regional
    )
    _assign(office, regency)
    own = [code for code in villages if code.startswith(regency)]
    kader = [_user(f"rekaan.{number}.{place}", User.Role.KADER, office) for place in range(KADER)]
    _give_tablets(kader, now)
    campaigns = [
        _campaign(place, office, own[place * 4 % len(own)], now) for place in range(CAMPAIGNS)
    ]
    Campaign.objects.bulk_create(campaigns)
    for place, campaign in enumerate(campaigns):
        campaign.villages.set(Region.objects.filter(code=own[place * 4 % len(own)]))
    days = [(campaign, campaign.starts_at.date()) for campaign in campaigns]
    CampaignMember.objects.bulk_create(
        CampaignMember(
            campaign=campaign,
            kader=kader[(place * 4 + at) % KADER],
            first_day=day,
            last_day=day + timedelta(days=1),
        )
        for place, (campaign, day) in enumerate(days)
        for at in range(4)
    )
    return _Branch(office, [one.pk for one in kader], [(one.pk, day) for one, day in days], own)


def _campaign(place: int, office: Office, village: str, now: datetime) -> Campaign:
    starts_at = now - timedelta(days=DAYS * place / (CAMPAIGNS - 10), hours=4)
    if place >= CAMPAIGNS - 10:
        starts_at = now - timedelta(hours=4)
    return Campaign(
        type=("market_drive", "mobile_car", "awareness_session")[place % 3],
        office=office,
        name=f"Rekaan {office.pk} {place} di {village}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=9),
        time_zone=ZONE,
        venue_lat=-4.9,
        venue_lon=110.4,
        venue_radius_m=400,
    )


def _give_tablets(kader: list[User], now: datetime) -> None:
    tablets = Device.objects.bulk_create(
        Device(
            kader=one,
            label=f"Tablet {one.username}",
            state=Device.State.ACTIVE,
            created_by=kader[0],
            created_at=now - timedelta(days=DAYS),
            enrolled_at=now - timedelta(days=DAYS),
            pushed_at=now - timedelta(hours=2),
        )
        for one in kader
    )
    reports = DeviceReport.objects.bulk_create(
        DeviceReport(
            device=tablet,
            received_at=now - timedelta(hours=place),
            clock_skew_s=1,
            unsynced_registrations=place % 5,
            unsynced_photos=0,
        )
        for place, tablet in enumerate(tablets)
    )
    for tablet, report in zip(tablets, reports, strict=True):
        tablet.last_report = report
    Device.objects.bulk_update(tablets, ["last_report"])


def _register(stored: int, branches: list[_Branch], chance: random.Random, now: datetime) -> None:
    bulk.run(
        "CREATE TEMP TABLE made (number bigint, id uuid, person uuid, campaign uuid, kader bigint,"
        " village text, status text, day date, at timestamptz, full_name text, birth_date date,"
        " sex text, nik bytea, nik_index bytea, phone bytea, phone_index bytea, lat float8,"
        " lon float8)"
    )
    drawn = _drawn(stored, branches, chance, now)
    with connection.cursor() as cursor, cursor.copy("COPY made FROM STDIN") as copy:
        for row in drawn:
            copy.write_row(row)
    bulk.run("CREATE INDEX ON made (number)")
    bulk.run(
        "INSERT INTO outreach_person (id, state, created_at)"
        " SELECT person, 'none', min(at) FROM made GROUP BY person"
    )
    bulk.run("ANALYZE made")
    _store()
    bulk.run(_CREDIT)


def _drawn(
    stored: int, branches: list[_Branch], chance: random.Random, now: datetime
) -> Iterator[tuple[Any, ...]]:
    population = Population("pages", branches[0].villages, now.date())
    known = [population.worker() for _ in range(KNOWN)]
    people: list[UUID] = []
    statuses = chance.choices(tuple(_STATUSES), tuple(_STATUSES.values()), k=stored)
    for number, status in enumerate(statuses):
        branch, worker, own = chance.choice(branches), chance.choice(known), uuid4()
        place = chance.randrange(len(branch.campaigns))
        campaign, day = branch.campaigns[place]
        kader = branch.kader[(place * 4 + chance.randrange(4)) % KADER]
        at = datetime(day.year, day.month, day.day, 2 + chance.randrange(6), tzinfo=UTC)
        at = min(at + timedelta(seconds=chance.randrange(3600)), now)
        is_new = status != "duplicate" or not people
        people += [uuid4()] if is_new else []
        person = people[-1] if is_new else chance.choice(people)
        nik, phone = f"98{number:014}", f"+62811{number:07}"
        yield (
            number, own, person, campaign, kader, chance.choice(branch.villages), status, day, at,
            worker.full_name, worker.birth_date + timedelta(days=chance.randrange(900)),
            worker.sex, seal(nik, own), blind_index("nik", nik), seal(phone, own),
            blind_index("phone", phone), -4.9 + chance.random() / 9, 110.4 + chance.random() / 9,
        )  # fmt: skip


def _store() -> None:
    """What was drawn as registrations; the rest of each is of one of the demo."""
    changed = {
        "id": "made.id", "person_id": "made.person", "campaign_id": "made.campaign",
        "kader_id": "made.kader", "status": "made.status", "captured_at": "made.at",
        "corrected_at": "made.at", "consent_at": "made.at", "local_day": "made.day",
        "received_at": "made.at + interval '3 hours'", "nik": "made.nik",
        "nik_index": "made.nik_index", "phone": "made.phone", "phone_index": "made.phone_index",
        "full_name": "made.full_name", "birth_date": "made.birth_date", "sex": "made.sex",
        "domicile_village_id": "made.village", "domicile_code": "made.village",
        "event_village_id": "made.village", "event_reason": "'certain'", "lat": "made.lat",
        "lon": "made.lon", "mother_name": "NULL", "work_village_id": "NULL", "work_code": "NULL",
        "placement": "NULL", "stop_id": "NULL", "decided_campaign_id": "NULL",
        "decided_stop_id": "NULL", "photos": "'[]'::jsonb",
    }  # fmt: skip
    columns = [name for (name,) in bulk.run(_COLUMNS)]
    told = ", ".join(changed.get(name, f"one.{name}") for name in columns)
    bulk.run(
        f"INSERT INTO outreach_registration ({', '.join(columns)}) SELECT {told} FROM made CROSS"
        " JOIN (SELECT * FROM outreach_registration WHERE id NOT IN (SELECT id FROM made)"
        " AND nik IS NOT NULL AND lat IS NOT NULL ORDER BY received_at LIMIT 1) AS one"
    )


def _decide(coordinator: User, now: datetime) -> None:
    """What stands decided, the flags of what is doubted, and payments of members."""
    bulk.run(
        "INSERT INTO outreach_decision (id, registration_id, kind, actor_id, reason, status_before,"
        " decided_at) SELECT gen_random_uuid(), id, CASE status WHEN 'rejected' THEN 'reject'"
        " WHEN 'needs_correction' THEN 'request_correction' ELSE 'verify' END, %s, 'Rekaan',"
        " 'submitted', least(at + interval '2 days', %s) FROM made"
        " WHERE status NOT IN ('submitted', 'flagged', 'conflict', 'duplicate')",
        [coordinator.pk, now],
    )
    bulk.run(
        "INSERT INTO outreach_flag (registration_id, code, evidence, raised_at)"
        " SELECT id, (%s::text[])[1 + number %% %s], '{}', at FROM made"
        " WHERE status IN ('flagged', 'conflict') OR number %% 20 = 0",
        [list(_FLAGS), len(_FLAGS)],
    )
    bulk.run(
        "INSERT INTO outreach_payment (registration_id, first_month, months, paid_on, confirmed_at)"
        " SELECT id, date_trunc('month', day), 3, day + 3, least(at + interval '5 days', %s)"
        " FROM made WHERE status IN ('active', 'lapsed')",
        [now],
    )


def _ask(stored: int, chance: random.Random) -> None:
    """Open questions, and each duplicate with whom it is of."""
    asked = stored // A_QUESTION
    numbers = chance.sample(range(stored), 2 * asked)
    bulk.run(
        f"{_PAIRS} false, true, a %% 97 FROM unnest(%s::bigint[], %s::bigint[]) AS asked (a, b)"
        " JOIN made AS one ON one.number = a JOIN made AS other ON other.number = b",
        [numbers[:asked], numbers[asked:]],
    )
    bulk.run(
        f"{_PAIRS} true, false, 0 FROM made AS one JOIN outreach_person AS person"
        " ON person.id = one.person JOIN made AS other ON other.id = person.credited_id"
        " WHERE one.status = 'duplicate' AND one.id <> other.id"
    )


def _hold(branches: list[_Branch], chance: random.Random, now: datetime) -> None:
    content = {"full_name": "Siti Rekaan", "nik": "12", "birth_date": "1990-02-31"}
    problems = json.dumps([{"pointer": "/nik", "code": "invalid", "detail": "16 digits"}])
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY sync_heldrecord (record_id, digest, content, problems, state, campaign_id,"
            " kader_id, clock_skew_s, received_at) FROM STDIN"
        ) as copy,
    ):
        for number in range(HELD):
            branch, own = chance.choice(branches), uuid4()
            campaign, _ = chance.choice(branch.campaigns)
            state = "held" if number % 3 else "dismissed"
            copy.write_row(
                (
                    own,
                    own.bytes,
                    seal(json.dumps(content), own),
                    problems,
                    state,
                    campaign,
                    chance.choice(branch.kader),
                    0.0,
                    now - timedelta(hours=number),
                )
            )


def _find(branches: list[_Branch], now: datetime) -> None:
    month = now.date().replace(day=1)
    MonthFinding.objects.bulk_create(
        MonthFinding(
            kader_id=kader, month=month, code="month_end", evidence=_MONTH_END, raised_at=now
        )
        for branch in branches
        for kader in branch.kader[: FINDINGS // REGENCIES]
    )


_PAIRS = (
    "INSERT INTO outreach_matchpair (id, left_id, right_id, score, vetoes, model, same_nik,"
    " is_same, is_open, settles) SELECT gen_random_uuid(), least(one.id, other.id),"
    " greatest(one.id, other.id), 1.5, 0, 'bench', false,"
)
_COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_name = 'outreach_registration' ORDER BY ordinal_position
"""
_CREDIT = """
    UPDATE outreach_person AS person SET credited_id = made.id, village_id = made.village,
        month = date_trunc('month', made.day),
        state = CASE WHEN status IN ('verified', 'handed_off', 'awaiting_payment', 'active',
            'lapsed') THEN 'verified' ELSE 'provisional' END
    FROM made WHERE person.id = made.person AND status NOT IN ('duplicate', 'rejected')
"""
