"""Rules loaded by several at once, and while tablets push."""

from pathlib import Path

import pytest
from django.core.management import CommandError

from outreach.contributions.quoting import Quote
from outreach.contributions.snapshots import kept_quote
from outreach.contributions.storing import current_rules
from outreach.models import ContributionLoad, IncomeBracket, Registration
from tests.cast import Cast, pushed
from tests.outreach.contributions.rulebooks import CSV, load_brackets
from tests.records import strangers
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def loaded(folder: Path, text: str) -> str:
    """What came of loading brackets: nothing, or why they were refused."""
    folder.mkdir()
    try:
        load_brackets(folder, text=text)
    except CommandError as refused:
        return str(refused)
    return ""


def test_the_same_rules_loaded_at_once_are_there_once(db: None, tmp_path: Path) -> None:
    loads = ContributionLoad.objects.count()

    said = at_once([lambda at=place: loaded(tmp_path / str(at), CSV) for place in range(4)])  # type: ignore[misc]  # bound now

    assert said == [""] * 4
    assert ContributionLoad.objects.count() == loads + 1
    assert IncomeBracket.objects.count() == 3


def test_of_rules_that_contradict_each_other_one_is_loaded(db: None, tmp_path: Path) -> None:
    other = CSV.replace("2600000", "2700000")

    said = at_once(
        [
            lambda: loaded(tmp_path / "one", CSV),
            lambda: loaded(tmp_path / "other", other),
        ]
    )

    assert sorted(bool(why) for why in said) == [False, True]
    assert len(current_rules().tables) == 1
    assert IncomeBracket.objects.count() == 3


def test_each_push_quotes_by_rules_of_one_moment(cast: Cast, tmp_path: Path) -> None:
    people = strangers(12)

    def push() -> None:
        for one in people:
            pushed(cast, **one, monthly_income=2_500_000)

    at_once([push, lambda: loaded(tmp_path / "brackets", CSV)])

    newest = current_rules().number
    quotes = [kept_quote(one) for one in Registration.objects.order_by("received_at")]
    assert len(quotes) == len(people)
    for quote in quotes:
        assert isinstance(quote, Quote)
        assert (quote.missing == ()) == (quote.rules == newest)
    assert kept_quote(pushed(cast, monthly_income=2_500_000)).missing == ()  # type: ignore[union-attr]  # there is one
