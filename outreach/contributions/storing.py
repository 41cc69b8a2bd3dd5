"""The rules in the database: read once a process and change, and added to, never rewritten."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import models, transaction
from msgspec.structs import asdict, replace

from outreach import bulk, changes
from outreach.contributions.faults import faults_of
from outreach.contributions.reading import Given
from outreach.contributions.rules import BracketTable, Known, Relief, Rule, RuleBook, first_day
from outreach.models import (
    ContributionLoad,
    ContributionRelief,
    ContributionRule,
    IncomeBracket,
    IncomeBracketTable,
)
from outreach.places.uploads import Refused

NEWEST = "SELECT max(id) FROM outreach_contributionload"

_held: RuleBook | None = None


class Loaded(NamedTuple):
    """What a load did, by version; `unchanged` is what was there before as it is.

    `number` is None where nothing was to be done.
    """

    number: int | None
    added: list[str]
    ended: dict[str, str]
    checked: list[str]
    withdrawn: list[str]
    unchanged: list[str]


class Asked(NamedTuple):
    """What is to be done: rules to add, last months by version, and versions to withdraw."""

    given: Given
    ends: Mapping[str, str] = {}
    withdrawn: Collection[str] = ()


class Origin(NamedTuple):
    """The file that rules come from."""

    name: str
    sha256: str


def current_rules() -> RuleBook:
    """The rules as they are. One small statement, and another where they have changed."""
    [(number,)] = bulk.run(NEWEST)
    return rules_since(number)


def rules_since(number: int | None) -> RuleBook:
    """The rules, of whose newest load the caller has just read the number: see NEWEST.

    No statement while that is the one that this process knows.
    """
    global _held  # noqa: PLW0603 - the process's one cache, swapped whole
    held = _held
    if held is None or held.number != number:
        held = _held = _read()
    return held


def _months(alias: str) -> str:
    return (
        f"'first_month', to_char({alias}.first_month, 'YYYY-MM'),"
        f" 'last_month', to_char({alias}.last_month, 'YYYY-MM'),"
    )


_READ = f"""
SELECT ({NEWEST}), (SELECT jsonb_agg(jsonb_build_object('version', version, {_months("r")}
    'jkk_rate_ppm', jkk_rate_ppm, 'jkm_amount', jkm_amount, 'jht_rate_ppm', jht_rate_ppm,
    'lowest_base', lowest_base, 'source', source)) FROM outreach_contributionrule r
    WHERE withdrawn_by_id IS NULL),
(SELECT jsonb_agg(jsonb_build_object('version', version, {_months("r")}
    'for_transport', for_transport, 'programmes', programmes, 'pays_percent', pays_percent,
    'not_for_payers', not_for_payers, 'source', source)) FROM outreach_contributionrelief r
    WHERE withdrawn_by_id IS NULL),
(SELECT jsonb_agg(jsonb_build_object('version', version, {_months("t")}
    'step', step, 'source', source, 'checked', checked, 'brackets',
    (SELECT jsonb_agg(jsonb_build_object('min', lowest_income, 'max', highest_income, 'base', base)
        ORDER BY lowest_income) FROM outreach_incomebracket b WHERE b.table_id = t.version)))
    FROM outreach_incomebrackettable t WHERE withdrawn_by_id IS NULL)"""


def _read() -> RuleBook:
    """One statement, so that the rules and their number are of one moment."""
    [(number, rules, reliefs, tables)] = bulk.run(_READ)
    return RuleBook(
        number,
        msgspec.convert(rules or [], list[Rule]),
        msgspec.convert(reliefs or [], list[Relief]),
        msgspec.convert(tables or [], list[BracketTable]),
    )


def load_rules(asked: Asked, origin: Origin, now: datetime) -> Loaded:
    """Add what is new, give versions that are in force until further notice a last month, withdraw.

    All of it, or nothing where anything is wrong: what is there already has to be the same, and
    what stays has to be without gaps and overlaps. Raises Refused.
    """
    with transaction.atomic():
        # Readers are not held up, only who loads at the same time.
        bulk.run("LOCK TABLE outreach_contributionload IN SHARE ROW EXCLUSIVE MODE")
        before = _read().by_version()
        after, problems = _together(before, _withdrawn_before(), asked)
        if not problems:
            problems = faults_of(_book(after.values()))
        if problems:
            raise Refused(problems)
        found = _found(before, after, asked)
        if not (found.added or found.ended or found.checked or found.withdrawn):
            return found
        load = ContributionLoad.objects.create(
            source=origin.name[:200], sha256=origin.sha256, loaded_at=now
        )
        _store([after[version] for version in found.added], load)
        for version, month in found.ended.items():
            _set(after[version], last_month=first_day(month))
        for version in found.checked:
            _set(after[version], checked=getattr(after[version], "checked", None))
        for version in found.withdrawn:
            _set(before[version], withdrawn_by_id=load.pk)
        changes.settle()
        changes.log_for_all("contribution_rules", ["current"])
        return found._replace(number=load.pk)


def _withdrawn_before() -> set[str]:
    """Versions that were withdrawn: their names are taken."""
    tables = (ContributionRule, ContributionRelief, IncomeBracketTable)
    rows = bulk.run(
        " UNION ALL ".join(
            f"SELECT version FROM {model._meta.db_table} WHERE withdrawn_by_id IS NOT NULL"
            for model in tables
        )
    )
    return {version for (version,) in rows}


def _together(
    before: Mapping[str, Known], withdrawn_before: Collection[str], asked: Asked
) -> tuple[dict[str, Known], list[str]]:
    """What there would be, and why it cannot be."""
    after = dict(before)
    problems = [
        f"{version} is not known, and cannot be withdrawn"
        for version in asked.withdrawn
        if after.pop(version, None) is None and version not in withdrawn_before
    ]
    named = [one.version for one in asked.given.all()]
    problems += [f"{one} is there twice" for one, times in Counter(named).items() if times > 1]
    for one in asked.given.all():
        there = after.get(one.version)
        if one.version in {*withdrawn_before, *asked.withdrawn}:
            problems.append(f"{one.version} is withdrawn: what replaces it needs another name")
        elif there is None:
            after[one.version] = one
        elif altered := _altered(there, one):
            problems.append(
                f"{one.version} is known with {altered}: what differs is a version of its own"
            )
        else:
            after[one.version] = _grown(there, one)
    for version, month in asked.ends.items():
        there = after.get(version)
        if there is None:
            problems.append(f"{version} is not known, and cannot end")
        elif there.last_month not in {None, month}:
            problems.append(f"{version} ends in {there.last_month} already")
        else:
            after[version] = replace(there, last_month=month)
    return after, problems


def _altered(there: Known, one: Known) -> str:
    """What is another in a version that is known; an end and a check may be added."""
    if type(there) is not type(one):
        return "another kind of content"
    told = asdict(one)
    names = [
        name
        for name, value in asdict(there).items()
        if told[name] != value
        and not (name == "last_month" and None in (value, told[name]))
        and not (name == "checked" and None in (value, told[name]))
    ]
    return f"another {', '.join(names)}" if names else ""


def _grown(there: Known, one: Known) -> Known:
    """A version with the end and the check that either knows of."""
    grown = replace(there, last_month=there.last_month or one.last_month)
    if isinstance(grown, BracketTable) and isinstance(one, BracketTable):
        grown = replace(grown, checked=grown.checked or one.checked)
    return grown


def _book(known: Iterable[Known]) -> RuleBook:
    everything = list(known)
    return RuleBook(
        None,
        [one for one in everything if isinstance(one, Rule)],
        [one for one in everything if isinstance(one, Relief)],
        [one for one in everything if isinstance(one, BracketTable)],
    )


def _found(before: Mapping[str, Known], after: Mapping[str, Known], asked: Asked) -> Loaded:
    named = {one.version for one in asked.given.all()} | {*asked.ends}
    there = sorted(named & before.keys() & after.keys())
    return Loaded(
        None,
        added=sorted(after.keys() - before.keys()),
        ended={
            version: after[version].last_month or ""
            for version in there
            if after[version].last_month != before[version].last_month
        },
        checked=[
            version
            for version in there
            if getattr(after[version], "checked", None) != getattr(before[version], "checked", None)
        ],
        withdrawn=sorted(before.keys() - after.keys()),
        unchanged=[version for version in there if after[version] == before[version]],
    )


def _model(one: Known) -> type[models.Model]:
    if isinstance(one, Rule):
        return ContributionRule
    return ContributionRelief if isinstance(one, Relief) else IncomeBracketTable


def _set(one: Known, **columns: Any) -> None:
    row: dict[str, Any] = {"version": one.version, **columns}
    bulk.update(_model(one), [row], key="version")


def _store(added: Iterable[Known], load: ContributionLoad) -> None:
    brackets: list[dict[str, Any]] = []
    rows: dict[type[models.Model], list[dict[str, Any]]] = {}
    for one in added:
        row = asdict(one) | {
            "first_month": first_day(one.first_month),
            "last_month": first_day(one.last_month) if one.last_month else None,
            "load_id": load.pk,
        }
        brackets += [
            {
                "table_id": one.version,
                "lowest_income": bracket.min,
                "highest_income": bracket.max,
                "base": bracket.base,
            }
            for bracket in row.pop("brackets", ())
        ]
        rows.setdefault(_model(one), []).append(row)
    for model, listed in rows.items():
        bulk.insert(model, listed)
    bulk.insert(IncomeBracket, brackets)
