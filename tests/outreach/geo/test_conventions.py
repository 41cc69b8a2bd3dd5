"""How boundary files write codes and names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.geo.conventions import (
    FieldMap,
    code_columns,
    codes_in,
    district_key,
    is_disputed,
    printable,
    property_named,
    regency_keys,
    village_key,
)

digits = st.from_regex(r"[1-9][0-9]{9}", fullmatch=True)


@given(digits)
def test_bare_digits_can_be_of_either_system(code: str) -> None:
    dotted = f"{code[:2]}.{code[2:4]}.{code[4:6]}.{code[6:]}"
    for written in (code, f" {code} ", int(code), float(code), f"{code}.0", f"'{code}"):
        assert codes_in(written, "kemendagri") == (dotted,)
        assert codes_in(written, "bps") == (code,)


@given(digits)
def test_dots_and_p_codes_tell_the_system(code: str) -> None:
    dotted = f"{code[:2]}.{code[2:4]}.{code[4:6]}.{code[6:]}"
    assert codes_in(dotted, "kemendagri") == (dotted,) and codes_in(dotted, "bps") == ()
    bps = f"{code[:2]}.{code[2:4]}.{code[4:7]}.{code[7:]}"
    for written in (bps, f"ID{code}", f"id{code}"):
        assert codes_in(written, "bps") == (code,) and codes_in(written, "kemendagri") == ()


@given(digits, st.sampled_from("-_. "), st.sampled_from(["", "KEL-", "Desa "]))
def test_groups_of_digits_tell_the_system(code: str, between: str, before: str) -> None:
    kemendagri = (code[:2], code[2:4], code[4:6], code[6:])
    written = before + between.join(kemendagri)
    assert codes_in(written, "kemendagri") == (".".join(kemendagri),)
    assert codes_in(written, "bps") == ()
    written = before + between.join((code[:2], code[2:4], code[4:7], code[7:]))
    assert codes_in(written, "bps") == (code,) and codes_in(written, "kemendagri") == ()


@pytest.mark.parametrize(
    "value",
    [
        "12.71.01",
        "12-71.01-1001",
        "12-71--01-1001",
        "KEL",
        "12.71.1.1001",
        "127101100",
        "12710110011",
        "1.2E+9",
        "",
        None,
        True,
        "1271-01",
        7,
    ],
)
def test_what_is_no_village_code_is_none(value: object) -> None:
    assert codes_in(value, "kemendagri") == () and codes_in(value, "bps") == ()


def test_two_codes_are_two_and_one_twice_is_one() -> None:
    pair = ("12.71.01.1001", "12.71.01.1002")
    for between in ("/", ", ", " dan ", ";", " & "):
        assert codes_in(between.join(pair), "kemendagri") == pair
    assert codes_in(f"{pair[0]}/{pair[0]}", "kemendagri") == pair[:1]
    assert codes_in(f"{pair[0]}/elsewhere", "kemendagri") == ()


@pytest.mark.parametrize(
    ("wanted", "properties", "found"),
    [
        ("kode_desa", ["KODE_DESA"], "KODE_DESA"),
        ("kode_desa_spatial", ["kode_desa_"], "kode_desa_"),
        ("village_code", ["VILLAGE_CO", "VILLAGE_NA"], "VILLAGE_CO"),
        ("code", ["codes", "postcode"], None),
    ],
)
def test_properties_are_known_in_any_case_and_cut(
    wanted: str, properties: list[str], found: str | None
) -> None:
    assert property_named(wanted, properties) == found


def test_names_are_the_same_however_they_are_written() -> None:
    assert village_key("Kel. Wek-I") == village_key("WEK  I") == "weki"
    assert village_key("Desa Baru") == village_key("BARU") and village_key("Desa") == "desa"
    assert village_key("Gedongkedo'an") == village_key("Gedong Kedo’an")
    assert district_key("Kec. Medan Kota") == district_key("medan_kota")
    assert regency_keys("Kab. Kediri") == ("kabupaten kediri",)
    assert regency_keys("KOTA KEDIRI") == ("kota kediri",)
    assert regency_keys("Kediri") == ("kabupaten kediri", "kota kediri")
    assert regency_keys("Kota Adm. Jakarta Barat") == regency_keys("Kota Jakarta Barat")
    assert regency_keys("Kabupaten Kotabaru") == ("kabupaten kotabaru",)
    assert regency_keys(None) == ()


values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text()), digits
)


@given(st.lists(st.dictionaries(st.text() | st.sampled_from(["code", "KDEPUM", "x"]), values)))
def test_any_properties_give_as_many_codes_as_features(rows: list[dict[str, object]]) -> None:
    for column in code_columns(rows, FieldMap()):
        assert len(column.codes) == len(rows) and column.filled
    for row in rows:
        is_disputed(row)
        for value in row.values():
            assert printable(value).isprintable()
            assert village_key(value) == village_key(village_key(value))
