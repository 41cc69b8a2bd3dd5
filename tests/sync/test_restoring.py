"""Contents that are not the current one: seen, disclosed, restored."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from outreach.models import Decision, Disclosure, Registration, Revision, VillageTally
from tests.cast import Cast, client_of
from tests.garbage import survives_garbage
from tests.outreach.matching.asked import person_of
from tests.records import strangers
from tests.sync.contents import (
    REASON,
    V1,
    assert_nothing_is_lost,
    captured,
    edited,
    restore,
    revisions,
)
from tests.tablet import Tablet

pytestmark = pytest.mark.django_db


def test_what_lost_is_restored_and_that_is_undone_the_same_way(
    cast: Cast, first: Tablet, second: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti)
    won, lost = edited(siti, 1, work_place="A"), edited(siti, 1, work_place="B")
    first.push(won)
    second.push(lost)
    late = revisions(cast.rina, siti["id"])[0]["id"]

    answer = restore(cast.rina, siti["id"], late, base_revision=2)

    body = answer.json()
    assert (answer.status_code, body["revision"], body["state"]) == (200, 3, "flagged")
    assert Registration.objects.get().work_place == "B"
    again = second.result(lost)
    assert (again["outcome"], again["replayed"], again["revision"]) == ("accepted", True, 3)
    assert first.result(edited(won, 2, work_place="C"))["outcome"] == "conflict"
    decision = Decision.objects.get(kind="restore")
    assert (decision.actor, decision.reason, decision.status_before) == (
        cast.rina,
        "papers seen",
        "flagged",
    )
    undo = client_of(cast.rina).post(f"{V1}decisions/{decision.pk}/undo/", REASON)
    assert (undo.status_code, undo.json()["code"]) == (409, "no_undo")
    [other] = [one for one in revisions(cast.rina, siti["id"]) if one["number"] == 2]
    assert restore(cast.rina, siti["id"], other["id"], base_revision=3).json()["revision"] == 4
    assert Registration.objects.get().work_place == "A"
    [back] = [one for one in revisions(cast.rina, siti["id"]) if one["id"] == late]
    assert back["number"] == 3
    assert second.result(edited(lost, 4, work_place="D"))["outcome"] == "accepted"
    assert_nothing_is_lost([siti, won, lost], cast.siti.pk)


def test_restoring_again_changes_nothing_and_on_another_base_nothing_happens(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti, edited(siti, 1, work_place="A"), edited(siti, 1, work_place="B"))
    late, replaced = (one["id"] for one in revisions(cast.rina, siti["id"]))

    done = restore(cast.rina, siti["id"], late, base_revision=2)
    again = restore(cast.rina, siti["id"], late, base_revision=2)
    by_another = restore(cast.regional_coordinator, siti["id"], late, base_revision=2)
    other = restore(cast.regional_coordinator, siti["id"], replaced, base_revision=2)

    assert (done.status_code, done.json()) == (200, again.json())
    for refused in (by_another, other):
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert refused.json()["revision"] == 3
    assert Decision.objects.filter(kind="restore").count() == 1
    assert Registration.objects.get().revision == 3


def test_an_edit_may_leave_a_person_and_restoring_joins_it_again(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    twin = captured(cast, address="Elsewhere 9", work_place="Kios 2")
    first.push(siti, twin)
    row = Registration.objects.get(pk=twin["id"])
    assert row.status == "duplicate"
    [stranger] = strangers(1)

    left = first.result(edited(twin, 1, **stranger))

    assert left["outcome"] == "accepted"
    assert person_of(Registration.objects.get(pk=twin["id"])) != person_of(
        Registration.objects.get(pk=siti["id"])
    )
    [old] = revisions(cast.rina, twin["id"])
    joined = restore(cast.rina, twin["id"], old["id"]).json()
    assert joined["state"] == "duplicate"
    assert person_of(Registration.objects.get(pk=twin["id"])) == person_of(
        Registration.objects.get(pk=siti["id"])
    )
    tally = VillageTally.objects.exclude(provisional=0).get()
    assert tally.provisional == 1


def test_nobody_restores_their_own_or_into_a_campaign_out_of_sight(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    elsewhere = edited(siti, 1, campaign=str(cast.other_market.pk))
    first.push(siti, edited(siti, 1, work_place="A"), elsewhere)
    away, old = (one["id"] for one in revisions(cast.rina, siti["id"]))

    refused = restore(cast.rina, siti["id"], away)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_possible")
    Registration.objects.update(kader=cast.rina)
    refused = restore(cast.rina, siti["id"], old)
    assert (refused.status_code, refused.json()["code"]) == (403, "own_record")
    Registration.objects.update(kader=cast.siti)
    assert restore(cast.regional_coordinator, siti["id"], away).status_code == 200


def test_what_is_restored_counts_by_the_clock_that_it_was_sent_with(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti, edited(siti, 1, work_place="A"))
    slow = timezone.now() - timedelta(days=2)
    first.push(edited(siti, 1, work_place="B"), sent_at=slow.isoformat())
    late = revisions(cast.rina, siti["id"])[0]["id"]

    restore(cast.rina, siti["id"], late)

    stored = Registration.objects.get()
    assert not stored.clock_trusted
    assert stored.clock_skew_s == pytest.approx(-2 * 86400, abs=120)
    assert stored.flags.filter(code="clock_skew").exists()


def test_kept_content_is_masked_and_disclosed_on_the_record(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti | {"mother_name": "Nurhayati"})
    first.push(
        edited(siti, 1, nik="9901014503840003", phone="+6281111111111", birth_date="1984-03-06")
    )
    [kept] = revisions(cast.rina, siti["id"])
    shown = {one["field"]: one["kept"] for one in kept["differs"]}
    assert shown == {
        "nik": "990101••••••0002",
        "phone": "+6281••••••890",
        "mother_name": "••••••",
        "birth_date": "1984-••-••",
    }
    url = f"{V1}registrations/{siti['id']}/revisions/{kept['id']}/disclose/"
    answer = client_of(cast.rina).post(url, REASON | {"fields": ["nik", "mother_name"]})
    assert answer.json()["values"] == {"nik": siti["nik"], "mother_name": "Nurhayati"}
    logged = Disclosure.objects.get()
    assert (logged.revision_id, logged.user, logged.fields) == (
        kept["id"],
        cast.rina,
        ["nik", "mother_name"],
    )
    foreign = client_of(cast.rina).post(url.replace(siti["id"], str(uuid4())), REASON)
    assert foreign.status_code in {400, 404}


def test_pages_of_revisions(cast: Cast, first: Tablet, siti: dict[str, Any]) -> None:
    first.push(siti)
    for base in range(1, 4):
        first.push(edited(siti, base, work_place=f"Kios {base}"))
    client = client_of(cast.rina)
    url = f"{V1}registrations/{siti['id']}/revisions/"
    page = client.get(url, {"limit": 2}).json()
    rest = client.get(url, {"limit": 2, "cursor": page["next"]}).json()
    assert [one["number"] for one in page["results"] + rest["results"]] == [3, 2, 1]
    assert page["current"]["revision"] == 4
    assert client.get(url, {"cursor": "x"}).status_code == 400


def test_garbage(cast: Cast, first: Tablet, siti: dict[str, Any]) -> None:
    first.push(siti, edited(siti, 1, work_place="A"))
    [kept] = Revision.objects.all()
    url = f"{V1}registrations/{siti['id']}/revisions/{kept.pk}/restore/"
    client = client_of(cast.rina)
    survives_garbage(client, "POST", url, REASON | {"base_revision": 7})
    assert Registration.objects.get().revision == 2
    for wrong in (0, 10**30):
        assert restore(cast.rina, siti["id"], wrong).status_code == 404
    assert restore(cast.rina, uuid4(), kept.pk).status_code == 404


def test_an_edit_of_the_village_moves_what_is_counted(
    cast: Cast, first: Tablet, siti: dict[str, Any]
) -> None:
    first.push(siti)
    first.push(edited(siti, 1, domicile_village=cast.villages[1].code))
    [old] = revisions(cast.rina, siti["id"])

    def counted() -> list[str]:
        return list(VillageTally.objects.filter(provisional=1).values_list("village", flat=True))

    assert counted() == [cast.villages[1].code]
    restore(cast.rina, siti["id"], old["id"])
    assert counted() == [cast.villages[0].code]
