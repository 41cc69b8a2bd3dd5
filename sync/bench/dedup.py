"""How well and how fast people are told apart: made-up registrations, or a labelled sample."""

import csv
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from fixtures.lookalikes import lookalikes
from outreach.dedup.blocking import blocking_keys
from outreach.dedup.columns import columns_of
from outreach.dedup.deciding import judge
from outreach.dedup.facts import Facts, facts_of
from outreach.dedup.frequencies import shipped_frequencies
from outreach.dedup.resolving import Question, Resolved, resolve
from outreach.dedup.scoring import shipped_model
from sync.bench.accuracy import Closure, after_reviews, best_f1, of_people, recall_at
from sync.bench.beside import SplinkMissing, splink_pairs, without_other_niks
from sync.bench.scratch import BenchError

SEED = "bench"
PEOPLE = 20_000
BATCH = 500
CANDIDATES = 60
ROUNDS = 5


@dataclass(frozen=True)
class Set:
    """Records in order of arrival, who each truly is, and pairs of twins."""

    name: str
    records: list[Facts]
    person: list[str]
    twins: list[tuple[int, int]]


def bench_dedup(say: Callable[[str], None], sample: Path | None = None) -> dict[str, float]:
    """Measure and print; gives the figures of every set and the milliseconds a record."""
    model = shipped_model()
    say(f"model {model.version}, names {model.frequencies}, same at {model.same_at}")
    figures: dict[str, float] = {}
    sets = [_made(1.0), _made(2.0)] if sample is None else [_read(sample)]
    for one in sets:
        for name, value in (*_accuracy(one, say).items(), *_splink(one, say).items()):
            figures[f"{one.name}: {name}"] = value
    figures["ms_a_record"] = _speed(say)
    return figures


def _made(noise: float) -> Set:
    records = lookalikes(SEED, PEOPLE, noise)
    twins: dict[int, list[int]] = {}
    for place, record in enumerate(records):
        if record.kind == "twins":
            twins.setdefault(record.household, []).append(place)
    return Set(
        f"made up, noise {noise:g}",
        [facts_of(**record.fields) for record in records],
        [str(record.person) for record in records],
        [
            (a, b)
            for places in twins.values()
            for at, a in enumerate(places)
            for b in places[at + 1 :]
            if records[a].person != records[b].person
        ],
    )


def _read(folder: Path) -> Set:
    """A labelled sample: records.csv, truth.csv and hardneg.csv."""
    try:
        rows = list(_rows(folder / "records.csv"))
        person = {row["record_id"]: row["cluster_id"] for row in _rows(folder / "truth.csv")}
        hard = list(_rows(folder / "hardneg.csv"))
        place = {row["record_id"]: at for at, row in enumerate(rows)}
        twins = [
            (place[row["record_id_a"]], place[row["record_id_b"]])
            for row in hard
            if row["kind"] == "twin"
        ]
        records = [_facts(row) for row in rows]
        return Set(f"sample {folder.name}", records, [person[r["record_id"]] for r in rows], twins)
    except OSError as error:
        raise BenchError(f"{error.filename}: {error.strerror}") from error
    except (KeyError, ValueError) as error:
        raise BenchError(f"{folder} is no labelled sample: {error} is missing or wrong") from error


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _facts(row: dict[str, str]) -> Facts:
    fields: dict[str, Any] = {
        name: row[name] for name in ("full_name", "nik", "mother_name", "phone", "occupation")
    }
    return facts_of(
        **fields,
        birth_date=date.fromisoformat(row["birth_date"]) if row["birth_date"] else None,
        sex={"L": "male", "P": "female"}.get(row["sex"], ""),
        village=row["village_code"],
        address=row["address"],
        kader=row["agent_id"],
        captured_at=datetime.fromisoformat(row["captured_at"]).replace(tzinfo=UTC),
    )


def _accuracy(one: Set, say: Callable[[str], None]) -> dict[str, float]:
    found = resolve(one.records, shipped_model(), shipped_frequencies())
    automatic = of_people(one.person, found.people)
    joined = automatic.measured()
    figures = {
        "automatic precision": joined.precision,
        "automatic recall": joined.recall,
        "twins joined": sum(automatic.together(*pair) for pair in one.twins)
        / max(len(one.twins), 1),
        "best F1 with reviews": best_f1(of_people(one.person, found.people), found.reviews).f1,
        "recall at precision 0.999 by score": recall_at(one.person, _scored(found), 0.999),
        "recall after 10 reviews a thousand": after_reviews(
            one.person, found.people, found.reviews, len(one.records) // 100
        ).recall,
        "candidates a record": 2 * len(found.pairs) / len(one.records),
        "reviews a thousand records": 1000 * len(found.reviews) / len(one.records),
    }
    say(f"{one.name}: {len(one.records)} records")
    for name, value in figures.items():
        say(f"  {name:36} {value:.4f}")
    return figures


def _splink(one: Set, say: Callable[[str], None]) -> dict[str, float]:
    """The same figures by score of Splink, if it is installed; and with a veto for other NIKs."""
    try:
        pairs = splink_pairs(one.records)
    except SplinkMissing:
        say("  Splink is not installed (pip install splink): nothing to compare with.")
        return {}
    figures = {}
    for name, some in (
        ("Splink", pairs),
        ("Splink with a NIK veto", without_other_niks(one.records, pairs)),
    ):
        figures[f"{name}: best F1"] = best_f1(Closure(one.person), some).f1
        figures[f"{name}: recall at precision 0.999"] = recall_at(one.person, some, 0.999)
    for name, value in figures.items():
        say(f"  {name:50} {value:.4f}")
    return figures


def _scored(found: Resolved) -> list[Question]:
    """Every candidate pair by its score alone, as if there were no vetoes."""
    pairs, scores = found.pairs, found.judged.scores
    return [
        Question(left, right, score, 0)
        for left, right, score in zip(
            pairs.left.tolist(), pairs.right.tolist(), scores.tolist(), strict=True
        )
    ]


def _speed(say: Callable[[str], None]) -> float:
    """Milliseconds of one core a record for facts, keys, comparison and score in a batch, each
    record with as many candidates of its own as a million people stored would give it; nothing is
    repeated."""
    stored = [facts_of(**record.fields) for record in lookalikes(f"{SEED}/speed", 3 * PEOPLE // 2)]
    rng = np.random.default_rng(7)
    fresh = lookalikes(f"{SEED}/batch", BATCH * ROUNDS)[: BATCH * ROUNDS]
    taken: list[float] = []
    for number in range(ROUNDS):
        batch = fresh[number * BATCH : (number + 1) * BATCH]
        chosen = rng.integers(0, len(stored), BATCH * CANDIDATES)
        began = time.process_time()
        facts = [facts_of(**record.fields) for record in batch]
        for one in facts:
            blocking_keys(one)
        columns = columns_of([*facts, *(stored[at] for at in chosen)], shipped_frequencies())
        left = np.repeat(np.arange(BATCH), CANDIDATES)
        right = BATCH + np.arange(BATCH * CANDIDATES)
        judge(shipped_model(), columns, left, right)
        taken.append((time.process_time() - began) * 1000 / BATCH)
    say(f"facts, keys, features and score: {median(taken):.3f} ms a record in batches of {BATCH}")
    return median(taken)
