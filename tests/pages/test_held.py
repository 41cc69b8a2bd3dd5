"""Held records on pages: shown with what is wrong, corrected, released, dismissed, opened again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from outreach.models import Campaign, Registration, Stop
from sync.models import HeldDisclosure, HeldRecord
from tests.cast import Cast, campaign, held, pushed
from tests.counting import Counting
from tests.pages.test_queue import browser_of, other_coordinator, page
from tests.pages.test_tablets import comes_back_to
from tests.records import NOW


def own(record: HeldRecord, action: str = "") -> str:
    return f"/held/{record.pk}/{action}"


def form(browser: Client, record: HeldRecord, **changes: Any) -> dict[str, Any]:
    """The form as a browser would send it, with some fields written anew."""
    context = browser.get(own(record)).context
    sent = {field.name: field.values for field in (*context["form"].wrong, *context["form"].right)}
    return sent | {"base_revision": "0", **changes}


def test_a_held_record_is_corrected_and_released(cast: Cast) -> None:
    sent = held(cast, address="Jl. Mesjid 4")
    rina = browser_of(cast.rina)
    text = rina.get(own(sent)).content.decode()
    assert 'name="sex" aria-invalid="true"' in text
    assert "9901014503840002" not in text
    assert "990101••••••0002" in text
    again = rina.post(own(sent, "release/"), form(rina, sent, sex="?", full_name="Siti Baru"))
    assert again.status_code == 200
    assert "Siti Baru" in again.content.decode()
    assert "something is still wrong" in again.content.decode()
    left = comes_back_to(again)
    assert "not saved is gone" in page(cast.rina, left)
    done = rina.post(own(sent, "release/"), form(rina, sent, sex="female", rt="007"))
    assert "not saved is gone" not in page(cast.rina, left), "there is nothing to fill in"
    assert done["Location"] == f"/held/?told={sent.pk}"
    made = Registration.objects.get(pk=sent.record_id)
    assert (made.sex, made.rt, made.address) == ("female", "007", "Jl. Mesjid 4")
    assert made.nik is not None
    text = rina.get(done["Location"]).content.decode()
    assert f"/queue/registrations/{made.pk}/" in text
    assert "released" in text


@pytest.mark.parametrize(
    ("changes", "written", "stored"),
    [
        ({"sex": "?", "nik": "12"}, {"sex": "male", "nik": "9901014503840002"}, {"sex": "male"}),
        ({"programmes": ["JKK"]}, {"programmes": ["JKK", "JKM"]}, {"programmes": ["JKK", "JKM"]}),
        ({"monthly_income": "x"}, {"monthly_income": ["2000000"]}, {"monthly_income": 2000000}),
        ({"rt": 7}, {"rt": ["7"]}, {"rt": "7"}),
        (
            {"captured_at": "9999-12-31T23:59:59Z"},
            {"captured_at": "2026-11-19T09:30"},
            {"captured_at": datetime(2026, 11, 19, 2, 30, tzinfo=UTC)},
        ),
        (
            {"captured_at": "2026-11-19T09:30:15"},
            {},
            {"captured_at": datetime(2026, 11, 19, 2, 30, tzinfo=UTC)},
        ),
        (
            {"sex": "?", "captured_at": "2026-11-19T04:30:15.5+02:00"},
            {"sex": "male", "captured_at": "2026-11-19T09:30"},
            {"captured_at": datetime(2026, 11, 19, 2, 30, 15, 500000, tzinfo=UTC)},
        ),
        ({"photos": "none"}, {"leave_out": "1"}, {"photos": []}),
        (
            {"location": {"lat": "?"}},
            {"location.lat": "3.59", "location.lon": "98.67", "location.accuracy_m": "9"},
            {"lat": 3.59, "accuracy_m": 9.0},
        ),
        (
            {"location": {"lat": 95}},
            {"location.lat": "", "location_missing_reason": "indoors"},
            {"lat": None},
        ),
        (
            {"working_declaration": "y"},
            {"working_declaration": "true"},
            {"working_declaration": True},
        ),
    ],
)
def test_every_kind_of_field_can_be_corrected(
    cast: Cast, changes: dict[str, Any], written: dict[str, Any], stored: dict[str, Any]
) -> None:
    sent = held(cast, **{"sex": "female"} | changes)
    rina = browser_of(cast.rina)
    done = rina.post(own(sent, "release/"), form(rina, sent, **written))
    assert done.status_code == 302, done.context["form"].wrong
    made = Registration.objects.get(pk=sent.record_id)
    assert {name: getattr(made, name) for name in stored} == stored


def test_a_dismissal_needs_a_reason_and_can_be_taken_back(cast: Cast) -> None:
    sent = held(cast)
    rina = browser_of(cast.rina)
    unsaid = rina.post(own(sent, "dismiss/"), {"reason": " "})
    assert unsaid["Location"] == f"{own(sent)}?unsaid=1"
    done = rina.post(own(sent, "dismiss/"), {"reason": "a test\0 entry"})
    assert own(sent, "reopen/") in rina.get(done["Location"]).content.decode()
    assert own(sent) in page(cast.rina, "/held/?state=dismissed")
    assert own(sent) not in page(cast.rina, "/held/")
    wati = other_coordinator(cast)
    late = browser_of(wati).post(own(sent, "release/"), {"sex": "female"})
    text = page(wati, late["Location"])
    assert "somebody else was faster" in text
    assert "Rina Wulandari decided on" in text
    assert "a test entry" in text
    rina.post(own(sent, "reopen/"), {"reason": "it was real"})
    assert own(sent) in page(cast.rina, "/held/?problem=invalid&cursor=x&kader=y")


def test_a_claim_keeps_others_away(cast: Cast) -> None:
    sent, wati = held(cast), other_coordinator(cast)
    page(cast.rina, own(sent))
    assert "Rina Wulandari has been at this case" in page(wati, own(sent))
    late = browser_of(wati).post(own(sent, "dismiss/"), {"reason": "a test entry"})
    assert late["Location"] == f"{own(sent)}?late=1"
    browser_of(wati).post(own(sent, "take-over/"))
    assert own(sent, "dismiss/") in page(wati, own(sent))


def test_what_is_masked_is_shown_on_the_record(cast: Cast) -> None:
    sent = held(cast)
    rina = browser_of(cast.rina)
    assert rina.post(own(sent, "disclose/"), {})["Location"] == f"{own(sent)}?unsaid=1"
    assert not HeldDisclosure.objects.exists()
    once = rina.post(own(sent, "disclose/"), {"reason": "calling her"})["Location"]
    text = rina.get(once).content.decode()
    masked = rina.get(once, follow=True)
    assert masked.redirect_chain == [(own(sent), 302)]
    assert "was shown already" in masked.content.decode()
    assert "9901014503840002" in text
    assert HeldDisclosure.objects.get().user == cast.rina
    assert rina.get(own(sent, "disclose/"))["Location"] == own(sent)


def test_whatever_was_sent_is_text(cast: Cast) -> None:
    hostile = '"><script>alert(1)</script>'
    sent = held(cast, full_name=hostile, sex=hostile, consent=hostile, photos=[hostile] * 30)
    for address in ("/held/", own(sent), "/queue/?kind=held"):
        assert "<script>alert" not in page(cast.rina, address)
    assert page(cast.andi, own(sent))
    page(cast.outsider_coordinator, own(sent), 404)


def test_an_edit_of_a_registration_is_said_to_be_one(cast: Cast) -> None:
    made = pushed(cast)
    sent = held(cast, id=str(made.pk), base_revision=1, address="Jl. Baru 9")
    rina = browser_of(cast.rina)
    text = page(cast.rina, own(sent))
    assert "becomes an edit of it" in text
    assert "What a release changes" in text
    changes = {one.label: one.text for one in rina.get(own(sent)).context["changes"]}
    assert changes["Address"] == "Jl. Baru 9"
    assert "Occupation" not in changes
    written = form(rina, sent, sex="female", base_revision=str(made.revision))
    rina.post(own(sent, "release/"), written)
    text = page(cast.rina, own(sent))
    assert "becomes an edit of it" not in text
    assert "It was released: this is the registration" in text


def test_what_an_office_types_is_looked_up_before_it_is_released(cast: Cast) -> None:
    sent = held(cast)
    rina = browser_of(cast.rina)
    written = {"sex": "female", "domicile_village": "99.99.99.9999", "full_name": "Siti \u202eabc"}
    again = rina.post(own(sent, "release/"), form(rina, sent, **written))
    wrong = {field.name: " ".join(field.problems) for field in again.context["form"].wrong}
    assert set(wrong) == {"domicile_village", "full_name"}
    assert "no village of this code" in wrong["domicile_village"]
    assert "not on the list of villages" in again.content.decode()
    assert not Registration.objects.exists()


def test_what_was_sent_is_told_in_words(cast: Cast) -> None:
    photos = [{"kind": "workplace", "sha256": "0" * 64}, {"kind": "?", "size": 7}]
    sent = held(
        cast, location={"lat": "?", "is_mock": True}, consent="x", colour="\0blue", photos=photos
    )
    rina = browser_of(cast.rina)
    rina.post(own(sent, "dismiss/"), {"reason": "a test entry"})
    told = {one.label: one.text for one in rina.get(own(sent)).context["sent"]}
    village = cast.villages[0]
    assert told["Village where they live"] == f"{village.name} ({village.code})"
    assert told["Campaign"] == cast.market.name
    assert told["Consent"] == "x"
    assert told["Photos"] == "workplace, kind: ?, size: 7"
    assert told["Position from an app that fakes positions"] == "yes"
    assert not {"id", "base_revision"} & told.keys()
    assert str(cast.market.pk) not in told.values()


def a_stop(of: Campaign, name: str, hours: int = 0) -> Stop:
    return Stop.objects.create(
        campaign=of,
        name=name,
        lat=3.59,
        lon=98.67,
        radius_m=200,
        starts_at=NOW + timedelta(hours=hours),
        ends_at=NOW + timedelta(hours=hours + 2),
    )


def test_a_stop_is_chosen_by_its_name_among_those_of_the_campaign(cast: Cast) -> None:
    first, second = a_stop(cast.market, "Terminal"), a_stop(cast.market, "Pelabuhan", hours=3)
    other = campaign("Mobil Layanan", cast.branch, cast.siti)
    elsewhere = a_stop(other, "Balai Desa")
    a_stop(cast.other_market, "Gudang Orang Lain")
    sent = held(cast, stop=str(first.pk))
    rina = browser_of(cast.rina)
    context = rina.get(own(sent)).context
    [field] = [one for one in context["form"].right if one.name == "stop"]
    assert (field.value, list(field.choices)) == (str(first.pk), [str(first.pk), str(second.pk)])
    assert [one.text[:8] for one in context["sent"] if one.label == "Stop"] == ["Terminal"]
    listed = {"sex": "male", "stops_of": str(cast.market.pk)}
    moved = form(rina, sent, **listed, campaign=str(other.pk))
    again = rina.post(own(sent, "release/"), moved)
    assert "the campaign is another one now" in again.content.decode()
    assert "Balai Desa" in again.content.decode()
    assert "Gudang Orang Lain" not in again.content.decode()
    assert again.context["stops_of"] == other.pk
    chosen = {"stop": str(elsewhere.pk), "stops_of": str(other.pk)}
    assert rina.post(own(sent, "release/"), moved | chosen).status_code == 302
    made = Registration.objects.get(pk=sent.record_id)
    assert (made.campaign, made.stop) == (other, elsewhere)


@pytest.mark.parametrize("stop", ["9901014503840002", "x", {"id": 7}])
def test_a_stop_that_is_none_is_said_to_be_none(cast: Cast, stop: Any) -> None:
    text = page(cast.rina, own(held(cast, stop=stop)))
    assert "9901014503840002" not in text
    assert "none of this campaign&#x27;s stops" in text


@pytest.mark.parametrize("rows", [1, 6])
def test_statements_do_not_grow_with_rows(cast: Cast, count_queries: Counting, rows: int) -> None:
    for n in range(rows):
        sent = held(cast, full_name=f"Tamu {n}")
    rina = browser_of(cast.rina)
    with count_queries("GET held/ page"):
        assert rina.get("/held/").status_code == 200
    with count_queries("GET held/{id}/ page"):
        assert rina.get(own(sent)).status_code == 200
