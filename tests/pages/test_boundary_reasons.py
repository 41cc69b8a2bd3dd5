"""Loads report in English; pages tell their reasons in the reader's language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from outreach.models import BoundarySet, User
from outreach.pages.boundary_reasons import SENTENCES, reasons
from outreach.places.boundaries.loading import Origin, load_boundaries
from outreach.templatetags.regions import segment_name
from tests.outreach.places.conftest import WriteCollection, feature, square
from tests.outreach.standings.conftest import LOWER, TINY, UPPER
from tests.pages.test_pages import page

OUTREACH = Path(__file__).resolve().parents[2] / "outreach"
# These are what GEOS says, and a plural made of two pieces.
NOT_OURS = re.compile(
    r"(ring )?self-intersection|nested shells|holes are nested|hole lies outside shell"
    r"|interior is disconnected|duplicate rings|.* specks? of .*"
)


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("", ""),
        ("recoded from 12.71.01.1009", "kode lamanya 12.71.01.1009"),
        ("confirmed", "dikonfirmasi"),
        (
            "made valid (ring self-intersection); left out 2 specks of 0.3 m²",
            "dibuat valid (cincin memotong diri sendiri); dihilangkan: 2 bintik seluas 0.3 m²",
        ),
        (
            "united of a.geojson feature 1, feature 2 and 3 more",
            "gabungan dari a.geojson fitur 1, fitur 2 dan 3 lagi",
        ),
        (
            "another feature of this village has no usable boundary: closed a ring",
            "fitur lain dari desa ini tidak punya batas yang dapat dipakai: cincin ditutup",
        ),
        (
            "something <new>; its code is there twice",
            '<span lang="en">something &lt;new&gt;</span>; kodenya ada dua kali',
        ),
        ("the list of regions calls it <b>", "daftar wilayah menyebutnya &lt;b&gt;"),
        ("the list of regions calls it %(code)s %", "daftar wilayah menyebutnya %(code)s %"),
    ],
)
def test_reasons_are_told_in_the_readers_language(why: str, told: str) -> None:
    with override("id"):
        assert reasons(why) == told


@pytest.mark.parametrize("why", ["recoded from 12.71.01.1009; confirmed", "something new"])
def test_in_english_they_stay_as_they_are(why: str) -> None:
    with override("en"):
        assert reasons(why) == why


@pytest.mark.django_db
def test_what_a_load_says_stands_on_the_page_without_english(
    staff: dict[str, User], boundaries: None, collection: WriteCollection
) -> None:
    [ring] = square(1, 0)
    features = [
        feature(UPPER, [square(0, 0)[0][:-1]]),
        feature(LOWER, [[ring[0], ring[2], ring[1], ring[3], ring[0]]]),
        feature(TINY, None),
        feature("97.01.01.9999", square(3, 3)),
    ]
    for found, name in zip(features, ("Hulu Baru", "Hilir", "Kecil", "Entah"), strict=True):
        found["properties"]["name"] = name
    messy = collection(*features, name="messy.geojson")
    load_boundaries([messy], Origin("Messy", "2027", "MIT", 12))
    text = page(staff["officer"], "/regions/97.01/").split('id="exceptions"')[1]
    assert "cincin ditutup" in text and "daftar wilayah menyebutnya" in text
    assert "sumbernya tidak punya geometri" in text and "tidak ada di daftar wilayah" in text
    assert "tidak ada cincin yang punya luas" in text
    assert 'lang="en"' not in text
    assert BoundarySet.objects.filter(source="Messy").exists()


def _said(folder: Path) -> Iterator[str]:
    """Every text in the code below a folder, what is filled in as a blank."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = [
                    part.value if isinstance(part, ast.Constant) else "\0" for part in node.values
                ]
                yield "".join(map(str, parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_every_sentence_is_one_that_loads_say() -> None:
    said = "\n".join((*_said(OUTREACH / "places"), *_said(OUTREACH / "geo")))
    for sentence in SENTENCES:
        if NOT_OURS.fullmatch(sentence):
            continue
        for fixed in re.split(r"%\(\w+\)s|`|(?=, and another| across )", sentence):
            assert fixed.removeprefix(": ") in said, sentence


@pytest.mark.parametrize(
    ("segment", "told"),
    [
        ("age_15_64", "usia 15–64 tahun"),
        ("age_15_plus", "usia 15 tahun ke atas"),
        ("farmers", "petani"),
        ("age_old", "age_old"),
    ],
)
def test_who_is_counted_is_said_in_the_readers_language(segment: str, told: str) -> None:
    with override("id"):
        assert segment_name(segment) == told
