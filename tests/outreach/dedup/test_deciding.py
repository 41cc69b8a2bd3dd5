from datetime import date
from typing import Any

import pytest

from outreach.dedup.deciding import Veto, is_apart, vetoes
from outreach.dedup.facts import Facts, facts_of
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.resolving import resolve
from outreach.dedup.scoring import shipped_model
from tests.outreach.dedup.people import AMINAH, compared, record


def veto_of(**changes: Any) -> Veto:
    return Veto(int(vetoes(compared(facts_of(**AMINAH), record(**changes)))[0]))


def people_of(*records: Facts) -> list[tuple[int, ...]]:
    return resolve(records, shipped_model(), shipped_frequencies()).people


@pytest.mark.parametrize(
    ("veto", "changes"),
    [
        (Veto.OTHER_SERIAL, {"nik": "1277014503840002"}),
        (Veto.OTHER_SERIAL, {"nik": "1277014503847613"}),
        (Veto.OTHER_NIK, {"nik": "3204114503840021"}),
        (Veto.NIK_ALONE, {"full_name": "Ridwan Lubis", "birth_date": date(1962, 8, 9)}),
        (Veto.GENERATION, {"birth_date": date(1960, 11, 23), "nik": ""}),
        (Veto.TWINS, {"full_name": "Nurhalimah Harahap", "nik": ""}),
        (Veto.TWINS, {"full_name": "Painem", "nik": "", "phone": "", "address": ""}),
        (Veto.TWINS, {"full_name": "Painem", "nik": "1277024503840002"}),
        (Veto.NO_NAME, {"full_name": "-", "nik": ""}),
        (Veto.NO_NAME, {"full_name": "S", "nik": ""}),
        (Veto.NO_NAME, {"full_name": "Hj. Bin Binti", "nik": ""}),
        (Veto.NO_NAME, {"full_name": "A" * 60 + " " + "B" * 59, "nik": ""}),
    ],
)
def test_vetoes(veto: Veto, changes: dict[str, Any]) -> None:
    assert veto in veto_of(**changes)
    assert people_of(facts_of(**AMINAH), record(**changes)) == []


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"full_name": "Hj. Aminah Siti HRP"},
        {"nik": ""},
        {"nik": "9999999999999999"},
        {"nik": "1277014503480001"},
        {"full_name": "Siti Amina", "phone": "", "mother_name": ""},
        {"birth_date": date(1984, 5, 3)},
        {"birth_date": date(1984, 1, 1)},
        {"full_name": "Aminah Harahap", "birth_date": None},
        {"full_name": "Siti Aminah Nasution", "nik": ""},
        {"village": "33.72.01.1001", "phone": "", "address": "", "occupation": "farmer"},
    ],
)
def test_the_same_worker_again(changes: dict[str, Any]) -> None:
    assert not veto_of(**changes)
    assert people_of(facts_of(**AMINAH), record(**changes)) == [(0, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("X", "X"),
        ("Ibu", "Ibu"),
        ("H.", "H."),
        ("N.N.", "NN"),
        ("Tanpa Nama", "tanpa nama"),
        ("1234", "1234"),
        ("bin binti H. Hj. Drs.", "Siti Aminah"),
        ("Sinta Dewi", "Siti Aminah"),
        ("Sinta", "Siti"),
        ("Rina", "Rini"),
    ],
)
def test_without_a_nik_nobody_is_joined_by_hardly_any_name(one: str, other: str) -> None:
    """Though of one village, birth date and occupation: somebody has to look."""
    known: dict[str, Any] = {
        "birth_date": date(1984, 3, 5),
        "sex": "female",
        "village": "99.01.01.2001",
        "occupation": "market_trader",
    }
    records = [facts_of(full_name=name, **known) for name in (one, other)]

    found = resolve(records, shipped_model(), shipped_frequencies())

    assert found.people == []
    assert [(question.left, question.right) for question in found.reviews] == [(0, 1)]


def test_one_name_in_common_and_the_rest_is_enough() -> None:
    for name in ("Siti Aminah", "Siti Amina", "Aminah"):
        assert people_of(
            record(nik="", phone="", address=""),
            record(full_name=name, nik="", phone="", address="", kader="citra"),
        ) == [(0, 1)]


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": "Budi Santoso", "sex": "male", "birth_date": date(1980, 2, 9), "nik": ""},
        {"birth_date": date(1961, 6, 30), "nik": "1277017006610001"},
        {"full_name": "Siti Aminah", "birth_date": None, "nik": "", "phone": "",
         "mother_name": "", "village": "33.72.01.1001", "address": ""},
        {"full_name": "", "birth_date": None, "nik": ""},
    ],
)  # fmt: skip
def test_relatives_homonyms_and_the_unknown_are_not_joined(changes: dict[str, Any]) -> None:
    assert people_of(facts_of(**AMINAH), record(**changes)) == []


def test_a_third_record_does_not_bring_twins_together() -> None:
    """Without a NIK it could be either twin's: somebody has to look."""
    one = facts_of(**AMINAH)
    other = record(full_name="Siti Amilah Harahap", nik="1277014503840002")
    either = record(nik="", kader="citra")
    assert (0, 1, 2) not in people_of(one, other, either)
    assert all(not {0, 1} <= set(people) for people in people_of(one, other, either))


@pytest.mark.parametrize(
    ("score", "veto", "apart"),
    [
        (9.0, 0, False),
        (-1.9, 0, False),
        (-2.1, 0, True),
        (9.0, Veto.OTHER_SERIAL, True),
        (9.0, Veto.NIK_ALONE, False),
        (0.5, Veto.TWINS, False),
        (-0.5, Veto.TWINS, True),
    ],
)
def test_what_keeps_two_out_of_one_person(score: float, veto: int, *, apart: bool) -> None:
    assert is_apart(shipped_model(), score, veto) is apart


def test_a_mistyped_serial_is_no_rival() -> None:
    """Two NIKs of what must be one worker: a third record is joined with the nearer, not with none.
    The two are still asked about."""
    one = facts_of(**AMINAH)
    slip = record(nik="1277014503840091")
    third = record(nik="", kader="citra")
    assert veto_of(nik="1277014503840091") == Veto.OTHER_SERIAL
    found = resolve([one, slip, third], shipped_model(), shipped_frequencies())
    assert len(found.people) == 1 and len(found.people[0]) == 2 and 2 in found.people[0]
    assert len(found.reviews) == 1


def test_a_changed_name_keeps_nobody_out_whom_a_third_record_connects() -> None:
    """Without a NIK and with another name it would be a twin, but for the record between."""
    before = record(full_name="Siti Aminah", nik="")
    between = facts_of(**AMINAH)
    after = record(full_name="Siti Rosmala", nik=AMINAH["nik"])
    assert Veto.TWINS in Veto(int(vetoes(compared(before, after))[0]))
    assert people_of(before, between, after) == [(0, 1, 2)]


def test_empty_sets() -> None:
    assert people_of() == []
    assert people_of(facts_of(full_name="")) == []
    assert people_of(*[facts_of(full_name="")] * 30) == []
