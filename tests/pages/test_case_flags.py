"""Single flags of a case answered on its page, and its personal data shown for a reason."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from outreach.models import Disclosure, FlagRemark, Photo, Registration, User
from outreach.photos.links import Link
from tests.cast import Cast, pushed
from tests.outreach.matching.asked import STRANGER
from tests.pages.test_queue import AWAY, browser_of, case, other_coordinator, page
from tests.pictures import picture
from tests.sync.test_photo_reuse import taken_by, work

FLAG = "outside_venue"


@pytest.fixture
def flagged(cast: Cast) -> Registration:
    return pushed(cast, **STRANGER, **AWAY)


def say(user: User, record: Registration, said: str, reason: str = "", code: str = FLAG) -> str:
    form = {"said": said, "reason": reason}
    answer = browser_of(user).post(f"{case(record)}flags/{code}/", form)
    assert answer.status_code == 302
    return str(answer["Location"])


def kinds(record: Registration) -> list[str]:
    return list(record.flag_remarks.order_by("pk").values_list("kind", flat=True))


def test_a_flag_is_answered_by_itself_and_taken_back(cast: Cast, flagged: Registration) -> None:
    rina = browser_of(cast.rina)
    form = {"said": "uphold", "reason": " x "}
    unsaid = rina.post(f"{case(flagged)}flags/{FLAG}/", form, follow=True)
    assert "Nothing was changed: say why" in unsaid.content.decode()
    assert kinds(flagged) == []
    assert say(cast.rina, flagged, "uphold", "he was at home") == f"{case(flagged)}#flag-{FLAG}"
    assert say(cast.rina, flagged, "uphold", "he was at home").endswith(FLAG)
    text = page(cast.rina, case(flagged))
    assert "he was at home" in text and "upheld" in text
    assert say(cast.rina, flagged, "reopen").endswith(FLAG)
    assert say(cast.rina, flagged, "accept").endswith(FLAG)
    assert kinds(flagged) == ["uphold", "reopen", "accept"]
    flagged.refresh_from_db()
    assert flagged.status == "flagged"


def test_who_is_late_is_told_who_decided_what_and_when(cast: Cast, flagged: Registration) -> None:
    say(cast.rina, flagged, "uphold", "nobody was there")
    wati = browser_of(other_coordinator(cast))
    late = wati.post(f"{case(flagged)}flags/{FLAG}/", {"said": "accept"}, follow=True)
    text = late.content.decode()
    assert "Nothing was done: Rina Wulandari decided on" in text
    assert "upheld. nobody was there" in text
    assert "Open it again" in text
    assert kinds(flagged) == ["uphold"]


def test_a_flag_whose_ground_is_gone_stays_with_what_was_said(
    cast: Cast, flagged: Registration
) -> None:
    FlagRemark.objects.create(
        registration=flagged,
        code="burst",
        kind="answer",
        text="a whole crew signed",
        by=cast.siti,
        made_at=flagged.received_at,
    )
    text = page(cast.rina, case(flagged))
    assert "Its ground is gone." in text and "a whole crew signed" in text
    for address in (f"{case(flagged)}flags/no_such_flag/", f"{case(flagged)}flags/same_place/"):
        gone = browser_of(cast.rina).post(address, {"said": "accept"})
        assert gone.status_code == 404
    assert "/flags/" not in page(cast.andi, case(flagged))


@pytest.mark.usefixtures("photo_folder")
def test_an_id_card_is_shown_once_for_a_reason_and_never_kept_by_a_browser(cast: Cast) -> None:
    record = taken_by(cast, cast.siti, picture(), 0, kind="id_card")
    work()
    masked = page(cast.rina, case(record))
    assert "See the identity card" in masked and "/photos/" not in masked
    rina, address = browser_of(cast.rina), f"{case(record)}disclose/"
    for missing in ({"reason": ""}, {"fields": ["x"]}):
        form = {"fields": ["id_card"], "reason": "name differs"} | missing
        answer = rina.post(address, form, follow=True)
        assert "Nothing was shown" in answer.content.decode()
    assert not Disclosure.objects.exists()
    once = rina.post(address, {"fields": ["id_card", "birth_date"], "reason": "name differs"})
    answer = rina.get(once["Location"])
    shown = answer.content.decode()
    assert "/photos/" in shown and record.birth_date.isoformat() in shown
    assert "no-store" in answer["Cache-Control"]
    kept = Disclosure.objects.get()
    assert (kept.user, kept.fields, kept.reason) == (
        cast.rina,
        ["birth_date", "id_card"],
        "name differs",
    )
    for gone in (once["Location"], address):
        assert rina.get(gone)["Location"] == case(record)
    again = page(cast.rina, case(record))
    assert "/photos/" not in again and record.birth_date.isoformat() not in again
    form = {"fields": ["id_card"], "reason": "curious"}
    assert browser_of(cast.outsider_coordinator).post(address, form).status_code == 404


@pytest.mark.usefixtures("photo_folder")
def test_a_photo_is_seen_on_a_page_that_stood_open_for_hours(cast: Cast) -> None:
    record = taken_by(cast, cast.siti, picture(), 0)
    work()
    shown = links_in(page(cast.rina, case(record)))
    assert shown
    photo, past = Photo.objects.get(), timezone.now() - timedelta(hours=3)
    old = Link(record.pk, photo.pk, "screen", cast.rina.pk, past, None)
    browser = browser_of(cast.rina)
    for address in (*shown, f"/queue/photos/{old.signed()}/"):
        answer = browser.get(address, follow=True)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    for other in (old._replace(why=1), old._replace(reader=cast.budi.pk)):
        assert browser.get(f"/queue/photos/{other.signed()}/").status_code == 404


def links_in(text: str) -> list[str]:
    return re.findall(r'"(/queue/photos/[^"]+)"', text)
