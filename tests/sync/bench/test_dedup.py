import csv
import sys
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from outreach.dedup.facts import facts_of
from outreach.dedup.resolving import Question
from sync.bench import dedup
from sync.bench.accuracy import Closure, after_reviews, best_f1, of_people, recall_at
from sync.bench.beside import without_other_niks

SAMPLE = Path(__file__).resolve().parents[4] / "shared" / "data" / "dedup"
TRUTH = ["ali", "ali", "ali", "budi", "budi", "citra"]


def question(left: int, right: int, score: float) -> Question:
    return Question(left, right, score, score)


def test_figures_are_of_pairs_after_closure() -> None:
    figures = of_people(TRUTH, [(0, 1, 2), (4, 5)]).measured()
    assert (figures.precision, figures.recall) == (3 / 4, 3 / 4)
    assert figures.f1 == pytest.approx(3 / 4)


def test_nobody_joined_is_precise_and_recalls_nothing() -> None:
    figures = Closure(TRUTH).measured()
    assert (figures.precision, figures.recall, figures.f1) == (1.0, 0.0, 0.0)
    assert Closure(["one", "two"]).measured().recall == 1.0


def test_the_best_threshold_is_found() -> None:
    asked = [question(0, 1, 9), question(1, 2, 8), question(3, 5, 5), question(3, 4, 7)]
    assert best_f1(Closure(TRUTH), asked).f1 == 1.0
    assert recall_at(TRUTH, asked, 0.999) == 1.0
    assert recall_at(TRUTH, [question(0, 3, 9), *asked], 0.999) == 0.0


def test_reviews_cost_questions_unless_answered_already() -> None:
    asked = [question(0, 5, 9), question(0, 1, 8), question(1, 2, 7), question(0, 2, 6)]
    assert after_reviews(TRUTH, [], asked, 0).recall == 0
    assert after_reviews(TRUTH, [], asked, 1).recall == 0
    assert after_reviews(TRUTH, [], asked, 2).recall == 1 / 4
    assert after_reviews(TRUTH, [], asked, 3).recall == 3 / 4
    assert after_reviews(TRUTH, [(3, 4)], asked, 9).recall == 1.0


def test_the_bench_runs_and_says_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, small in (("PEOPLE", 400), ("BATCH", 20), ("ROUNDS", 1)):
        monkeypatch.setattr(dedup, name, small)
    monkeypatch.setitem(sys.modules, "splink", None)
    said: list[str] = []
    figures = dedup.bench_dedup(said.append)
    assert any("Splink is not installed" in line for line in said)
    assert figures["made up, noise 1: automatic precision"] > 0.98
    assert figures["ms_a_record"] > 0
    assert any("automatic recall" in line for line in said)


def test_splink_is_measured_on_the_same_records(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("splink")
    monkeypatch.setattr(dedup, "PEOPLE", 600)
    said: list[str] = []
    figures = dedup._splink(dedup._made(1.0), said.append)
    assert figures["Splink: best F1"] > 0.9
    assert 0 < figures["Splink with a NIK veto: recall at precision 0.999"] <= 1
    assert len(said) == len(figures) == 4


def test_other_niks_are_no_pair() -> None:
    one, twin, again = (
        facts_of(full_name="Ali", birth_date=date(1984, 3, 5), sex="male", nik=nik)
        for nik in ("1277010503840001", "1277010503840002", "1277010503840001")
    )
    pairs = [question(0, 1, 9), question(0, 2, 8)]
    assert without_other_niks([one, twin, again], pairs) == [pairs[1]]


def test_a_folder_that_is_no_sample_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"records\.csv"):
        call_command("bench", "dedup", sample=tmp_path)
    for name in ("records", "truth", "hardneg"):
        (tmp_path / f"{name}.csv").write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(CommandError, match="no labelled sample"):
        call_command("bench", "dedup", sample=tmp_path)


@pytest.mark.reference
@pytest.mark.skipif(not SAMPLE.is_dir(), reason="the labelled sample is not beside the checkout")
def test_the_labelled_sample_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, small in (("BATCH", 20), ("ROUNDS", 1), ("PEOPLE", 400)):
        monkeypatch.setattr(dedup, name, small)
    figures = dedup.bench_dedup(lambda _: None, SAMPLE)
    name = f"sample {SAMPLE.name}"
    assert figures[f"{name}: automatic precision"] >= 0.999
    assert figures[f"{name}: automatic recall"] >= 0.94
    assert figures[f"{name}: twins joined"] <= 0.05
    assert figures[f"{name}: best F1 with reviews"] >= 0.993
    with (SAMPLE / "records.csv").open(encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.reader(file)) > 10_000
