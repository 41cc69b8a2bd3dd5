"""From answers over the API to weights of a new version, and from these to questions."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from fixtures import dedup_refitting
from fixtures.dedup_training import Sizes, train
from outreach.dedup.scoring import model_of, shipped_model
from outreach.matching import lessons
from outreach.matching.sweeping import sweep
from outreach.models import MatchPair
from tests.cast import Cast, client_of, pushed
from tests.outreach.matching.asked import (
    REVIEWS,
    STRANGER,
    in_force,
    merge,
    open_questions,
    person_of,
    say,
    split,
    twins,
    undo,
)
from tests.outreach.matching.crowd import crowd, push_all, stored_people
from tests.records import NOW

pytestmark = pytest.mark.django_db


def exported(folder: Path) -> list[dict[str, Any]]:
    path = folder / "answers.jsonl"
    call_command("export_answers", path)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_an_answer_is_exported_without_saying_whom_it_is_about(cast: Cast, tmp_path: Path) -> None:
    first, second, question = twins(cast)
    say(cast.rina, question, "different-people")

    [answer] = exported(tmp_path)

    assert answer["is_same"] is False
    assert answer["vetoes"] == question.vetoes
    assert answer["features"]["nik_twin"] == 1
    scored = shipped_model().intercept + sum(
        shipped_model().weights[name] * value for name, value in answer["features"].items()
    )
    assert scored == pytest.approx(question.score, abs=1e-3)
    text = (tmp_path / "answers.jsonl").read_text("utf-8").lower()
    for record in (first, second):
        for personal in (*record.full_name.lower().split(), str(record.pk), "9901014503", "mesjid"):
            assert personal not in text
    [again] = exported(tmp_path)
    assert again["left"] != answer["left"]


def test_only_what_holds_is_exported_and_once_for_a_pair(cast: Cast, tmp_path: Path) -> None:
    first, second, question = twins(cast)
    wrong = say(cast.rina, question, "different-people")
    undo(cast.rina, wrong)
    assert exported(tmp_path) == []

    say(cast.rina, question, "same-person")
    stranger = pushed(cast, **STRANGER)
    merge(cast.rina, person_of(stranger), person_of(first))
    assert sorted(one["is_same"] for one in exported(tmp_path)) == [True, True]

    split(cast.rina, person_of(first), stranger)
    answers = exported(tmp_path)
    assert sorted(one["is_same"] for one in answers) == [False, True]
    assert len({one["left"] for one in answers} | {one["right"] for one in answers}) == 3
    split(cast.rina, person_of(first), second)
    assert [one["is_same"] for one in exported(tmp_path)] == [False, False]


def test_more_answers_than_are_read_at_once_are_all_exported(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_all(cast, crowd(cast, seed=10, people=60, noise=3.0))
    for question in open_questions():
        say(cast.rina, question, "different-people")
    whole = exported(tmp_path)
    monkeypatch.setattr(lessons, "AT_ONCE", 3)

    in_threes = exported(tmp_path)

    assert len(whole) > 6
    assert [one["features"] for one in in_threes] == [one["features"] for one in whole]


def test_a_file_that_cannot_be_written_is_said(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(Exception, match="No such file or directory"):
        call_command("export_answers", tmp_path / "none" / "answers.jsonl")


def test_answers_end_in_new_weights_that_move_nobody(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked at home, everybody turned out to be the same person who shares a village."""
    sizes = Sizes(fitted=120, validated=150, counted=150)
    poor, _ = train(9, date(2026, 11, 21), sizes, lambda _: None)
    monkeypatch.setattr("fixtures.management.commands.train_dedup.Sizes", lambda: sizes)
    monkeypatch.setattr(
        "fixtures.management.commands.train_dedup.shipped_model",
        lambda: replace(poor, weights={**poor.weights, "village_same": -6.0}),
    )
    monkeypatch.setattr(dedup_refitting, "FEWEST_ANSWERS", 12)
    monkeypatch.setattr(dedup_refitting, "FEWEST_OF_A_KIND", 3)
    push_all(cast, crowd(cast, seed=12, people=400, noise=3.0))
    for question in open_questions():
        likely = question.score > 0
        say(cast.rina, question, "same-person" if likely else "different-people")
    people, asked = stored_people(), client_of(cast.rina).get(REVIEWS).json()["results"]

    answers = exported(tmp_path)
    call_command("train_dedup", reviews=tmp_path / "answers.jsonl", into=tmp_path)
    model = model_of(json.loads((tmp_path / "model.json").read_text("utf-8")))
    in_force(monkeypatch, model)
    swept = sweep(NOW, everything=True)

    assert len(answers) > 12
    assert model.version.endswith(f"+{len(answers)}")
    assert asked == []
    assert swept.proposed > 0
    assert stored_people() == people
    assert not MatchPair.objects.filter(model=model.version, is_same=True).exists()
