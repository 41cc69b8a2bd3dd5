"""BPS codes given to regions, by a bridge or by names; they never make a region."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from outreach import bulk
from outreach.geo.region_codes import BPS_LEVEL_BY_DIGITS, bare_name, bps_parent_of
from outreach.models import Region, RegionAlias
from outreach.places.regions.aliases import known_regions, resolve


class Pair(NamedTuple):
    """A BPS code with the name that goes with it, and the code of today's region that it is of."""

    bps_code: str
    name: str
    region: str


@dataclass(slots=True)
class Filled:
    """What became of BPS codes: regions that got theirs, further codes kept as aliases."""

    filled: list[str] = field(default_factory=list)
    aliased: list[str] = field(default_factory=list)
    unchanged: int = 0
    unmatched: list[str] = field(default_factory=list)


def fill(pairs: Sequence[Pair], basis: str, source: str) -> Filled:
    """Give regions without a BPS code theirs; another code of a region that has one is an alias."""
    done = Filled()
    standing = known_regions({pair.region for pair in pairs})
    known = resolve(RegionAlias.System.BPS, [pair.bps_code for pair in pairs])
    aliases = []
    updates: dict[str, str] = {}
    for pair in pairs:
        before = known.get(pair.bps_code)
        if before and before.sure == pair.region:
            done.unchanged += 1
        elif before and before.sure:
            done.unmatched.append(
                f"{pair.bps_code} {pair.name}: it is {before.sure}'s, not {pair.region}'s"
            )
        elif not standing[pair.region].bps_code and pair.region not in updates:
            updates[pair.region] = pair.bps_code
        else:
            aliases.append(pair)
    bulk.update(
        Region,
        [{"code": code, "bps_code": bps_code} for code, bps_code in updates.items()],
        key="code",
    )
    done.filled = sorted(updates)
    done.aliased = _keep(aliases, basis, source)
    return done


def _keep(pairs: Sequence[Pair], basis: str, source: str) -> list[str]:
    rows = [
        {
            "system": RegionAlias.System.BPS,
            "code": pair.bps_code,
            "level": BPS_LEVEL_BY_DIGITS[len(pair.bps_code)],
            "name": pair.name,
            "region_id": pair.region,
            "basis": basis,
            "confidence": RegionAlias.Confidence.HIGH,
            "last_vintage": "",
            "source": source[:200],
        }
        for pair in pairs
    ]
    kept = bulk.insert_returning(
        RegionAlias,
        rows,
        "code",
        order_by="code",
        on_conflict="""(system, code) DO UPDATE SET region_id = excluded.region_id,
            confidence = excluded.confidence, basis = excluded.basis, source = excluded.source
            WHERE old.confidence <> 'high'""",
    )
    return [code for (code,) in kept]


def matched_by_name(names: dict[str, str]) -> tuple[list[Pair], list[str]]:
    """Pairs for BPS codes by name, known ones and those alone of their name in their parent.

    Gives beside them, a line each, the codes that no region could be found for, and those that are
    known but under another name.
    """
    parents = {parent for code in names if (parent := bps_parent_of(code))}
    known = resolve(RegionAlias.System.BPS, {*names, *parents})
    regions = {code: found.sure for code, found in known.items() if found.sure}
    pairs: list[Pair] = []
    doubts: list[str] = []
    for level in (2, 4, 7, 10):
        codes = sorted(code for code in names if len(code) == level)
        children = _children({regions.get(bps_parent_of(code) or "") for code in codes}, level)
        homonyms = Counter((bps_parent_of(code), bare_name(names[code])) for code in codes)
        for code in codes:
            name, parent = names[code], bps_parent_of(code)
            if region := regions.get(code):
                pairs.append(Pair(code, name, region))
                if bare_name(known[code].name) != bare_name(name):
                    doubts.append(f"{code} {name}: known as {region} {known[code].name}, and kept")
                continue
            if parent and parent not in regions:
                doubts.append(f"{code} {name}: the region of its parent {parent} is not known")
                continue
            same = children.get((regions.get(parent or "") or "", bare_name(name)), [])
            if len(same) == 1 and homonyms[parent, bare_name(name)] == 1:
                regions[code] = same[0]
                pairs.append(Pair(code, name, same[0]))
            else:
                what = f"{len(same)} regions have" if same else "no region has"
                doubts.append(f"{code} {name}: {what} this name in {regions.get(parent or '')}")
    return pairs, doubts


def _children(parents: Collection[str | None], digits: int) -> dict[tuple[str, str], list[str]]:
    """Codes of regions by their parent's code and bare name."""
    regions = bulk.run(
        "SELECT code, parent_id, name FROM outreach_region WHERE parent_id = ANY(%s)"
        " OR (parent_id IS NULL AND %s)",
        [[parent for parent in parents if parent], digits == 2],
    )
    found: dict[tuple[str, str], list[str]] = {}
    for code, parent, name in regions:
        found.setdefault((parent or "", bare_name(name)), []).append(code)
    return found
