"""What is said about pairs, as people read it."""

import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import translation

from fixtures.typical_pairs import TYPICAL_PAIRS
from outreach.dedup.reasons import WORDS
from outreach.matching.words import field_of, reason_text, side_of

NEVER_JOINED = {
    "One worker, the serial of the NIK mistyped",
    "Twins with a card each",
    "Twins, one without a card",
    "Two sisters of one household",
    "Father and son of one name",
    "Two women of a common name in one village, no NIK",
    "Two men of a common name in one village, born the same year",
    "Somebody registered with a neighbour's NIK",
    "A married couple with one phone",
}
FIGURES = {"years": 3, "digits": 2, "users": 4}


def pages(language: str) -> dict[str, str]:
    """What `explain_pairs` prints, by the truth of each pair."""
    out = StringIO()
    call_command("explain_pairs", language=language, stdout=out)
    found = [page for page in out.getvalue().split("\n\n") if page.strip()]
    return {page.splitlines()[0].partition(". ")[2]: page for page in found}


@pytest.mark.parametrize("language", ["id", "en"])
def test_twenty_pairs_are_explained_on_a_page_each(language: str) -> None:
    found = pages(language)

    assert list(found) == [pair.truth for pair in TYPICAL_PAIRS]
    assert len(found) == 20
    for page in found.values():
        assert "%(" not in page
        assert len(page.splitlines()) < 30


def test_no_page_joins_what_only_a_person_can_tell() -> None:
    joined = {truth for truth, page in pages("en").items() if "one person:" in page}

    assert joined.isdisjoint(NEVER_JOINED)
    assert "One worker at two campaigns" in joined


def test_the_pages_are_in_the_language_asked_for() -> None:
    english, indonesian = pages("en"), pages("id")

    for truth, page in indonesian.items():
        said = {line for line in page.splitlines() if line[3:8].strip().startswith(("+", "-", "!"))}
        assert said
        assert said.isdisjoint(english[truth].splitlines()), truth


@pytest.mark.parametrize("code", WORDS)
def test_every_reason_has_words_in_both_languages(code: str) -> None:
    figures = {name: FIGURES[name] for name in FIGURES if f"%({name})d" in WORDS[code]}
    with translation.override("en"):
        english = reason_text(code, figures)
    with translation.override("id"):
        indonesian = reason_text(code, figures)

    assert english == WORDS[code] % figures
    assert indonesian not in ("", english)
    assert all(str(figure) in indonesian for figure in figures.values())


def test_a_reason_of_an_engine_of_other_days_is_named_by_its_code() -> None:
    assert reason_text("shoe_size", {"size": 41}) == "shoe_size"


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("name_same", "name"),
        ("date_typo", "birth_date"),
        ("mother_part", "mother_name"),
        ("nik_twin", "nik"),
        ("veto_twins", "veto"),
    ],
)
def test_a_reason_is_about_a_field(code: str, field: str) -> None:
    assert field_of(code) == field


@pytest.mark.parametrize(
    ("weight", "side"),
    [(3.02, "for"), (1.0, "for"), (0.9, "little"), (-0.9, "little"), (-2.0, "against")],
)
def test_a_reason_speaks_for_what_its_weight_does(weight: float, side: str) -> None:
    assert side_of(weight) == side


def test_a_page_adds_up_to_its_score() -> None:
    for truth, page in pages("en").items():
        score = float(re.search(r"\(score ([+-][\d.]+)\)", page)[1])  # type: ignore[index]  # there
        told = re.findall(r"(?<=^   )[ ]*([+-]\d+\.\d)(?=  )|\(([+-]\d+\.\d)\)", page, re.M)
        assert sum(float(one or other) for one, other in told) == pytest.approx(score, abs=0.6), (
            truth
        )
