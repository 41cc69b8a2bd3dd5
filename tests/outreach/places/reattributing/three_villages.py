"""Three villages in a row, two opinions of their borders, and workers registered there."""

from typing import Any
from uuid import UUID, uuid5

from outreach.models import (
    BoundaryChange,
    BoundarySet,
    Campaign,
    Flag,
    Person,
    Registration,
)
from outreach.places.boundaries.switching import switch
from outreach.reattribution.reattributing import reattribute
from outreach.reattribution.report import Findings
from outreach.standings.rebuilding import rebuild
from sync.push import Pusher, push
from sync.wire import Batch, typed
from tests.cast import Cast
from tests.outreach.places.squares import fix
from tests.outreach.standings.people import derived
from tests.records import NOW, batch, record, strangers

HULU, HILIR = "99.01", "99.02"


A, B, C = "99.01.01.1001", "99.01.01.2002", "99.01.01.2003"


MUARA = "99.02.01.1001"


NAMESPACE = UUID(int=11)


Sets = tuple[BoundarySet, BoundarySet]


def worker(number: int, where: Campaign, column: float, home: str = A, **changes: Any) -> Any:
    """Somebody of their own NIK, registered at so many squares from the west."""
    at = changes.pop("accuracy_m", 8.0)
    return record(
        where.id,
        home,
        id=str(uuid5(NAMESPACE, str(number))),
        **strangers(200, seed=number // 200)[number % 200]
        | {"location": fix(column, 0.5, at), "location_missing_reason": None}
        | changes,
    )


def send(cast: Cast, *records: Any) -> list[dict[str, Any]]:
    answer = push(typed(batch(records), Batch), Pusher(cast.siti, cast.tablet), NOW)
    return [
        {"outcome": result.outcome, "village": result.event_village and result.event_village.code}
        for result in answer.results
    ]


def state() -> dict[str, Any]:
    """Everything that follows from where registrations were, but not how it came about."""
    flags: dict[UUID, dict[str, Any]] = {}
    for flag in Flag.objects.all():
        flags.setdefault(flag.registration_id, {})[flag.code] = flag.evidence
    registrations = Registration.objects.order_by("id").values(
        "id",
        "status",
        "event_village_id",
        "event_probability",
        "event_reason",
        "placement",
        "domicile_village_id",
        "person_id",
    )
    people = Person.objects.order_by("id").values(
        "id", "state", "credited_id", "village_id", "month"
    )
    return {
        "registrations": [row | {"flags": flags.get(row["id"], {})} for row in registrations],
        "people": list(people),
        **derived(),
    }


def assert_equal_to_a_recount() -> None:
    kept = derived()
    rebuild(NOW)
    assert derived() == kept


def hosted() -> dict[str, int]:
    return {row[0]: row[4] for row in derived()["villages"] if row[4]}


def switched(chosen: BoundarySet, *regencies: str) -> BoundaryChange:
    change = switch(chosen.id, regencies or [HULU], reason="a better source")
    assert change is not None
    reattribute(NOW)
    return change


def flags_of(registration: Registration) -> dict[str, Any]:
    return flags_of_id(registration.pk)


def flags_of_id(registration: UUID) -> dict[str, Any]:
    found = Flag.objects.filter(registration=registration)
    return dict(found.values_list("code", "evidence"))


def findings(change: BoundaryChange) -> Findings:
    change.refresh_from_db()
    assert change.reattributed_at is not None
    return Findings.from_json(change.report)
