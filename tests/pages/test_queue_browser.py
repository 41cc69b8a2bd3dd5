"""The coordinators' desk in a real browser: every decision by mouse, and by keyboard alone."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from outreach.models import Decision, Registration
from outreach.places.boundaries.loading import Origin, load_boundaries
from outreach.places.boundaries.switching import switch
from sync.models import HeldRecord
from tests.cast import Cast, held
from tests.outreach.matching.asked import open_questions, twins
from tests.outreach.places.conftest import WriteCollection, feature, square
from tests.pages.accessible import faults
from tests.pages.test_browser import Open, fits
from tests.pages.test_queue import AWAY, clean, stranger
from tests.pictures import picture
from tests.sync.test_photo_reuse import taken_by, work

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LAPTOP, TABLET = (1280, 720), (800, 1280)


def sound(page: Page) -> None:
    assert fits(page)
    assert faults(page) == []


def desk(cast: Cast) -> tuple[list[Registration], HeldRecord]:
    """A question, three doubtful registrations, two clean ones and a held record."""
    twins(cast)
    doubtful = [stranger(cast, number, **AWAY) for number in range(3)]
    for number in (3, 4):
        clean(cast, number)
    return sorted(doubtful, key=lambda one: one.pk.int), held(
        cast, full_name="Tamu Tertahan", stop="Terminal"
    )


def statuses(records: list[Registration]) -> list[str]:
    found = Registration.objects.in_bulk([one.pk for one in records])
    return [found[one.pk].status for one in records]


def test_the_desk_by_keyboard_in_english_on_a_laptop(cast: Cast, visit: Open) -> None:
    doubtful, _ = desk(cast)
    page = visit(*LAPTOP).sign_in(cast.rina, "en", to="/")
    page.wait_for_url("**/queue/")
    sound(page)
    a_question_is_answered_taken_back_and_answered(page)
    page.goto(page.url.partition("/queue/")[0] + "/queue/?kind=flagged&flag=outside_venue")
    page.keyboard.press("o")
    page.wait_for_url("**/queue/registrations/**outside_venue")
    a_flag_is_upheld_and_keys_can_be_switched_off(page)
    assert statuses(doubtful)[0] == "flagged"
    page.keyboard.press("a")
    page.wait_for_url("**decided=*")
    sound(page)
    page.keyboard.press("c")
    page.keyboard.type("check the card")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: str(doubtful[2].pk) in address)
    page.keyboard.press("r")
    expect(page.locator(".decide button.take")).to_be_in_viewport(ratio=1)
    page.keyboard.type("not a worker")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/queue/?" in address and "decided=" in address)
    assert statuses(doubtful) == ["verified", "needs_correction", "rejected"]
    expect(page.locator(".told")).to_contain_text("rejected")
    page.keyboard.press("u")
    page.wait_for_url("**/queue/registrations/**")
    assert statuses(doubtful)[2] == "flagged"


def a_question_is_answered_taken_back_and_answered(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("dialog.keys")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.keys")).to_be_hidden()
    for key in ("j", "j", "k", "o"):
        page.keyboard.press(key)
    page.wait_for_url("**/queue/questions/**")
    sound(page)
    page.keyboard.press("s")
    page.keyboard.type("asked her at home, a s d")
    page.keyboard.press("Enter")
    page.wait_for_url("**decided=*")
    assert not open_questions()
    page.keyboard.press("u")
    page.wait_for_url("**/queue/questions/**")
    assert open_questions()
    page.keyboard.press("d")
    page.wait_for_url("**decided=*")
    assert Decision.objects.filter(kind="different_people").count() == 1


def a_flag_is_upheld_and_keys_can_be_switched_off(page: Page) -> None:
    first = page.url
    page.keyboard.press("f")
    sound(page)
    page.keyboard.type("he was away, u f r")
    page.keyboard.press("Enter")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**#flag-outside_venue")
    expect(page.locator(".state-upheld")).to_be_visible()
    sound(page)
    page.goto(first)
    page.keyboard.press("j")
    page.wait_for_url(lambda address: address != first)
    page.keyboard.press("k")
    page.wait_for_url(first)
    switch_keys(page, "off")
    for key in "ardcju":
        page.keyboard.press(key)
    switch_keys(page, "on")
    assert page.url == first


@pytest.mark.usefixtures("photo_folder")
def test_the_desk_by_mouse_in_indonesian_on_a_tablet(
    cast: Cast, visit: Open, collection: WriteCollection
) -> None:
    doubtful, sent = desk(cast)
    carded = taken_by(cast, cast.siti, picture(), 5, kind="id_card")
    work()
    path = collection(
        feature(cast.villages[0].code, square(0, 0)), feature(cast.villages[1].code, square(1, 0))
    )
    found = load_boundaries([path], Origin("Surveyors", "2026", "MIT", 12))
    switch(UUID(found.set_id), [], reason="")
    page = visit(*TABLET).sign_in(cast.rina, to="/queue/")
    sound(page)
    page.click(f"a.case[href*='{doubtful[0].pk}']")
    sound(page)
    assert page.locator("svg.map path.home").count() == 1
    decide_a_flag_and_open_it_again(page)
    show_data_and_card(page, str(doubtful[0].pk), str(carded.pk))
    reject_and_take_back(page)
    page.click(".case-nav a >> nth=0")
    page.select_option("select[name=flag]", "outside_venue")
    page.wait_for_url("**flag=outside_venue*")
    assert page.locator("[data-case]").count() == 3
    page.click("a.clear")
    accept_one_of_two_clean_and_take_back(page)
    page.click(".pages a")
    page.click(".kinds a:has-text('Data tertahan')")
    release_what_is_held(page)
    made = Registration.objects.get(pk=sent.record_id)
    assert made.captured_at == datetime(2026, 11, 19, 2, 30, tzinfo=UTC)


def decide_a_flag_and_open_it_again(page: Page) -> None:
    page.click("[data-open=f] summary")
    page.click("button[value=accept]")
    expect(page.locator(".state-accepted")).to_be_visible()
    page.click("form.judge button")
    expect(page.locator(".state-accepted")).to_be_hidden()


def show_data_and_card(page: Page, plain: str, carded: str) -> None:
    """What a case shows for a reason, on that of one registration and on that with a card."""
    page.click(".in-clear summary")
    sound(page)
    page.check("input[value=nik]")
    page.fill("#why", "mencocokkan dengan kartu")
    page.click(".in-clear button")
    expect(page.locator(".disclosed dd")).to_have_text(re.compile("^9901"))
    sound(page)
    page.click(".sections a:text-is('Pekerja')")
    page.go_back()
    expect(page.locator(".in-clear summary")).to_be_visible()
    expect(page.locator(".disclosed")).to_have_count(0)
    page.goto(page.url.replace(plain, carded))
    page.click(".in-clear summary")
    page.fill("#why", "mencocokkan dengan kartu")
    page.click(".in-clear button")
    expect(page.locator(".disclosed img")).to_be_visible()
    assert page.evaluate("document.querySelector('.disclosed img').naturalWidth") > 0
    sound(page)
    page.goto(page.url.replace(carded, plain))


def switch_keys(page: Page, to: str) -> None:
    """The switch in the help, by keyboard; what it says stays in the browser."""
    page.keyboard.press("?")
    page.locator("dialog [data-single-keys]").press("Space")
    expect(page.locator("dialog [data-single-keys]")).to_be_checked(checked=to == "on")
    page.keyboard.press("Escape")
    cookies = {one.get("name"): one.get("value") for one in page.context.cookies()}
    assert cookies.get("single_keys") == (None if to == "on" else "off")


def reject_and_take_back(page: Page) -> None:
    expect(page.locator("#decide-reject")).not_to_be_in_viewport()
    page.click(".to-decide a:has-text('Tolak')")
    expect(page.locator("#decide-reject")).to_be_in_viewport()
    expect(page.locator("#decide-reject")).to_be_focused()
    expect(page.locator(".to-decide")).to_be_in_viewport()
    page.fill("[data-focus=r]", "bukan pekerja")
    page.click(".decide button.take")
    expect(page.locator(".told")).to_contain_text("ditolak")
    page.click(".told button")


def accept_one_of_two_clean_and_take_back(page: Page) -> None:
    page.click("a.button")
    sound(page)
    page.uncheck("#accept-1")
    page.click("button.main")
    page.wait_for_url("**/queue/accepted/**")
    sound(page)
    assert Registration.objects.filter(status="verified").count() == 1
    page.click("form:has(button:text('Batalkan semuanya')) button")
    expect(page.locator(".card")).to_contain_text("1 di antaranya dibatalkan")


def release_what_is_held(page: Page) -> None:
    page.click("a.case")
    sound(page)
    page.click("button.main")
    expect(page.locator("[role=alert]")).to_contain_text("Belum dilepas")
    sound(page)
    page.select_option("#field-sex", "female")
    page.fill("#field-captured_at", "2026-11-19T09:30")
    page.select_option("#field-stop", label="–")
    page.click("button.main")
    page.wait_for_url("**/held/?told=*")
    sound(page)


def test_without_scripts_everything_is_read_and_decided(cast: Cast, visit: Open) -> None:
    doubtful = stranger(cast, 0, **AWAY)
    window = visit(*LAPTOP)
    page = window.page
    page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    window.sign_in(cast.rina, to="/queue/?kind=flagged&flag=outside_venue")
    assert page.locator("[data-help]").is_hidden()
    page.select_option("select[name=kader]", str(cast.siti.pk))
    page.click(".queue-filters button")
    page.wait_for_url("**kader=*")
    page.click("a.case")
    page.click("button.main")
    page.wait_for_url("**decided=*")
    assert statuses([doubtful]) == ["verified"]
