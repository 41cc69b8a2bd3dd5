"""Scopes at the level of querysets, for what has no route of its own yet."""

from typing import Any

from outreach import reviewing
from outreach.models import Decision, Registration
from outreach.scopes import offices_for, people_for, registrations_for, users_for
from tests.cast import Cast, client_of, pushed
from tests.outreach.membership.stories import handed_off, imported, refused, verified
from tests.records import NOW


def test_people_follow_the_registrations_one_sees(cast: Cast) -> None:
    here = pushed(cast)
    both = pushed(cast, cast.outsider_kader, campaign=str(cast.other_market.id))
    there = pushed(
        cast,
        cast.outsider_kader,
        campaign=str(cast.other_market.id),
        nik="9902010101800004",
        full_name="Joko Anwar",
    )
    assert here.person_id == both.person_id != there.person_id

    assert {p.pk for p in people_for(cast.siti)} == {here.person_id}
    assert {p.pk for p in people_for(cast.rina)} == {here.person_id}
    assert {p.pk for p in people_for(cast.outsider_coordinator)} == {
        here.person_id,
        there.person_id,
    }
    assert not people_for(cast.agus).exists()
    assert not people_for(cast.dewi).exists()
    Registration.objects.filter(pk=here.pk).update(status="verified")
    assert {p.pk for p in people_for(cast.dewi)} == {here.person_id}


def test_a_scope_takes_no_row_twice(cast: Cast) -> None:
    pushed(cast)
    for user in (cast.siti, cast.rina, cast.regional_coordinator, cast.andi):
        rows = registrations_for(user)
        assert rows.count() == rows.distinct().count() == 1


def test_whoever_has_no_say_over_others_sees_only_themselves(cast: Cast) -> None:
    for user in (cast.siti, cast.agus, cast.dewi):
        assert list(users_for(user)) == [user]


def test_an_office_reaches_down_and_not_up_or_sideways(cast: Cast) -> None:
    assert set(offices_for(cast.rina)) == {cast.branch}
    assert set(offices_for(cast.regional_coordinator)) == {
        cast.regional,
        cast.branch,
        cast.other_branch,
    }


def test_officers_go_on_seeing_what_they_withdrew_or_handed_off(cast: Cast) -> None:
    one, other = handed_off(cast, 2)
    imported(cast, refused(one))
    reviewing.decide(Decision.Kind.WITHDRAW, [other.pk], cast.dewi, "moved away", NOW)
    [third] = [row for row in verified(cast, 3) if row.status == "verified"][2:]
    url = f"/api/v1/registrations/{third.pk}/"
    dewi: Any = client_of(cast.dewi)
    assert dewi.post(f"{url}withdraw/", {"reason": "moved away"}).status_code == 200

    for record in (one, other, third):
        assert dewi.get(f"/api/v1/registrations/{record.pk}/membership/").status_code == 200
    shown = dewi.get(url).json()
    assert (shown["state"], client_of(cast.outsider_officer).get(url).status_code) == (
        "withdrawn",
        404,
    )
    again = dewi.post(f"{url}withdraw/", {"reason": "moved away"})
    assert (again.status_code, again.json()["decision"]) == (200, None)
