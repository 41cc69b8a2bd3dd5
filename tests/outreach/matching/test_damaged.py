"""Facts that cannot be read any more: altered, or under a key that is gone."""

from collections.abc import Callable

import pytest

from outreach.matching.sweeping import sweep
from outreach.models import MatchRecord
from outreach.sealing import unseal_bytes
from sync.models import HeldRecord
from tests.cast import Cast, client_of, pushed
from tests.outreach.matching.asked import say, twins
from tests.records import NOW

pytestmark = pytest.mark.django_db


def altered(facts: bytes) -> bytes:
    return facts[:-1] + bytes([facts[-1] ^ 1])


def under_another_key(facts: bytes) -> bytes:
    return facts[:1] + b"z" * facts[0] + facts[1 + facts[0] :]


@pytest.mark.parametrize("damage", [altered, under_another_key])
def test_they_are_made_anew_and_stop_nobody(cast: Cast, damage: Callable[[bytes], bytes]) -> None:
    first, _, question = twins(cast)
    stored = MatchRecord.objects.get(registration=first)
    sound = bytes(stored.facts)
    MatchRecord.objects.filter(registration=first).update(facts=damage(sound))

    shown = client_of(cast.rina).get(f"/api/v1/reviews/{question.pk}/")
    again = pushed(cast, cast.budi, full_name="Siti Aminah Harahap")

    assert shown.status_code == 200
    assert again.person_id == first.person_id
    assert not HeldRecord.objects.exists()
    assert say(cast.rina, question, "different-people").status_code == 200
    sweep(NOW, everything=True)
    stored.refresh_from_db()
    assert unseal_bytes(stored.facts, first.pk.bytes)
