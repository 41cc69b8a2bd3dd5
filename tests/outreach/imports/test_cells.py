"""Dates and months read in every form that people write."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.imports import cells
from outreach.imports.cells import BadCell


@pytest.mark.parametrize(
    "written",
    [
        "20-11-2026",
        "20/11/2026",
        "20.11.2026",
        "20 November 2026",
        "20 nopember 2026",
        "20-Nov-2026",
        "2026-11-20",
        "2026-11-20 00:00:00",
        "46346",
        46346,
        46346.75,
    ],
)
def test_a_date_in_any_form_that_people_write(written: Any) -> None:
    assert cells.day(written) == date(2026, 11, 20)


@pytest.mark.parametrize(
    "written",
    [
        "11/20/2026",
        "31-02-2026",
        "20-11-26",
        "besok",
        "0",
        0,
        60,
        1e9,
        -1,
        True,
        "20 Foo 2026",
        "٢٠-١١-٢٠٢٦",
    ],
)
def test_what_is_no_date_is_told(written: Any) -> None:
    with pytest.raises(BadCell):
        cells.day(written)


@given(st.dates(date(1900, 3, 1), date(2199, 12, 31)))
def test_every_date_comes_back_from_each_form(day: date) -> None:
    serial: Any = (day - cells.SERIAL_ZERO).days
    name = ["Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus",
            "September", "Oktober", "November", "Desember"][day.month - 1]  # fmt: skip
    forms: list[Any] = [serial, day.isoformat(), f"{day:%d-%m-%Y}", f"{day:%d/%m/%Y}",
             f"{day.day} {name} {day.year}"]  # fmt: skip
    assert {cells.day(form) for form in forms} == {day}


@pytest.mark.parametrize(
    "written", ["2026-11", "11/2026", "November 2026", "Nov-2026", "20-11-2026", 46346]
)
def test_a_month_in_any_form(written: Any) -> None:
    assert cells.month(written) == date(2026, 11, 1)


@pytest.mark.parametrize("written", ["13/2026", "2026-13", "Nopember", "20-13-2026", 5])
def test_what_is_no_month_is_told_as_a_month(written: Any) -> None:
    with pytest.raises(cells.BadCell) as told:
        cells.month(written)
    assert told.value.code == "no_month"
