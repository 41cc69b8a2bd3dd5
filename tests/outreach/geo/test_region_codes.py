import pytest

from outreach.geo.region_codes import (
    bare_name,
    bps_parent_of,
    dotted,
    is_bps_code,
    is_region_code,
    is_village_code,
    kind_of,
    level_of,
    parent_of,
    possible_codes,
    time_zone_of,
    what_is_wrong_with,
)


def test_a_code_tells_level_parent_and_kind() -> None:
    told = {
        code: (level_of(code), parent_of(code), kind_of(code))
        for code in (
            "12",
            "12.20",
            "12.71",
            "12.71.01",
            "12.71.01.1001",
            "12.20.01.2001",
            "91.03.01.3001",
            "12.20.01.9001",
        )
    }
    assert told == {
        "12": (1, None, "province"),
        "12.20": (2, "12", "regency"),
        "12.71": (2, "12", "city"),
        "12.71.01": (3, "12.71", "district"),
        "12.71.01.1001": (4, "12.71.01", "kelurahan"),
        "12.20.01.2001": (4, "12.20.01", "desa"),
        "91.03.01.3001": (4, "91.03.01", "customary_village"),
        "12.20.01.9001": (4, "12.20.01", None),
    }


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("12.2", "has lost a zero"),
        ("1", "has lost a zero"),
        ("12.20.1", "has lost a zero"),
        ("12.20.01.201", "has lost a zero"),
        ("1271011001", "not a dotted Kemendagri code"),
        ("31.0", "has lost a zero"),
        ("12.71.01.1001 ", "not a region code"),
        ("१२.७१", "not a region code"),
        ("12.71\n", "not a region code"),
        ("", "not a region code"),
        ("12.71.01.1001.1", "not a region code"),
        ("12-71", "not a region code"),
    ],
)
def test_what_is_no_code_is_told(code: str, why: str) -> None:
    assert not is_region_code(code) and not is_village_code(code)
    assert why in what_is_wrong_with(code)


def test_a_code_above_villages_is_no_village() -> None:
    assert is_village_code("12.71.01.1001") and not is_village_code("12.71.01")
    assert "not a village" in what_is_wrong_with("12.71.01")


def test_a_code_without_dots_gets_them() -> None:
    told = {code: dotted(code) for code in ("12", "1271", "127101", "1271011001", "12710", "x")}
    assert [*told.values()] == ["12", "12.71", "12.71.01", "12.71.01.1001", "12710", "x"]
    assert bps_parent_of("1275040001") == "1275040" and bps_parent_of("12") is None
    assert is_bps_code("1275040") and not is_bps_code("127504") and not is_bps_code("१२")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("12.2", ["12.02", "12.20"]),
        ("31.0", ["31"]),
        ("12.71.1", ["12.71.01", "12.71.10"]),
        ("12.71.01.201", ["12.71.01.0201", "12.71.01.2010"]),
        ("12.71", ["12.71"]),
        ("12", []),
        ("12.710", []),
        ("12.x", []),
        ("1.1.1.1.1", []),
    ],
)
def test_the_codes_that_a_text_with_lost_zeros_may_have_been(text: str, codes: list[str]) -> None:
    assert possible_codes(text) == codes


def test_names_are_the_same_however_they_are_written() -> None:
    same = {"KAB. PADANG  LAWAS", "Kabupaten Padang Lawas", "kabupaten padang-lawas."}
    assert len({*map(bare_name, same)}) == 1
    assert bare_name("KOTA PADANG") != bare_name("Kab. Padang")
    assert bare_name("DI Yogyakarta") == bare_name("Daerah Istimewa Yogyakarta")


@pytest.mark.parametrize(
    ("zone", "provinces"),
    [
        ("Asia/Jakarta", "11 12 19 21 31 36 61 62"),
        ("Asia/Makassar", "51 52 53 63 64 65 71 72 73 74 75 76"),
        ("Asia/Jayapura", "81 82 91 92 93 94 95 96"),
    ],
)
def test_time_zones_by_province(zone: str, provinces: str) -> None:
    assert {time_zone_of(f"{province}.01.01.2001") for province in provinces.split()} == {zone}
