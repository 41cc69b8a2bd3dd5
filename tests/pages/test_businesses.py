"""The businesses of an agency drive on a page of its campaign: listed, and what became of each."""

import pytest
from playwright.sync_api import expect

from outreach.models import Campaign, SupervisedBusiness
from tests.cast import Cast, campaign
from tests.counting import Counting
from tests.pages.test_browser import Open
from tests.pages.test_queue import browser_of, page
from tests.pages.test_queue_browser import LAPTOP, TABLET, sound

FORM = {"name": "CV Maju =1+1", "address": "Jl. Pasar 3", "permit_required": "true"}


def drive_of(cast: Cast) -> tuple[Campaign, str]:
    """An agency drive of the branch, and the address of its list."""
    kind = Campaign.Type.AGENCY_DRIVE
    made = campaign("Gerebek Koperasi", cast.branch, type=kind, agency="Dinas Koperasi")
    return made, f"/campaigns/{made.pk}/businesses/"


def test_a_business_is_listed_once_and_what_became_of_it_noted(cast: Cast) -> None:
    drive, address = drive_of(cast)
    rina = browser_of(cast.rina)
    assert f'href="{address}"' in page(cast.rina, f"/campaigns/{drive.pk}/")
    assert "Ask the agency" in page(cast.rina, address)
    for _ in range(2):
        assert "is on the list" in rina.post(address, FORM, follow=True).content.decode()
    assert "Nothing was kept" in rina.post(address, {"name": ""}, follow=True).content.decode()
    one = SupervisedBusiness.objects.get()
    assert (one.name, one.permit_required) == (FORM["name"], True)
    visit = {"state": "visited", "registered": "7", "visited_day": "2026-11-20"}
    told = rina.post(f"{address}{one.pk}/", visit, follow=True).content.decode()
    assert "noted" in told and "20 Nov 2026" in told
    wrong = rina.post(f"{address}{one.pk}/", visit | {"registered": "-1"}, follow=True)
    assert "Nothing was kept" in wrong.content.decode()
    one.refresh_from_db()
    assert (one.state, one.registered, one.changed_by) == ("visited", 7, cast.rina)
    late = browser_of(cast.andi).post(f"{address}{one.pk}/", visit | {"seen": "x"}, follow=True)
    assert "Rina Wulandari noted something about" in late.content.decode()
    maya = browser_of(cast.outsider_coordinator)
    assert maya.post(f"{address}{one.pk}/", visit).status_code == 404
    assert maya.post(address, FORM).status_code == 404
    page(cast.rina, f"/campaigns/{cast.market.pk}/businesses/", 404)


@pytest.mark.parametrize("rows", [1, 5])
def test_numbers_of_statements_do_not_grow(cast: Cast, count_queries: Counting, rows: int) -> None:
    _, address = drive_of(cast)
    rina = browser_of(cast.rina)
    for number in range(rows):
        rina.post(address, FORM | {"name": f"CV {number}"})
    rina.get(address)
    with count_queries("GET campaigns/{id}/businesses/ page"):
        rina.get(address)
    one = SupervisedBusiness.objects.earliest("name")
    with count_queries("POST campaigns/{id}/businesses/{id}/ page"):
        rina.post(f"{address}{one.pk}/", {"state": "declined"})


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_businesses_by_keyboard_and_by_mouse(cast: Cast, visit: Open) -> None:
    _, address = drive_of(cast)
    page = visit(*LAPTOP).sign_in(cast.rina, "en", to=address)
    sound(page)
    page.locator("#name").focus()
    page.keyboard.type("CV Maju Bersama")
    page.keyboard.press("Enter")
    expect(page.locator("tbody th")).to_contain_text("CV Maju Bersama")
    page.click("header button[value=id]")
    page.set_viewport_size({"width": TABLET[0], "height": TABLET[1]})
    page.click(".visit summary")
    sound(page)
    page.select_option(".visit select", "visited")
    page.fill(".visit input[type=number]", "4")
    page.click(".visit button")
    expect(page.locator("tbody td").first).to_contain_text("sudah dikunjungi")
    sound(page)
