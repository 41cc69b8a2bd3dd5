"""What the codes in a boundary file stand for today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from outreach import bulk
from outreach.geo.conventions import CodeColumn, village_key
from outreach.geo.region_codes import System
from outreach.models import RegionAlias
from outreach.places.regions.aliases import IS_TODAYS, Resolved, resolve


@dataclass(frozen=True, slots=True)
class KnownCode:
    """The village of today that a code stands for, if it is clear, or else `maybe` does.

    `name` is today's; `keys` are all names that go with the code, as they are compared.
    """

    region: str | None
    name: str
    keys: frozenset[str]
    is_old: bool = False
    maybe: str | None = None


def known_codes(columns: Iterable[CodeColumn]) -> dict[System, dict[str, KnownCode]]:
    """What is known of the columns' codes, in a constant number of statements."""
    asked: dict[System, set[str]] = {"kemendagri": set(), "bps": set()}
    for column in columns:
        asked[column.system].update(code for codes in column.codes for code in codes)
    today = villages_of_today(asked["kemendagri"])
    old = resolve(RegionAlias.System.KEMENDAGRI, asked["kemendagri"] - today.keys())
    bps = resolve(RegionAlias.System.BPS, asked["bps"])
    successors = villages_of_today({r.region for r in (*old.values(), *bps.values()) if r.region})
    return {
        "kemendagri": today | _stood_for(old, successors, is_old=True),
        "bps": _stood_for(bps, successors, is_old=False),
    }


def villages_of_today(codes: Iterable[str]) -> dict[str, KnownCode]:
    """Those codes, any number of them, that are villages of today."""
    rows = bulk.run(
        "SELECT code, name FROM outreach_region AS village"
        f" WHERE level = 4 AND code = ANY(%s) AND {IS_TODAYS}",
        [sorted({*codes})],
    )
    return {code: KnownCode(code, name, frozenset({village_key(name)})) for code, name in rows}


def _stood_for(
    resolved: Mapping[str, Resolved], successors: Mapping[str, KnownCode], *, is_old: bool
) -> dict[str, KnownCode]:
    known: dict[str, KnownCode] = {}
    for code, found in resolved.items():
        keys = frozenset({village_key(found.name)})
        if successor := successors.get(found.sure or ""):
            known[code] = KnownCode(found.sure, successor.name, keys | successor.keys, is_old)
        else:
            known[code] = KnownCode(None, found.name, keys, is_old, found.region)
    return known
