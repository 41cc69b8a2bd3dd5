"""What spreadsheets do to codes."""

import pytest

from outreach.places.uploads import Refused
from tests.outreach.places.region_lists.country import EVERY, Load, stored

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("spoilt", ["12.2", "'12.2", "12.2 "])
def test_a_lost_zero_comes_back_only_by_a_name(load: Load, country: None, spoilt: str) -> None:
    rows = f"code,name\n{spoilt},KAB. PADANG LAWAS UTARA\n12.71,Kota Medan\n"
    report = load(rows)
    assert "line 2: 12.2 is 12.20 by its name KAB. PADANG LAWAS UTARA" in report.repaired
    assert "12.02" not in stored()
    with pytest.raises(Refused, match=r"'12\.2' is not a region code.*: write 12\.02 or 12\.20"):
        load(rows.replace("PADANG LAWAS UTARA", "LABUHANBATU"))


def test_a_zero_is_not_put_back_where_the_whole_code_is_there(load: Load, country: None) -> None:
    name = EVERY["12.20"]
    with pytest.raises(Refused, match=r"line 3: '12\.2' is not a region code"):
        load(f"code,name\n12.20,{name}\n12.2,{name}\n12.71,Kota Medan\n")


def test_a_parents_lost_zero_is_told_by_the_code(load: Load, country: None) -> None:
    assert load("code,parent,name\n12.20.01,12.2,Dolok Sigompulon\n").unchanged == 1


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ("1271011001.0", "a decimal .0"),
        ("1.271.011.001", "thousands separators"),
        ("1.271011001E+09", "an exponent"),
        ("'1271011001", "a quotation mark or space"),
        ('"=""12.71.01.1001"""', 'a formula ="…"'),
    ],
)
def test_what_a_spreadsheet_put_around_a_code_comes_off(
    load: Load, country: None, written: str, what: str
) -> None:
    report = load(f"kode;nama\n{written};Nama Baru\n", system="kemendagri")
    assert report.updated == ["12.71.01.1001"]
    assert report.repaired == [f"{what} was taken off 1 codes, first in line 2"]


@pytest.mark.parametrize("header", ["kode;nama", "kode_bps;nama"])
def test_digits_that_an_exponent_hides_are_lost(load: Load, country: None, header: str) -> None:
    with pytest.raises(Refused, match=r"'1,271E\+09' in line 2 as a number, .* column of codes as"):
        load(f"{header}\n1,271E+09;Sitirejo\n")
    with pytest.raises(Refused, match=r"line 2 as a number \(and 1 more likewise\)"):
        load(f"{header}\n1,271E+09;Sitirejo\n1,2710E+09;Binjai\n")
    assert stored() == EVERY
