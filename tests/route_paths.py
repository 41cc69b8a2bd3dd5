"""What the routes are about: records that there are, and paths that name them."""

import re
from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db.models import Q
from django.utils import timezone

from outreach.kader.messages import write
from outreach.membership.handing_off import hand_off
from outreach.models import (
    Decision,
    HeldResult,
    Lead,
    MatchPair,
    Payment,
    RecontactCase,
    Registration,
    Revision,
    StatementQuestion,
)
from sync.models import HeldRecord
from tests.cast import Cast, edited, held, held_lead, led, pushed
from tests.outreach.detecting.work import finding
from tests.outreach.imports.sending import confirm, send
from tests.outreach.imports.workbooks import HEADINGS, NOTICES, csv_of
from tests.outreach.kader.entries import noted
from tests.outreach.matching.asked import TWIN, person_of, question_about
from tests.outreach.recontact.samples import drawn, verified
from tests.outreach.region_changes.changing import split_of
from tests.records import NOW
from tests.route_table import PAGES

NOTICES_FILE = csv_of([HEADINGS[:2], ("v1", "20-11-2026")])


class Given(NamedTuple):
    """What there is when a row is asked, for the lists as well."""

    cast: Cast
    row: str
    registration: Registration
    """Verified."""
    revision: Revision
    decision: Decision
    again: Registration
    """Another of the same person."""
    twin: Registration
    """Of somebody much alike."""
    review: MatchPair
    question: StatementQuestion
    held: HeldRecord
    lead: Lead


def given(cast: Cast) -> Given:
    """What all rows share, before one is asked."""
    registration = pushed(cast)
    twin = pushed(cast, cast.budi, **TWIN)
    again = pushed(cast, cast.budi)
    revision = edited(cast, registration)
    Registration.objects.filter(pk=registration.pk).update(status="verified")
    decision = Decision.objects.create(
        registration=registration,
        kind="verify",
        actor=cast.rina,
        reason="papers seen",
        status_before="flagged",
        decided_at=registration.received_at,
    )
    question = StatementQuestion.objects.create(
        pk=uuid4(), kader=cast.siti, registration=registration, text="Why?", asked_at=NOW
    )
    return Given(
        cast,
        "",
        registration,
        revision,
        decision,
        again,
        twin,
        review=question_about(registration, twin),
        question=question,
        held=held(cast),
        lead=led(cast),
    )


VALUES: dict[str, Callable[[Given], object]] = {
    "<uuid:campaign_id>": lambda it: it.cast.market.pk,
    "<int:change_id>": lambda it: split_of(it.cast.villages[0]).pk,
    "<uuid:registration_id>": lambda it: it.registration.pk,
    "<uuid:subject>": lambda it: it.registration.pk,
    "<int:revision_id>": lambda it: it.revision.pk,
    "<int:held_id>": lambda it: it.held.pk,
    "<int:finding_id>": lambda it: finding(1, it.cast.siti).pk,
    "<uuid:sample_id>": lambda it: _case(it.cast).sample_id,
    "<uuid:case_id>": lambda it: _case(it.cast).pk,
    "<uuid:lead_id>": lambda it: it.lead.pk,
    "<slug:note_kind>": lambda _: "lead",
    "<uuid:note_id>": lambda it: held_lead(it.cast),
    "<uuid:business_id>": lambda _: uuid4(),
    "<uuid:decision_id>": lambda it: it.decision.pk,
    "<uuid:device_id>": lambda it: it.cast.tablet.pk,
    "<slug:client>": lambda _: "tablet",
    "<str:version>": lambda _: "2026-1",
    "<uuid:review_id>": lambda it: it.review.pk,
    "<int:office_id>": lambda it: it.cast.branch.pk,
    "<int:user_id>": lambda it: it.cast.siti.pk,
    "<int:entry_id>": lambda it: noted(it.cast, it.row),
    "<uuid:question_id>": lambda it: it.question.pk,
    "<uuid:person_id>": lambda it: person_of(it.registration),
    "<uuid:message_id>": lambda it: _message(it.cast),
    "<uuid:other_id>": lambda it: person_of(it.twin),
    "<uuid:upload_id>": lambda _: uuid4(),
    # A link says itself who may open it: see tests/sync/test_photo_links.py.
    "<str:link>": lambda _: "forged",
    "<uuid:hand_off_id>": lambda it: _hand_off(it.cast, it.registration),
    "<int:payment_id>": lambda it: _payment(it.registration),
    "<uuid:held_id>": lambda it: _held_result(it.cast, it.registration),
    "<slug:kind>": lambda _: NOTICES.name,
    "<uuid:import_id>": lambda it: send(it.cast.dewi, NOTICES_FILE).json()["id"],
    "<slug:code>": lambda _: "location_missing",
    "<path:name>": lambda _: "main.js",
    "<str:form>": lambda _: "zip",
    "<str:sheet>": lambda _: "xlsx",
    "<str:code>": lambda it: (
        "99.01" if it.row in PAGES or "monitoring" in it.row else it.cast.villages[0].code
    ),
}


def path_of(asked: Given) -> str:
    """The path of a row's route; what only it needs is made for it."""
    if asked.row == "POST api/v1/recontact-samples/":
        verified(asked.cast, 2)
    route = asked.row.partition(" ")[2]
    return "/" + re.sub("<[^>]+>", lambda name: str(VALUES[name[0]](asked)), route)


def _case(cast: Cast) -> RecontactCase:
    """Somebody who was drawn and is to be called."""
    verified(cast, 2)
    return drawn(cast.rina).cases.earliest("place")


def _hand_off(cast: Cast, registration: Registration) -> UUID:
    ids = [registration.pk]
    return hand_off(uuid4(), cast.dewi, Q(), ids, 1, registration.received_at).hand_off.pk


def _message(cast: Cast) -> UUID:
    now = timezone.now()
    return write(cast.rina, uuid4(), cast.market, "Kumpul pukul 7", now.date(), now).pk


def _payment(registration: Registration) -> int:
    day = registration.local_day.replace(day=1)
    return Payment.objects.create(
        registration=registration,
        first_month=day,
        months=1,
        paid_on=day,
        confirmed_at=registration.received_at,
    ).pk


def _held_result(cast: Cast, registration: Registration) -> UUID:
    """A second payment code for a registration that was handed off."""
    _hand_off(cast, registration)
    for code in ("8801", "8802"):
        row = f"{registration.pk};diterima;{code}"
        content = f"ID Pendaftaran;Hasil;Kode Iuran\n{row}".encode()
        confirm(cast.dewi, send(cast.dewi, content, "hand_off_results").json()["id"])
    return HeldResult.objects.get().pk
