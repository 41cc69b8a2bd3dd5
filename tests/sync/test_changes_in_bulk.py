"""Many changes: bounded pages, a constant number of statements, a log that does not grow."""

import gc
import tracemalloc
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import Max

from outreach import bulk, changes
from outreach.models import Change, Occupation, Region, Registration
from outreach.tasks import compact_changes
from sync.digests import digest_of
from tests.cast import ZONE, Cast
from tests.counting import Counting
from tests.outreach.places.squares import square, stored_set
from tests.records import strangers
from tests.sync.contents import captured
from tests.sync.pulling import Puller, anew, get, page
from tests.tablet import Tablet

pytestmark = pytest.mark.django_db


def many_villages(number: int) -> None:
    Region.objects.bulk_create(
        Region(
            code=f"99.01.01.{2100 + n}",
            level=4,
            kind=Region.Kind.DESA,
            name=f"Desa {n}",
            parent_id="99.01.01",
            time_zone=ZONE,
        )
        for n in range(number)
    )


def copies(number: int) -> None:
    """So many further registrations like the one there is."""
    meta = Registration._meta
    columns = ", ".join(
        field.column for field in meta.concrete_fields if field.column and field.name != "id"
    )
    bulk.run(
        f"INSERT INTO {meta.db_table} (id, {columns}) SELECT gen_random_uuid(), {columns}"
        f" FROM {meta.db_table}, generate_series(1, %s)",
        [number],
    )


def peak_bytes(tablet: Tablet, cursor: str) -> int:
    """The most memory that one page takes in the server and in reading its answer."""
    gc.collect()
    tracemalloc.start()
    try:
        page(tablet, cursor=cursor, limit=500)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_first_sync_of_a_large_territory_has_bounded_pages(cast: Cast, tablet: Tablet) -> None:
    many_villages(400 - len(cast.villages))
    tablet.push(captured(cast))
    copies(999)
    few = Puller(tablet)
    few.step()
    few_peak = peak_bytes(tablet, few.cursor)

    copies(4)
    many = Puller(tablet)
    many.step()
    many_peak = peak_bytes(tablet, many.cursor)
    many.pull()

    assert len(many.of("registration")) == 5000
    assert len(many.of("village")) == 400
    assert many.pages < 14
    assert many_peak < 1.5 * few_peak
    assert many_peak < 20_000_000


@pytest.mark.parametrize("rows", [1, 12])
def test_statements(cast: Cast, tablet: Tablet, count_queries: Counting, rows: int) -> None:
    many_villages(rows)
    stored_set({village.code: square(0, 0) for village in cast.villages})
    cast.market.villages.set(cast.villages[:1])
    start = Puller(tablet, boundaries=True)
    start.pull()
    sent = [captured(cast, **one) for one in strangers(rows)]
    tablet.push(*sent, *(captured(cast, birth_date="1984-02-30") for _ in range(rows)))

    with count_queries("GET sync/changes/ from the start"):
        page(tablet, boundaries="1")
    changes.log_for_all("occupation", Occupation.objects.values_list("code", flat=True)[:rows])
    changes.log_regions(["99.01"])
    changes.log_campaign(cast.market.pk, [cast.siti.pk], ())
    with count_queries("GET sync/changes/"):
        got = page(tablet, cursor=start.cursor)
    assert {change["kind"] for change in got["changes"]} == {
        "campaign",
        "occupation",
        "registration",
        "village",
    }
    with count_queries("GET sync/digest/"):
        assert get(tablet, "sync/digest/").json()["count"] == rows


def test_compacting_keeps_the_newest_of_each_thing_for_each_kader(cast: Cast) -> None:
    one, other = uuid4(), uuid4()
    changes.compact()
    kept = Change.objects.count()
    for _ in range(3):
        changes.log_registrations([(one, cast.siti.pk), (one, cast.budi.pk), (other, cast.siti.pk)])
        changes.log_campaign(one, [cast.siti.pk], [cast.budi.pk])
        changes.log_for_all("village", ["99.01.01.1001", "99.01.01.2002"])
    newest = set(
        Change.objects.values("kader", "kind", "object_id").annotate(n=Max("seq")).values_list("n")
    )

    assert changes.compact() == 2 * 7
    assert set(Change.objects.values_list("seq")) == newest
    assert Change.objects.count() <= kept + 7
    assert changes.compact() == 0


def test_compacting_goes_through_every_kader(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "KADER_AT_ONCE", 1)
    one = uuid4()
    for _ in range(4):
        changes.log_registrations((one, kader.pk) for kader in (cast.siti, cast.budi, cast.rina))

    assert changes.compact() == 3 * 3


def test_after_three_months_a_tablet_gets_state_and_not_history(cast: Cast, tablet: Tablet) -> None:
    away, start = Puller(tablet), Puller(tablet, limit=3)
    away.pull()
    start.step()
    sent = captured(cast)
    for revision in range(20):
        tablet.push(sent | {"base_revision": revision, "work_place": f"Kios {revision}"})

    compact_changes(timestamp=0)

    got = page(tablet, cursor=away.cursor)
    assert [(change["id"], change["data"]["revision"]) for change in got["changes"]] == [
        (sent["id"], 20)
    ]
    assert away.pull() == start.pull() == anew(tablet)


def test_the_digest_of_many_is_made_in_the_database(cast: Cast, tablet: Tablet) -> None:
    tablet.push(captured(cast))
    copies(3000)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM outreach_registration")
        ids: list[UUID] = [one for (one,) in cursor.fetchall()]
    gc.collect()
    tracemalloc.start()
    told = digest_of(cast.siti.pk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert told.count == len(ids) == 3001
    assert peak < 200_000
