"""Changes of regions as somebody asks for them, and what is wrong with them."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from math import isclose
from typing import NamedTuple

from outreach import bulk
from outreach.geo.region_codes import is_region_code, kind_of, level_of, parent_of
from outreach.models import Region, RegionAlias, RegionChange
from outreach.places.regions.aliases import known_regions, resolve

Kind = RegionChange.Kind
LONGEST_NAME = 120
LONGEST_SOURCE = 200
RETIRED_BY, RETIRED = "change ", " undone"
"""Around a change's number: the basis of the aliases of codes that went with its undoing."""
_FORMULA = ("=", "+", "@", "-")


class Successor(NamedTuple):
    """What a region becomes: a code, its name (empty: as it was) and its share of the people."""

    code: str
    name: str = ""
    share: float | None = None


class Asked(NamedTuple):
    """One change that somebody asks for; `old` and `new` may have a code in common."""

    kind: str
    old: tuple[str, ...]
    new: tuple[Successor, ...]
    shares_source: str = ""

    @property
    def gone(self) -> list[str]:
        """The codes that are no region's any more."""
        return [code for code in self.old if code not in {one.code for one in self.new}]

    def told(self) -> str:
        """The change in a few words."""
        return f"{self.kind} {' + '.join(self.old)} → {', '.join(one.code for one in self.new)}"


def applied_before(changes: Sequence[Asked]) -> dict[Asked, int]:
    """Those of the changes that are in force already, with the numbers that they were given."""
    codes = {code for one in changes for code in one.old}
    there = RegionChange.objects.filter(undone_at=None, from_codes__overlap=sorted(codes))
    known = {
        (one.kind, tuple(one.from_codes), frozenset(one.to_codes)): one
        for one in there.defer("report", "before").order_by("pk")
    }
    found = {
        one: known.get((one.kind, one.old, frozenset(n.code for n in one.new))) for one in changes
    }
    return {
        one: same.pk
        for one, same in found.items()
        if same and (one.kind != Kind.RENAME or same.names == [one.new[0].name])
    }


def faults(changes: Sequence[Asked], day: date, today: date) -> list[str]:
    """What keeps changes from being applied on a day, a line each."""
    if not 1945 <= day.year <= 2200:
        return [f"{day} is no day on which regions change"]
    found = list(_twice(changes))
    shapes = [fault for one in changes for fault in _shape(one)]
    if found or shapes:
        return [*found, *shapes]
    if day > today:
        found.append(f"{day} is still to come: apply it on that day, or see what it would do now")
    made = {new.code for one in changes for new in one.new}
    codes = made | {code for one in changes for code in one.old}
    known = known_regions({*codes, *filter(None, map(parent_of, codes))})
    listed = Listed(
        set(known),
        set(known) | made,
        set(resolve(RegionAlias.System.KEMENDAGRI, codes)),
    )
    unused = _unused(made & listed.known)
    free = retired(made)
    for one in changes:
        asked = one._replace(new=tuple(new for new in one.new if new.code not in free))
        found += [f"{one.told()}: {fault}" for fault in _against(asked, listed, unused)]
    names = {code: region.name for code, region in known.items()}
    return found + [
        f"{one.told()}: it is called so already"
        for one in changes
        if one.kind == Kind.RENAME and names.get(one.old[0]) == one.new[0].name
    ]


def _twice(changes: Sequence[Asked]) -> Iterator[str]:
    seen: dict[str, Asked] = {}
    for one in changes:
        for code in {*one.old, *(new.code for new in one.new)}:
            if code in seen:
                yield f"{one.told()}: {code} is in {seen[code].told()} as well: apply that first"
            seen[code] = one


def _shape(one: Asked) -> Iterator[str]:
    """What is wrong with a change in itself."""
    codes = [*one.old, *(new.code for new in one.new)]
    if bad := [code for code in codes if not is_region_code(code)]:
        yield f"{bad[0][:40]!r} is not a region code (PP, PP.KK, PP.KK.CC or PP.KK.CC.DDDD)"
        return
    if len({level_of(code) for code in codes}) > 1:
        yield f"{one.told()}: these are not of one level"
    level, old, new = level_of(codes[0]), set(one.old), {n.code for n in one.new}
    match one.kind:
        case Kind.RENAME:
            right = old == new and len(old) == 1 and bool(one.new[0].name)
            rule = "a new name is of one code, which stays"
        case Kind.RECODE:
            right = len(old) == len(new) == 1 and old != new and level >= Region.Level.REGENCY
            rule = "a recode is from one code of a village, district or regency to another"
        case Kind.MERGE:
            right = len(old | new) > 1 and len(old) > 1 and len(new) == 1
            right = right and level == Region.Level.VILLAGE
            rule = "a merger is of two villages or more into one"
        case _:
            right = len(old) == 1 and len(new) > 1 and level == Region.Level.VILLAGE
            rule = "a split is of one village into two or more"
    if not right:
        yield f"{one.told()}: {rule}"
    yield from _names(one)
    shares = [new.share for new in one.new if new.share is not None]
    if shares and one.kind != Kind.SPLIT:
        yield f"{one.told()}: shares are of splits"
    elif shares and (len(shares) < len(one.new) or not isclose(sum(shares), 1, abs_tol=1e-6)):
        yield f"{one.told()}: shares are given for all successors, and make up 1"
    elif shares and not one.shares_source:
        yield f"{one.told()}: say who says so (shares_source)"


def _names(one: Asked) -> Iterator[str]:
    for new in one.new:
        if kind_of(new.code) is None:
            yield f"{new.code} is no village's code: its last part begins with none of 1, 2 and 3"
        if new.name and (
            not new.name.isprintable()
            or new.name.startswith(_FORMULA)
            or len(new.name) > LONGEST_NAME
        ):
            yield f"the name of {new.code} is no name: {new.name[:40]!r}"
    if len(one.shares_source) > LONGEST_SOURCE:
        yield f"the source of the shares of {one.old[0]} is longer than {LONGEST_SOURCE} characters"


_INSTEAD: dict[str, str] = {
    Kind.RECODE: ": that is a merger, of the old code and it",
    Kind.MERGE: ": name it among the merged ones as well",
}


class Listed(NamedTuple):
    """The codes of the list of regions, those that it will have as well, and older ones."""

    known: set[str]
    coming: set[str]
    older: set[str]


def retired(codes: Collection[str]) -> set[str]:
    """Those of the codes that a change made which was undone: another one may use them again."""
    found = RegionAlias.objects.filter(
        system=RegionAlias.System.KEMENDAGRI,
        code__in=codes,
        basis__startswith=RETIRED_BY,
        basis__endswith=RETIRED,
    )
    return set(found.values_list("code", flat=True))


def _against(one: Asked, listed: Listed, unused: Collection[str]) -> Iterator[str]:
    """What is wrong with a change against the list of regions.

    Where today's list was loaded the new codes are there already: a recode to one that is `unused`
    takes nothing from anybody.
    """
    for code in one.old:
        if code not in listed.known:
            yield f"{code} is not known: load the regions first"
        elif code in listed.older:
            yield f"{code} is an old code already"
    for new in one.new:
        parent = parent_of(new.code)
        if new.code in listed.older:
            yield f"{new.code} is an old code of another region"
        elif new.code in listed.known and new.code not in one.old:
            if one.kind != Kind.RECODE or new.code not in unused:
                yield f"{new.code} is there already{_INSTEAD.get(one.kind, '')}"
        elif new.code not in listed.known and parent not in listed.coming:
            yield f"{parent}, which {new.code} lies in, is not known: load it first"
        elif new.code not in listed.known and not new.name and one.kind != Kind.RECODE:
            yield f"{new.code} is new and needs a name"


def _unused(codes: Collection[str]) -> set[str]:
    """Those codes of the list that nothing hangs on yet but boundaries and aliases."""
    if not codes:
        return set()
    used = bulk.run(
        """
        SELECT domicile_village_id FROM outreach_registration WHERE domicile_village_id = ANY(%(c)s)
        UNION SELECT work_village_id FROM outreach_registration WHERE work_village_id = ANY(%(c)s)
        UNION SELECT village_id FROM outreach_lead WHERE village_id = ANY(%(c)s)
        UNION SELECT region_id FROM outreach_campaign_villages WHERE region_id = ANY(%(c)s)
        UNION SELECT region_id FROM outreach_officeterritory WHERE region_id = ANY(%(c)s)
        UNION SELECT village_id FROM outreach_villageofficials WHERE village_id = ANY(%(c)s)
        UNION SELECT region_id FROM outreach_denominator
            WHERE region_id = ANY(%(c)s) AND replaced_at IS NULL
        """,
        {"c": sorted(codes)},
    )
    return set(codes) - {code for (code,) in used}


def undo_faults(change: RegionChange) -> list[str]:
    """Why a change cannot be undone, a line each."""
    if change.undone_at:
        return [f"change {change.pk} was undone already"]
    later = bulk.run(
        "SELECT id FROM outreach_regionchange WHERE id > %s AND undone_at IS NULL"
        " AND (from_codes || to_codes) && %s::varchar[] ORDER BY id DESC LIMIT 1",
        [change.pk, [*change.from_codes, *change.to_codes]],
    )
    return [f"change {later[0][0]} came after it: undo that first"] if later else []
