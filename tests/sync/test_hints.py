"""Duplicate hints: everybody of the territory hits, hardly anybody else does, and who is told."""

from datetime import timedelta
from typing import Any

import pytest

from outreach.hinting import hint_name
from outreach.models import Office, Registration, User
from sync import hints, tasks
from sync.models import Device, HintFilter, HintHolding
from tests.cast import Cast, client_of, pushed, tablet
from tests.records import NOW, strangers
from tests.sync.hint_tablet import HintTablet

URL = "/api/v1/sync/hints/"


def on(office: Office) -> None:
    hints.switch(office, is_on=True, reason="agreed with the data protection officer", now=NOW)


def asked(kader: User, device: Device, **extra: Any) -> Any:
    return client_of(kader, device).get(URL, **extra)


def given(cast: Cast) -> HintTablet:
    answer = asked(cast.siti, cast.tablet)
    assert answer.status_code == 200
    return HintTablet(answer.json())


def everybody(cast: Cast, number: int = 12) -> list[dict[str, Any]]:
    """Registered in the territory, by name and NIK."""
    people = strangers(number)
    for one in people:
        pushed(cast, **one)
    return people


def warned(held: HintTablet, people: list[dict[str, Any]]) -> int:
    return sum(held.warns(one["nik"], one["full_name"]) for one in people)


def hints_of(office: Office) -> dict[str, Any]:
    kader = User.objects.create_user("tini", full_name="Tini", role="kader", office=office)
    answer: dict[str, Any] = asked(kader, tablet(kader, kader)).json()
    return answer


def test_everybody_registered_in_the_territory_is_hinted_at(cast: Cast) -> None:
    people = everybody(cast)
    on(cast.branch)

    held = given(cast)

    assert warned(held, people) == len(people)
    assert held.warns(people[0]["nik"], f"  Hj. {people[0]['full_name'].upper()}, S.Pd.")


def test_strangers_are_hinted_at_once_in_128(cast: Cast) -> None:
    everybody(cast)
    on(cast.branch)

    held = given(cast)

    tried = 20_000
    false = sum(held.warns(f"99020101019{n:05}", "Wati Lestari") for n in range(tried))
    assert tried / 128 * 0.7 < false < tried / 128 * 1.3
    assert false / tried < 0.01


def test_a_name_that_is_not_the_nik_s_is_a_stranger(cast: Cast) -> None:
    people = everybody(cast)
    on(cast.branch)

    held = given(cast)

    others = [
        {"nik": one["nik"], "full_name": other["full_name"]}
        for one in people
        for other in strangers(200)
        if hint_name(other["full_name"]) != hint_name(one["full_name"])
    ]
    assert warned(held, others) < len(others) * 0.02


def test_people_of_other_territories_are_strangers(cast: Cast) -> None:
    elsewhere = strangers(60)
    for one in elsewhere:
        pushed(cast, domicile_village=cast.other_villages[0].code, **one)
    on(cast.branch)
    on(cast.other_branch)
    on(cast.regional)

    assert warned(given(cast), elsewhere) < 5
    joko = tablet(cast.outsider_kader, cast.outsider_coordinator)
    other = HintTablet(asked(cast.outsider_kader, joko).json())
    assert warned(other, elsewhere) == 60
    whole = HintTablet(hints_of(cast.regional))
    assert warned(whole, elsewhere) == 60
    assert len({given(cast).key, other.key, whole.key}) == 3


@pytest.mark.parametrize("status", ["rejected", "withdrawn"])
def test_who_no_longer_counts_is_gone_with_the_next_build(cast: Cast, status: str) -> None:
    people = everybody(cast, 20)
    on(cast.branch)
    before = given(cast)
    Registration.objects.update(status=status)
    assert given(cast).tags == before.tags

    tasks.build_office_hints(cast.branch.pk)

    after = given(cast)
    assert warned(after, people) < 4
    assert len(after.tags) == len(before.tags)


@pytest.mark.parametrize("nik", ["9999999999999999", "1234567890123456"])
def test_placeholders_hint_at_nobody(cast: Cast, nik: str) -> None:
    on(cast.branch)
    empty = given(cast).tags
    pushed(cast, nik=nik)
    pushed(cast, nik=None, nik_missing_reason="lost")

    assert not hints.build(cast.branch.pk, NOW)
    assert given(cast).tags == empty


def test_how_many_live_in_a_small_territory_is_not_told(cast: Cast) -> None:
    on(cast.branch)
    nobody = asked(cast.siti, cast.tablet).json()
    everybody(cast, 40)
    hints.build(cast.branch.pk, NOW)
    forty = asked(cast.siti, cast.tablet).json()

    assert nobody["count"] == forty["count"] == 4096
    assert nobody["tag_bits"] == forty["tag_bits"] == 19
    assert len(HintTablet(nobody).tags - HintTablet(forty).tags) <= 40


def test_an_unchanged_filter_is_not_sent_again(cast: Cast) -> None:
    everybody(cast, 3)
    on(cast.branch)
    first = asked(cast.siti, cast.tablet)
    assert first["Cache-Control"] == "private, no-cache"

    assert not hints.build(cast.branch.pk, NOW + timedelta(days=1))
    again = asked(cast.siti, cast.tablet, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")

    pushed(cast, full_name="Wati Lestari", nik="9901015507900001")
    assert hints.build(cast.branch.pk, NOW + timedelta(days=2))
    changed = asked(cast.siti, cast.tablet, HTTP_IF_NONE_MATCH=first["ETag"])
    assert changed.status_code == 200
    assert changed.json()["version"] == first.json()["version"] + 1


def test_offices_have_no_hints_unless_they_are_switched_on(cast: Cast) -> None:
    everybody(cast, 3)
    off = asked(cast.siti, cast.tablet)
    assert (off.status_code, off.json()) == (200, {"is_on": False})
    assert not hints.build(cast.branch.pk, NOW)

    on(cast.branch)
    filled = asked(cast.siti, cast.tablet, HTTP_IF_NONE_MATCH=off["ETag"])
    assert filled.json()["is_on"] is True

    hints.switch(cast.branch, is_on=False, reason="a tablet was stolen", now=NOW)
    gone = asked(cast.siti, cast.tablet, HTTP_IF_NONE_MATCH=filled["ETag"])
    assert (gone.status_code, gone.json()) == (200, {"is_on": False})
    assert HintFilter.objects.get().content is None

    on(cast.branch)
    assert asked(cast.siti, cast.tablet, HTTP_IF_NONE_MATCH=filled["ETag"]).status_code == 200


def test_only_an_active_tablet_of_a_kader_is_given_hints(cast: Cast) -> None:
    on(cast.branch)
    plain = client_of(cast.siti).get(URL)
    assert (plain.status_code, plain.json()["code"]) == (403, "forbidden")
    for state, code in (("drain_only", "device_drain_only"), ("revoked", "device_revoked")):
        answer = asked(cast.siti, tablet(cast.siti, cast.rina, state))
        assert (answer.status_code, answer.json()["code"]) == (403, code)
    for user in (cast.rina, cast.agus, cast.dewi, cast.andi):
        assert asked(user, tablet(user, cast.rina)).status_code == 403
    assert asked(cast.siti, cast.tablet).status_code == 200


def test_it_is_known_which_filter_a_tablet_holds(cast: Cast) -> None:
    asked(cast.siti, cast.tablet)
    assert not HintHolding.objects.exists()
    on(cast.branch)
    tag = asked(cast.siti, cast.tablet)["ETag"]
    first = HintHolding.objects.get()
    assert (first.device, first.office, first.version) == (cast.tablet, cast.branch, 1)
    asked(cast.siti, cast.tablet, HTTP_IF_NONE_MATCH=tag)
    assert HintHolding.objects.get().given_at == first.given_at

    everybody(cast, 1)
    hints.build(cast.branch.pk, NOW)
    asked(cast.siti, cast.tablet)
    assert HintHolding.objects.get().version == 2


@pytest.mark.parametrize(
    "extra",
    [
        {"HTTP_IF_NONE_MATCH": value}
        for value in ("", "*x", '"', 'W/"x', "\x00", "é", '"a", "b"', '"x"' * 2000, "7")
    ]
    + [{"QUERY_STRING": value} for value in ("office=2", "version=x", "%00=%00", "key=%ff")],
)
def test_garbage_changes_nothing(cast: Cast, extra: dict[str, str]) -> None:
    on(cast.branch)
    answer = asked(cast.siti, cast.tablet, **extra)
    assert answer.status_code == 200
    assert answer.json()["office"] == cast.branch.pk


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_there_is_no_way_to_ask_about_somebody(cast: Cast, method: str) -> None:
    answer = getattr(client_of(cast.siti, cast.tablet), method)(URL, {"nik": "9901014503840002"})
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
