"""Whatever is written between pages, a tablet that has pulled all of them holds what there is."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from outreach import changes
from outreach.models import Campaign, ConsentNotice, Decision, Occupation, Region, Registration
from sync.models import HeldRecord
from tests.cast import Cast, campaign, client_of, look_after
from tests.records import record, strangers
from tests.sync.pulling import Puller, anew, get
from tests.tablet import tablet_of

pytestmark = pytest.mark.django_db

DAYS = {"first_day": "2026-11-01", "last_day": "2026-12-01"}


class World:
    """The cast at work: each action is one that some people of it do, chosen by a seed."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        # So that what is written falls into a first sync as often as behind it.
        Occupation.objects.exclude(code="market_trader").delete()
        self.muara = campaign("Pasar Muara", cast.regional)
        self.tablets = [tablet_of(cast.siti), tablet_of(cast.siti), tablet_of(cast.budi)]
        self.pullers = [
            Puller(self.tablets[0], limit=2),
            Puller(self.tablets[1], limit=3, boundaries=True),
            Puller(self.tablets[1], limit=1),
        ]
        self.pullers[0].pull()
        self.sent: list[dict[str, Any]] = []
        self.people = strangers(40)
        self.actions: dict[str, Callable[[Random], Any]] = {
            "register": self.register,
            "register again": self.register_again,
            "edit": self.edit,
            "hold": self.hold,
            "verify": partial(self.decide, "verify"),
            "reject": partial(self.decide, "reject"),
            "send back": partial(self.decide, "request-correction"),
            "undo": self.undo,
            "withdraw": self.withdraw,
            "dismiss": partial(self.decide_held, "dismiss"),
            "open again": partial(self.decide_held, "reopen"),
            "release": partial(
                self.decide_held, "release", registration={"birth_date": "1984-03-05"}
            ),
            "plan": self.plan,
            "rename": self.rename,
            "announce": self.announce,
            "move the border": self.move_the_border,
            "compact": lambda _rng: changes.compact(),
            "pull": self.pull,
        }

    def push(self, who: int, sent: dict[str, Any]) -> None:
        self.tablets[who].push(sent)
        self.sent.append(sent)

    def record(self, rng: Random, **fields: Any) -> dict[str, Any]:
        at = timezone.now() - timedelta(minutes=rng.randrange(60, 600))
        return record(
            self.cast.market.id, self.cast.villages[0].code, captured_at=at.isoformat(), **fields
        )

    def register(self, rng: Random) -> None:
        self.push(rng.randrange(3), self.record(rng, **self.people[len(self.sent) % 40]))

    def register_again(self, rng: Random) -> None:
        if self.sent:
            again = rng.choice(self.sent) | {"id": str(uuid4()), "base_revision": 0}
            at = timezone.now() - timedelta(minutes=rng.randrange(60, 600))
            self.push(rng.randrange(3), again | {"captured_at": at.isoformat()})

    def edit(self, rng: Random) -> None:
        stored = Registration.objects.filter(kader=self.cast.siti)
        revisions = dict(stored.values_list("id", "revision"))
        mine = [sent for sent in self.sent if sent["id"] in {str(one) for one in revisions}]
        if mine:
            sent = rng.choice(mine)
            new = {"work_place": f"Kios {rng.random()}", "base_revision": rng.randrange(1, 3)}
            self.tablets[0].push(sent | new)

    def hold(self, rng: Random) -> None:
        self.push(rng.randrange(2), self.record(rng, birth_date="1984-02-30"))

    def decide(self, how: str, rng: Random) -> None:
        ids = sorted(map(str, Registration.objects.values_list("id", flat=True)))
        if ids:
            url = f"/api/v1/registrations/{rng.choice(ids)}/{how}/"
            client_of(self.cast.rina).post(url, {"reason": f"seen {rng.random()}"})

    def decide_held(self, how: str, rng: Random, **body: Any) -> None:
        ids = list(HeldRecord.objects.order_by("pk").values_list("pk", flat=True))
        if ids:
            url = f"/api/v1/held-records/{rng.choice(ids)}/{how}/"
            client_of(self.cast.rina).post(url, {"reason": "seen"} | body)

    def undo(self, _rng: Random) -> None:
        if latest := Decision.objects.order_by("decided_at").last():
            url = f"/api/v1/decisions/{latest.pk}/undo/"
            client_of(self.cast.rina).post(url, {"reason": "wrong one"})

    def withdraw(self, rng: Random) -> None:
        mine = Registration.objects.filter(kader=self.cast.siti).order_by("id")
        if mine:
            one = rng.choice(list(mine)).pk
            mine.filter(pk=one).update(status="withdrawn")
            changes.settle()
            changes.log_registrations([(one, self.cast.siti.pk)])

    def plan(self, rng: Random) -> None:
        team = [{"kader": k.pk} | DAYS for k in (self.cast.siti, self.cast.budi)]
        codes = [village.code for village in (*self.cast.villages, *self.cast.other_villages)]
        body: dict[str, Any] = {"name": f"Pasar {rng.random()}"}
        if rng.random() < 0.7:
            body["team"] = rng.sample(team, rng.randrange(3))
        if rng.random() < 0.7:
            body["villages"] = rng.sample(codes, rng.randrange(4))
        url = f"/api/v1/campaigns/{self.muara.pk}/"
        answer = client_of(self.cast.regional_coordinator).patch(url, body)
        assert answer.status_code == 200, answer.content

    def rename(self, rng: Random) -> None:
        code = rng.choice(["99.01", "99.02", "99.02.01.1001", "99.01.01.2002"])
        Region.objects.filter(pk=code).update(name=f"Nama {rng.random()}")
        changes.settle()
        changes.log_regions([code])

    def announce(self, rng: Random) -> None:
        version = f"v{rng.randrange(3)}"
        text = {"text_id": f"Teks {rng.random()}", "text_en": "Text", "valid_from": "2026-01-01"}
        ConsentNotice.objects.update_or_create(version=version, defaults=text)
        changes.settle()
        changes.log_for_all("notice", [version])

    def move_the_border(self, rng: Random) -> None:
        code = rng.choice(["99.01", "99.02.01", "99.02.01.2002"])
        look_after(self.cast.branch, code)

    def pull(self, rng: Random) -> None:
        puller = rng.choice(self.pullers)
        self.start_anew_where_told_to(puller)
        puller.step()

    def start_anew_where_told_to(self, puller: Puller) -> None:
        query = {"cursor": puller.cursor}
        if get(puller.tablet, "sync/changes/", query).status_code == 410:
            puller.cursor, puller.held = "", {}

    def check(self) -> None:
        for puller in self.pullers:
            self.start_anew_where_told_to(puller)
            puller.pull()
            assert puller.held == anew(puller.tablet, boundaries=puller.boundaries)
            self.check_against_the_database(puller)

    def check_against_the_database(self, puller: Puller) -> None:
        siti = self.cast.siti
        assigned = Campaign.objects.filter(members__kader=siti)
        assert set(puller.of("campaign")) == {str(one.pk) for one in assigned}
        [territory] = self.cast.branch.territory.values_list("region", flat=True)
        villages = Region.objects.filter(level=4)
        assert set(puller.of("village")) == {
            *villages.filter(code__startswith=territory).values_list("code", flat=True),
            *villages.filter(campaigns__in=assigned).values_list("code", flat=True),
        }
        notices = ConsentNotice.objects.values_list("version", "text_id")
        assert {one: n["text_id"] for one, n in puller.of("notice").items()} == dict(notices)
        own = Registration.objects.filter(kader=siti).exclude(status="withdrawn")
        told = puller.of("registration")
        revisions = {one: r["revision"] for one, r in told.items() if r["revision"]}
        stored = own.values_list("id", "revision")
        assert revisions == {str(one): revision for one, revision in stored}
        mine = Registration.objects.filter(kader=siti).values_list("id", flat=True)
        held = HeldRecord.objects.filter(kader=siti).exclude(record_id__in=mine)
        ids = held.values_list("record_id", flat=True)
        assert told.keys() - revisions.keys() == {str(one) for one in ids}
        body = json.dumps({"ids": list(told)}).encode()
        receipts = json.loads(puller.tablet.post("sync/receipts/", body).content)["results"]
        assert told == {receipt["id"]: receipt for receipt in receipts}


@settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],  # each step is a request: shrinking takes minutes
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_pages_in_any_interleaving_lead_to_what_there_is(cast: Cast, data: st.DataObject) -> None:
    with transaction.atomic():
        world = World(cast)
        names = [*world.actions, "pull", "pull", "pull", "register", "hold", "edit"]
        steps = st.lists(
            st.tuples(st.sampled_from(names), st.integers(0, 2**32)), min_size=8, max_size=20
        )
        for name, seed in data.draw(steps):
            world.actions[name](Random(seed))
        world.check()
        transaction.set_rollback(True)
