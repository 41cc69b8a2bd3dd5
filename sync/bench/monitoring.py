"""What a monitoring report of a large regency costs: made-up people, in a throw-away database."""

import time
from collections.abc import Callable
from statistics import median

from django.core.management import call_command
from rest_framework.test import APIClient

from outreach import bulk
from outreach.models import Region, User
from sync.bench.scratch import connected, scratch_database

VILLAGES = 5000
PEOPLE_A_VILLAGE = 4
DISTRICTS = 50
CODE = "98.01"
TIMES = 15

Say = Callable[[str], None]


def bench_monitoring(say: Say) -> dict[str, float]:
    """Measure and print; gives the milliseconds of a report at the median."""
    with scratch_database() as url, connected(url):
        call_command("migrate", verbosity=0)
        call_command("load_demo", verbosity=0)
        _fill()
        client = APIClient()
        client.force_authenticate(User.objects.filter(role=User.Role.ADMINISTRATOR).first())
        taken = []
        for _ in range(TIMES):
            began = time.perf_counter()
            answer = client.get(f"/api/v1/monitoring/{CODE}/", headers={"Host": "localhost"})
            taken.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, answer.content
        figures = {"monitoring_ms": median(taken)}
        say(
            f"monitoring report of {VILLAGES:,} villages, {answer.json()['registered']:,} people:"
            f" {figures['monitoring_ms']:.0f} ms at the median, {max(taken):.0f} ms at most"
        )
        return figures


def _fill() -> None:
    """Villages, people with a registration each, half of them verified, a third with payments."""
    regions = [("98", 1, "province", None), (CODE, 2, "regency", "98")]
    regions += [(f"{CODE}.{n:02}", 3, "district", CODE) for n in range(1, DISTRICTS + 1)]
    regions += [
        (f"{CODE}.{n % DISTRICTS + 1:02}.{2001 + n // DISTRICTS}", 4, "desa", "")
        for n in range(VILLAGES)
    ]
    Region.objects.bulk_create(
        Region(
            code=code,
            level=level,
            kind=kind,
            name=f"Wilayah {code}",
            parent_id=code[:8] if level == 4 else parent,
            time_zone="Asia/Jakarta",
        )
        for code, level, kind, parent in regions
    )
    bulk.run(
        "INSERT INTO outreach_denominator (region_id, year, segment, value, kind, method, source,"
        " loaded_at) SELECT code, 2025, 'working_population', 900, 'estimate', 'made up', 'bench',"
        " now() FROM outreach_region WHERE code LIKE '98.01%%'"
    )
    columns = [row[0] for row in bulk.run(_COLUMNS)]
    changed = {
        "id": "made.registration",
        "person_id": "made.person",
        "domicile_village_id": "made.village",
        "domicile_code": "made.village",
        "status": "CASE WHEN made.number %% 2 = 0 THEN 'verified' ELSE 'submitted' END",
    }
    named = ", ".join(changed.get(name, f"one.{name}") for name in columns)
    bulk.run(
        "CREATE TEMP TABLE made AS SELECT gen_random_uuid() AS registration,"
        " gen_random_uuid() AS person, code AS village, number"
        f" FROM outreach_region CROSS JOIN generate_series(1, {PEOPLE_A_VILLAGE}) AS number"
        " WHERE level = 4 AND code LIKE '98.01%%'"
    )
    bulk.run(
        "INSERT INTO outreach_person (id, state, created_at) SELECT person, 'none', now() FROM made"
    )
    bulk.run(
        f"INSERT INTO outreach_registration ({', '.join(columns)}) SELECT {named}"
        " FROM made CROSS JOIN (SELECT * FROM outreach_registration LIMIT 1) AS one"
    )
    bulk.run(
        "UPDATE outreach_person SET credited_id = made.registration, village_id = made.village,"
        " month = '2026-01-01'::date + make_interval(months => (made.number %% 9)::int),"
        " state = CASE WHEN made.number %% 2 = 0 THEN 'verified' ELSE 'provisional' END"
        " FROM made WHERE outreach_person.id = made.person"
    )
    bulk.run(
        "INSERT INTO outreach_payment (registration_id, first_month, months, paid_on, confirmed_at)"
        " SELECT registration, '2026-06-01', 6, '2026-06-05', now() FROM made WHERE number %% 3 = 0"
    )
    bulk.run("ANALYZE")


_COLUMNS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_name = 'outreach_registration' ORDER BY ordinal_position
"""
