"""Which village a feature without a code is for, by names alone."""

import pytest

from outreach.models import Region
from outreach.places.uploads import Refused
from tests.outreach.places.matching.conftest import NAMES, Write, by_names, load, matched
from tests.outreach.places.medan import MEDAN

pytestmark = pytest.mark.django_db


def test_files_without_codes_match_by_exact_names(file: Write) -> None:
    report = load(
        file(
            by_names(
                ("KOTA MEDAN", "Kec. Medan-Kota", "PASAR  BARU"),
                ("Medan", "medan kota", "Kelurahan Wek I"),
                ("Kab. Padang Lawas Utara", "DOLOK SIGOMPULON", "Desa Janji-Manahan"),
                ("Kabupaten Medan", "Medan Kota", "Sei Rengas"),
                ("Kota Medan", "Medan Kota", "Sei Rengaas"),
                ("Padang Lawas Utara", "Elsewhere", "Pasar Baru"),
            )
        )
    )
    assert "matched by the names in WADMKK, WADMKC, WADMKD" in report.files[0].notes[0]
    assert matched(report) == [MEDAN[0], MEDAN[1], "12.20.01.2001"]
    assert [(v.outcome, v.candidates) for v in report.villages[3:]] == [
        ("unresolved", (MEDAN[2],)),
        ("unresolved", (MEDAN[2],)),
        ("unresolved", ("12.20.01.2002",)),
    ]


def test_numbers_of_ten_digits_are_not_codes_for_that(file: Write) -> None:
    named = by_names(("Kota Medan", "Medan Kota", "Wek I"), ("Kota Medan", "Medan Kota", "Nowhere"))
    report = load(file([{**row, "LUAS": 1_234_567_890 + n} for n, row in enumerate(named)]))
    assert matched(report) == [MEDAN[1]]
    assert [(v.outcome, v.candidates) for v in report.villages[1:]] == [("unresolved", ())]


def test_a_name_that_two_villages_have_is_not_guessed(file: Write) -> None:
    Region.objects.filter(code=MEDAN[1]).update(name="Pasar Baru")
    with pytest.raises(Refused) as caught:
        load(file(by_names(("Kota Medan", "Medan Kota", "Pasar Baru"))))
    assert f"may be {MEDAN[0]}, {MEDAN[1]}: say so with --confirm" in caught.value.problems[-1]


def test_numbers_are_no_names(file: Write) -> None:
    numbered = [{"kab": 71, "kec": 1, "label": name} for name in NAMES]
    with pytest.raises(Refused, match=r"names in \(no property for the regency\)"):
        load(file(numbered))
