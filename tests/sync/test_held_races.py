"""Coordinators and tablets at once, about the same records: one outcome, nothing lost."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from outreach.models import CampaignTally, Decision, Registration, Revision, VillageTally
from outreach.standings.rebuilding import rebuild
from sync.models import HeldDecision, HeldRecord
from tests.cast import Cast, client_of
from tests.records import strangers
from tests.sync.contents import REASON, V1, assert_nothing_is_lost, captured, revisions
from tests.tablet import tablet_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 6
NIK = "9901014503840002"


def call(user: Any, path: str, **body: Any) -> Callable[[], Any]:
    """A call to be made in a thread; gives its answer."""
    return partial(client_of(user).post, f"{V1}{path}", REASON | body)


def slugs(answers: list[Any]) -> list[str]:
    return sorted(
        "done" if answer.status_code == 200 else answer.json()["code"] for answer in answers
    )


def assert_counts_are_right() -> None:
    def counts() -> Any:
        villages = VillageTally.objects.exclude(provisional=0, verified=0, hosted=0)
        campaigns = CampaignTally.objects.exclude(provisional=0, verified=0)
        return (
            sorted(villages.values_list("village", "month", "provisional", "verified", "hosted")),
            sorted(campaigns.values_list("campaign", "kader", "provisional", "verified")),
        )

    kept = counts()
    rebuild(timezone.now())
    assert counts() == kept


def test_two_coordinators_release_one_record(cast: Cast) -> None:
    for stranger in strangers(ROUNDS):
        sent = captured(cast, **stranger) | {"sex": "?"}
        tablet_of(cast.siti).push(sent)
        path = f"held-records/{HeldRecord.objects.latest('pk').pk}/release/"
        fixes = [{"sex": "female", "rt": rt} for rt in ("001", "002")]
        users = (cast.rina, cast.regional_coordinator)

        answers = at_once(
            [
                call(user, path, registration=fix)
                for user, fix in zip(users, fixes, strict=True)
                for _ in range(3)
            ]
        )

        assert slugs(answers) == ["already_decided"] * 3 + ["done"] * 3
        [done] = {answer.json()["decision"] for answer in answers if answer.status_code == 200}
        assert str(HeldDecision.objects.latest("decided_at").pk) == done
        stored = Registration.objects.get(pk=sent["id"])
        assert stored.revision == 1
        assert Revision.objects.filter(registration=stored).count() == 1
        assert_nothing_is_lost([sent], cast.siti.pk)
    assert Decision.objects.count() == HeldDecision.objects.count() == ROUNDS
    assert_counts_are_right()


def test_a_release_and_the_kaders_own_push(cast: Cast) -> None:
    for stranger in strangers(ROUNDS):
        sent = captured(cast, **stranger) | {"sex": "?"}
        tablet = tablet_of(cast.siti)
        tablet.push(sent)
        path = f"held-records/{HeldRecord.objects.latest('pk').pk}/release/"
        own = sent | {"sex": "female", "work_place": "Kios 9"}

        jobs: list[Callable[[], Any]] = [
            call(cast.rina, path, registration={"sex": "female"}),
            partial(tablet.result, own),
        ]
        released, pushed = at_once(jobs)

        outcomes = (released.status_code, pushed["outcome"])
        assert outcomes in {(200, "conflict"), (409, "accepted")}
        assert Registration.objects.get(pk=sent["id"]).revision == 1
        assert HeldRecord.objects.get(record_id=sent["id"]).state == "released"
        assert_nothing_is_lost([sent, own], cast.siti.pk)
    assert_counts_are_right()


def test_release_dismiss_and_a_new_version(cast: Cast) -> None:
    for stranger in strangers(ROUNDS):
        sent = captured(cast, **stranger) | {"sex": "?"}
        tablet = tablet_of(cast.siti)
        tablet.push(sent)
        held = HeldRecord.objects.latest("pk").pk
        again = sent | {"sex": "!"}

        jobs: list[Callable[[], Any]] = [
            call(cast.rina, f"held-records/{held}/release/", registration={"sex": "female"}),
            call(cast.regional_coordinator, f"held-records/{held}/dismiss/"),
            partial(tablet.result, again),
        ]
        *answers, pushed = at_once(jobs)

        assert slugs(answers) == ["already_decided", "done"]
        assert pushed["outcome"] in {"rejected", "accepted"}
        assert_nothing_is_lost([sent, again], cast.siti.pk)
        released = answers[0].status_code == 200
        assert Registration.objects.filter(pk=sent["id"]).exists() == released
    assert_counts_are_right()


def test_two_coordinators_restore_different_contents(cast: Cast) -> None:
    for stranger in strangers(ROUNDS):
        sent = captured(cast, **stranger)
        edits = [sent | {"base_revision": 1, "work_place": place} for place in ("A", "B", "C")]
        tablet_of(cast.siti).push(sent, *edits)
        late = [one["id"] for one in revisions(cast.rina, sent["id"]) if one["number"] is None]
        base = f"registrations/{sent['id']}/revisions"

        answers = at_once(
            [
                call(cast.rina, f"{base}/{late[0]}/restore/", base_revision=2),
                call(cast.regional_coordinator, f"{base}/{late[1]}/restore/", base_revision=2),
                call(cast.rina, f"{base}/{late[0]}/restore/", base_revision=2),
            ]
        )

        assert slugs(answers) in (["conflict", "conflict", "done"], ["conflict", "done", "done"])
        assert Registration.objects.get(pk=sent["id"]).revision == 3
        assert_nothing_is_lost([sent, *edits], cast.siti.pk)
    assert Decision.objects.filter(kind="restore").count() == ROUNDS
    assert_counts_are_right()


def test_edits_restores_and_decisions_together(cast: Cast) -> None:
    for stranger in strangers(ROUNDS):
        sent = captured(cast, **stranger)
        moved = sent | {"domicile_village": cast.villages[1].code}
        tablet_of(cast.siti).push(sent, moved | {"base_revision": 1})
        [old] = revisions(cast.rina, sent["id"])
        tablets = [tablet_of(cast.siti) for _ in range(3)]
        edits = [moved | {"base_revision": 2, "work_place": place} for place in ("A", "B", "C")]

        jobs: list[Callable[[], Any]] = [
            call(cast.rina, f"registrations/{sent['id']}/revisions/{old['id']}/restore/"),
            call(cast.regional_coordinator, f"registrations/{sent['id']}/verify/"),
            call(cast.rina, f"registrations/{sent['id']}/request-correction/"),
            *(partial(tablet.result, edit) for tablet, edit in zip(tablets, edits, strict=True)),
        ]
        answers = at_once(jobs)

        assert {answer.status_code for answer in answers[:3]} <= {200, 409}
        outcomes = [answer["outcome"] for answer in answers[3:]]
        assert set(outcomes) <= {"accepted", "conflict"}
        assert outcomes.count("accepted") <= 1
        assert_nothing_is_lost([sent, moved, *edits], cast.siti.pk)
    assert_counts_are_right()
