"""Striking months on pages: listed, looked at, answered and decided, counted."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from outreach.models import FindingRemark, MonthFinding, User
from tests.cast import Cast, pushed
from tests.counting import Counting
from tests.outreach.detecting.work import finding
from tests.pages.test_browser import Open
from tests.pages.test_queue import browser_of, other_coordinator, page
from tests.pages.test_queue_browser import LAPTOP, TABLET, sound


def address(found: MonthFinding) -> str:
    return f"/findings/{found.pk}/"


def say(user: User, found: MonthFinding, said: str, reason: str = "") -> str:
    form = {"said": said, "reason": reason}
    answer: Any = browser_of(user).post(f"{address(found)}say/", form, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def kinds(found: MonthFinding) -> list[str]:
    return list(found.remarks.order_by("pk").values_list("kind", flat=True))


def test_a_striking_month_is_found_answered_decided_and_opened_again(cast: Cast) -> None:
    assert "No striking month waits" in page(cast.rina, "/findings/")
    found = finding(3, cast.siti)
    for list_of in ("/findings/", "/queue/", "/findings/?state=x&cursor=y"):
        assert f'href="{address(found)}"' in page(cast.rina, list_of)
    text = page(cast.rina, address(found))
    assert "13 of the month" in text and "Thresholds that hold since" in text
    assert not re.search(r"\d{4}-\d\d-\d\d</td>", text)
    MonthFinding.objects.update(raised_at=timezone.now() + timedelta(days=1))
    assert "less than an hour" in page(cast.rina, "/queue/")
    assert "say why" in say(cast.rina, found, "uphold")
    for _ in range(2):
        assert "a fair" in say(cast.rina, found, "answer", "there was a fair on the 30th")
    assert "upheld" in say(cast.rina, found, "uphold", "nobody knows of a fair")
    late = say(other_coordinator(cast), found, "accept", "I was there")
    assert "Nothing was done: Rina Wulandari decided on" in late
    assert address(found) not in page(cast.rina, "/findings/")
    assert address(found) in page(cast.andi, "/findings/?state=upheld")
    say(cast.rina, found, "reopen")
    assert kinds(found) == ["answer", "uphold", "reopen"]
    say(cast.andi, found, "answer", "an administrator explains")
    assert FindingRemark.objects.count() == 3


def test_of_the_own_office_as_a_whole_the_office_above_decides(cast: Cast) -> None:
    found = finding(4, office=cast.branch)
    text = page(cast.rina, address(found))
    assert "somebody of the office above decides" in text and 'value="uphold"' not in text
    assert "Nobody decides about their own" in say(cast.rina, found, "uphold", "it is so")
    assert "upheld" in say(cast.regional_coordinator, found, "uphold", "looked at")
    assert page(cast.outsider_coordinator, address(found), 404)


def test_supervisors_see_totals_without_small_counts(cast: Cast) -> None:
    finding(3, cast.siti)
    finding(3, cast.budi)
    totals = "/findings/totals/?period=2026-03"
    for user, is_told in ((cast.rina, True), (cast.agus, False)):
        text = page(user, totals)
        assert "many at the month" in text
        assert ("<strong>2</strong>" in text) is is_told
        assert ("/findings/?state=open" in text) is is_told
    assert "No doubt was found" in page(cast.agus, "/findings/totals/?period=2025-13")
    assert page(cast.agus, "/findings/", 403)


@pytest.mark.parametrize("rows", [1, 6])
def test_numbers_of_statements_do_not_grow(cast: Cast, count_queries: Counting, rows: int) -> None:
    made = [finding(number, cast.siti) for number in range(1, rows + 1)]
    rina = browser_of(cast.rina)
    for number in range(rows):
        say(cast.rina, made[0], "answer", f"answer {number}")
    with count_queries("GET findings/ page"):
        rina.get("/findings/")
    with count_queries("GET findings/{id}/ page"):
        rina.get(address(made[0]))
    with count_queries("POST findings/{id}/say/ page"):
        rina.post(f"{address(made[0])}say/", {"said": "uphold", "reason": "it is so"})
    with count_queries("GET findings/totals/ page"):
        rina.get("/findings/totals/?period=2026-01")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_striking_months_by_keyboard_and_by_mouse(cast: Cast, visit: Open) -> None:
    captured = pushed(cast).local_day
    found = finding(captured.month, cast.siti)
    MonthFinding.objects.update(month=captured.replace(day=1))
    finding(4, office=cast.branch)
    page = visit(*LAPTOP).sign_in(cast.rina, "en", to="/findings/")
    sound(page)
    page.locator(f"a[href='{address(found)}']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address(found)}")
    sound(page)
    page.locator("#reason").focus()
    page.keyboard.type("nobody was there")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".state-upheld")).to_be_visible()
    sound(page)
    page.click("header button[value=id]")
    page.set_viewport_size({"width": TABLET[0], "height": TABLET[1]})
    page.click("button[formnovalidate]")
    expect(page.locator(".state-open")).to_be_visible()
    sound(page)
    page.click(".crumbs a")
    sound(page)
    page.click(".tabs a:last-child")
    page.select_option("select[name=period]", index=0)
    page.click(".filters button")
    page.wait_for_url("**period=*")
    sound(page)
