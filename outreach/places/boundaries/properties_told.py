"""What to tell of a boundary file's properties, so that a person can say which to use."""

from collections.abc import Sequence

from outreach.geo.conventions import (
    Properties,
    is_coarse_code,
    is_cut_short,
    printable,
    property_names,
)

MOST_FEATURES_TOLD = 5
CUT_SHORT = (
    "a spreadsheet has cut its digits off, and they are lost: set the column to text where they are"
    " still whole, and export again"
)
_MOST_PROPERTIES_TOLD = 30


def as_there(rows: Sequence[Properties], name: str) -> str:
    """A value of a property that should have codes, and how these look."""
    value = next((text for row in rows if (text := printable(row.get(name)))), None)
    there = "where nothing is" if value is None else f"which has {value!r}"
    return f", {there}, not 12.71.01.1001 (PP.KK.CC.DDDD), 1271011001 or a BPS code of ten digits"


def help_with(rows: Sequence[Properties]) -> str:
    names = property_names(rows)
    more = len(names) - _MOST_PROPERTIES_TOLD
    listed = ", ".join(printable(name)[:40] for name in names[:_MOST_PROPERTIES_TOLD])
    return (
        ": say which with --field code=… --field name=… (also district=…, regency=…) and"
        " --system kemendagri or bps; the file has the properties "
        + (listed or "(none)")
        + (f" and {more} more" if more > 0 else "")
        + "; a code in four parts is read from columns called prov, kab, kec and kel"
    )


def cut_short(file: str, rows: Sequence[Properties]) -> list[str]:
    """What to do about a property of codes of which a spreadsheet left few digits."""
    for name in property_names(rows):
        cut = [row.get(name) for row in rows if is_cut_short(row.get(name))]
        if 2 * len(cut) > len(rows):
            return [f"{file}: {printable(name)} has {printable(cut[0])!r}: {CUT_SHORT}"]
    return []


def level_told(rows: Sequence[Properties]) -> str:
    """A hint that the layer is of districts or regencies."""
    for name in property_names(rows):
        coarse = sum(is_coarse_code(row.get(name)) for row in rows)
        if 2 * coarse > len(rows):
            return f", of which none fits ({printable(name)} has codes of districts or regencies)"
    return ", of which none fits one village"
