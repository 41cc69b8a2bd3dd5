"""Older codes and BPS codes kept as aliases, each led to its one region of today."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction

from outreach import bulk
from outreach.geo.region_codes import BPS_LEVEL_BY_DIGITS, CODE_LENGTHS, level_of
from outreach.models import Region, RegionAlias
from outreach.places.regions.alias_files import AliasFiles, Bridged, Past, Recode, read_alias_file
from outreach.places.regions.aliases import Resolved, lock_regions, resolve
from outreach.places.regions.bps_codes import Filled, Pair, fill
from outreach.places.uploads import MAX_BYTES, Refused, read_source

_WORSE = ("high", "low", "none")
_REGENCY = CODE_LENGTHS[1]
_ROWS_PER_STATEMENT = 20_000


@dataclass(frozen=True, slots=True)
class AliasReport:
    """What became of codes that are not, or not only, today's.

    `confidence` counts codes by system and how sure their successor is. `kept` are successors that
    were known already of codes for which these files know none. `without_successor` and `today`
    give the code's name; the latter were moved away by a file, but the list of regions has them
    still: they are no aliases.
    """

    files: dict[str, str]
    confidence: dict[str, dict[str, int]]
    changed: int
    unchanged: int
    bps_filled: list[str]
    kept: dict[str, str]
    without_successor: dict[str, str]
    today: dict[str, str]
    unmatched: list[str]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class _End(NamedTuple):
    """Where a code's moves end: a region of today or none, and how sure that is."""

    region: str | None
    confidence: str
    basis: str


def load_aliases(paths: Sequence[Path], max_bytes: int = MAX_BYTES) -> AliasReport:
    """Keep the older codes and BPS codes that the files tell of, or none of them.

    Files of one load know of each other, so recodes, their history and a bridge go together. May
    be repeated. Raises Refused with every bad line.
    """
    files = AliasFiles()
    for path in paths:
        read_alias_file(read_source(path, max_bytes), files)
    with transaction.atomic():
        lock_regions()
        known = set(Region.objects.values_list("code", flat=True))
        if not known:
            raise Refused(["no regions are known: load today's list first (load_regions)"])
        _refuse_unknown(files, known)
        gone, alive = _fates(files.past)
        today = known - gone.keys() - _standing(alive)
        older, kept = _unless_known(
            RegionAlias.System.KEMENDAGRI, list(_older(files.recodes, gone, today))
        )
        changed = _store(older)
        lead_on()
        doubtful, filled = _bridged(files.bridge, today)
        bps, kept_bps = _unless_known(RegionAlias.System.BPS, doubtful)
        changed += _store(bps, keep_sure=True) + len(filled.filled) + len(filled.aliased)
    rows = [*older, *bps]
    moved = {recode.old: recode.name for recode in files.recodes if recode.old in today}
    return AliasReport(
        files=files.sha256,
        confidence=_counted([*rows, *kept, *kept_bps], filled),
        changed=changed,
        unchanged=len(rows)
        + len(kept)
        + len(kept_bps)
        + len(filled.filled)
        + len(filled.aliased)
        + filled.unchanged
        - changed,
        bps_filled=filled.filled,
        kept={row["code"]: row["region_id"] for row in (*kept, *kept_bps)},
        without_successor={
            row["code"]: row["name"]
            for row in sorted(rows, key=lambda row: str(row["code"]))
            if not row["region_id"]
        },
        today=dict(sorted(moved.items())),
        unmatched=filled.unmatched,
    )


def _refuse_unknown(files: AliasFiles, regions: Collection[str]) -> None:
    """Refuse moves to codes that nothing tells of, neither the list nor these or earlier files.

    A list of regions may be a part of the country, so only moves from or to regencies that it has.
    """
    told = {
        *regions,
        *(recode.old for recode in files.recodes),
        *(past.code for past in files.past),
    }
    unknown = [
        recode
        for recode in files.recodes
        if recode.new
        and recode.new not in told
        and not {recode.old[:_REGENCY], recode.new[:_REGENCY]}.isdisjoint(regions)
    ]
    before = resolve(RegionAlias.System.KEMENDAGRI, [recode.new for recode in unknown])
    if problems := [
        f"{recode.source} line {recode.line}: {recode.new} is not a known code: correct it, or load"
        " a list of regions (load_regions) that has it first"
        for recode in unknown
        if recode.new not in before
    ]:
        raise Refused(problems)


def _unless_known(
    system: RegionAlias.System, rows: Sequence[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows to store, and those of codes that keep the successor that the files do not know.

    A file that knows less adds to what is known, and takes nothing away.
    """
    known = resolve(system, [row["code"] for row in rows if not row["region_id"]])
    told: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    for row in rows:
        before = known.get(row["code"])
        if before and before.region:
            kept.append({**row, "region_id": before.region, "confidence": before.confidence})
        else:
            told.append(row)
    return told, kept


def _counted(rows: Sequence[dict[str, Any]], filled: Filled) -> dict[str, dict[str, int]]:
    counts = Counter((str(row["system"]), str(row["confidence"])) for row in rows)
    counts["bps", "high"] += len(filled.filled) + len(filled.aliased) + filled.unchanged
    return {
        system: {confidence: counts[system, confidence] for confidence in _WORSE}
        for system in RegionAlias.System.values
    }


def _fates(past: Sequence[Past]) -> tuple[dict[str, Past], list[str]]:
    """The codes that the newest list of the history no longer has, and those that it has."""
    newest = max((code.last_vintage for code in past), default="")
    gone = {code.code: code for code in past if code.last_vintage < newest}
    return gone, [code.code for code in past if code.code not in gone]


def _standing(alive: Sequence[str]) -> set[str]:
    """The codes that are aliases already, but for those that live, which are none any more."""
    bulk.run(
        "DELETE FROM outreach_regionalias WHERE system = 'kemendagri' AND code = ANY(%s)"
        " AND code IN (SELECT code FROM outreach_region)",
        [list(alive)],
    )
    standing = RegionAlias.objects.filter(system=RegionAlias.System.KEMENDAGRI)
    return set(standing.values_list("code", flat=True))


def _older(
    recodes: Sequence[Recode], gone: dict[str, Past], today: Collection[str]
) -> Iterator[dict[str, Any]]:
    """A row for every code that is not today's: recoded ones, and those that merely went."""
    moves: defaultdict[str, list[Recode]] = defaultdict(list)
    for recode in sorted(recodes, key=lambda recode: recode.since):
        moves[recode.old].append(recode)
    for code in sorted({*moves, *gone} - set(today)):
        if code in moves:
            last = moves[code][-1]
            yield _row(
                "kemendagri", code, _end(moves, code, today), last.name, last.since, last.source
            )
        else:
            past = gone[code]
            end = _End(None, "none", "gone from the list")
            yield _row("kemendagri", code, end, past.name, past.last_vintage, past.source)


def _end(moves: dict[str, list[Recode]], code: str, today: Collection[str]) -> _End:
    """Where a code's moves lead; nowhere if it was used anew and went two ways."""
    ends = [_followed(moves, first, today) for first in moves[code]]
    if len({end.region for end in ends}) == 1:
        return max(ends, key=lambda end: _WORSE.index(end.confidence))
    return _End(None, "none", "used for two regions")


def _followed(moves: dict[str, list[Recode]], first: Recode, today: Collection[str]) -> _End:
    step, sure, passed = first, first.confidence, {first}
    while step.new:
        onward = [move for move in moves.get(step.new, ()) if move.since >= step.until]
        if not onward:
            break
        step = onward[0]
        if step in passed:
            raise Refused([f"{step.source}: {step.old} leads to {step.new} and back, in a circle"])
        passed.add(step)
        sure = max(sure, step.confidence, key=_WORSE.index)
    if not step.new:
        return _End(None, "none", step.basis or "no successor")
    if step.new not in today:
        return _End(None, "none", f"{step.new} is not in the list of regions")
    return _End(step.new, sure, first.basis if len(passed) == 1 else f"{len(passed)} moves")


def _row(
    system: str, code: str, end: _End, name: str, last_vintage: str, source: str
) -> dict[str, Any]:
    return {
        "system": system,
        "code": code,
        "level": level_of(code) if system == "kemendagri" else BPS_LEVEL_BY_DIGITS[len(code)],
        "name": name,
        "region_id": end.region,
        "basis": end.basis,
        "confidence": end.confidence,
        "last_vintage": last_vintage[:40],
        "source": source[:200],
    }


def _bridged(
    bridge: Sequence[Bridged], today: Collection[str]
) -> tuple[list[dict[str, Any]], Filled]:
    """Sure BPS codes go to their regions; for the others a row each."""
    older = resolve(RegionAlias.System.KEMENDAGRI, {row.kemendagri for row in bridge})
    pairs: list[Pair] = []
    rows: list[dict[str, Any]] = []
    for row in bridge:
        end = _bridge_end(row, older.get(row.kemendagri), today)
        if end.region and end.confidence == "high":
            pairs.append(Pair(row.bps_code, row.name, end.region))
        else:
            rows.append(_row("bps", row.bps_code, end, row.name, "", row.source))
    return rows, fill(pairs, "bridge", bridge[0].source) if bridge else Filled()


def _bridge_end(row: Bridged, older: Resolved | None, today: Collection[str]) -> _End:
    if row.kemendagri in today:
        return _End(row.kemendagri, "high", "bridge")
    if older:
        return _End(older.region, older.confidence, f"bridge to {row.kemendagri}")
    if row.later in today:
        return _End(row.later, "low", f"bridge to {row.kemendagri}, as the file leads on")
    return _End(None, "none", f"bridge to {row.kemendagri or 'nothing'}")


def _store(rows: Sequence[dict[str, Any]], *, keep_sure: bool = False) -> int:
    """How many aliases are new or different; `keep_sure` lets no doubt replace a sure one."""
    if not rows:
        return 0
    changing = [name for name in rows[0] if name not in {"system", "code"}]
    old, new = (", ".join(f"{which}.{name}" for name in changing) for which in ("old", "excluded"))
    sure = " AND (old.confidence <> 'high' OR excluded.confidence = 'high')" if keep_sure else ""
    return sum(
        bulk.insert(
            RegionAlias,
            rows[start : start + _ROWS_PER_STATEMENT],
            order_by="system, code",
            on_conflict=f"""(system, code) DO UPDATE SET ({", ".join(changing)}) = ({new})
                WHERE ({old}) IS DISTINCT FROM ({new}){sure}""",
        )
        for start in range(0, len(rows), _ROWS_PER_STATEMENT)
    )


def lead_on() -> None:
    """Lead aliases of regions that are gone themselves on to where these lead."""
    while bulk.run(
        """
        UPDATE outreach_regionalias AS old SET region_id = gone.region_id,
            confidence = CASE WHEN gone.confidence = 'high' THEN old.confidence
                ELSE gone.confidence END
        FROM outreach_regionalias AS gone
        WHERE gone.system = 'kemendagri' AND gone.code = old.region_id
            AND gone.region_id IS DISTINCT FROM old.region_id
        RETURNING old.id
        """
    ):
        pass
