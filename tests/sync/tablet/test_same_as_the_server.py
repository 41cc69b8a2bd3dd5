"""What the client reckons by itself without signal equals what the server reckons."""

import base64
import random
from collections.abc import Callable
from datetime import date
from itertools import product
from typing import Any

import msgspec
import numpy as np
import pytest

from fixtures.mistyping import as_heard, respelled, with_a_wrong_letter
from outreach.contributions.quoting import Worker, quote
from outreach.contributions.rules import Bracket, BracketTable, RuleBook
from outreach.contributions.storing import current_rules
from outreach.dedup.nik import disagrees, is_placeholder
from outreach.hinting import FALSE_BITS, RICE_BITS, digest_of, filled, hint_name, packed
from tests.sync.tablet.conftest import Hand

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Take = Callable[..., Hand]

NAMES = (
    "Hj. St. Aminah Harahap, S.Pd.",
    "M.Joesoef",
    "Djoko Widagdo",
    "Nur-Hayati",
    "Sjarifuddin  Chaidir",
    "José Xaverius",
    "H",
    ", Siti",
    "Budi\u00a0Aji",
    "Bu\u2028di\ufeff",
    "李",
    "İlham Ölçer",
    "Ⅳ ﬁrman",
    "",
)
NIKS = (
    "9901014503840002",
    "9901010101900001",
    "9999999999999999",
    "1234567890123456",
    "9876543210987654",
    "9901014503840000",
    "9901013213840002",
    "9901018003840002",
    "9901010002300002",
)


def client(take: Take) -> Callable[..., Any]:
    """Calls a function of one of the client's modules in its page."""
    hand = take()
    hand.page.goto(f"{hand.address}/tablet/")

    def call(module: str, function: str, calls: list[list[Any]]) -> Any:
        return hand.page.evaluate(
            "async ([module, name, calls]) => {"
            " const found = (await import(`/tablet/${module}.js`))[name];"
            " return Promise.all(calls.map((one) => found(...one))); }",
            [module, function, calls],
        )

    return call


def test_names_niks_and_hints(cast: object, take: Take) -> None:
    call = client(take)
    rng = random.Random(7)
    drawn = [
        change(rng, name)
        for name in ("Muhammad Yusuf", "Nurhayati Siregar", "Oesman bin Tjipto")
        for change in (
            as_heard,
            with_a_wrong_letter,
            lambda rng, name: respelled(rng, name, "male"),
        )
        for _ in range(8)
    ]
    names = [*NAMES, *drawn]
    assert call("hints", "hintName", [[name] for name in names]) == [*map(hint_name, names)]

    assert call("nik", "isPlaceholder", [[nik] for nik in NIKS]) == [*map(is_placeholder, NIKS)]
    declared = list(product(NIKS, ("1984-03-05", "1990-01-01", "2000-02-29"), ("female", "male")))
    found = call("nik", "disagrees", [list(one) for one in declared])
    assert found == [
        list(disagrees(nik, date.fromisoformat(born), sex)) for nik, born, sex in declared
    ]

    key, bits = b"k" * 32, 12
    people: list[tuple[str, str]] = [
        (NIKS[at % 2], f"{name} {at}") for at, name in enumerate(names)
    ]
    digests = np.array([digest_of(key, nik, hint_name(name)) for nik, name in people], np.uint32)
    tags = filled(digests, bits, b"decoys")
    hints = {
        "is_on": True,
        "recipe": "nik-name-1",
        "count": 1 << bits,
        "tag_bits": bits + FALSE_BITS,
        "rice_bits": RICE_BITS,
        "key": base64.b64encode(key).decode(),
        "filter": base64.b64encode(packed(tags)).decode(),
    }
    strangers = [(f"99010101019{at:05}", "Rahmat Hidayat") for at in range(200)]
    asked = [*people, *strangers]
    known = set(tags.tolist())
    assert call("hints", "isHinted", [[hints, *one] for one in asked]) == [
        digest_of(key, nik, hint_name(name)) >> (32 - bits - FALSE_BITS) in known
        for nik, name in asked
    ]
    assert call("hints", "isHinted", [[hints | {"recipe": "another"}, *people[0]]]) == [False]


def test_quotes(cast: object, take: Take) -> None:
    known = current_rules()
    brackets = [Bracket(0, 1_000_000, 1_000_000), Bracket(1_000_001, None, 2_500_500)]
    table = BracketTable("t", "2026-01", None, 1, brackets, "made up")
    workers = [
        Worker(income, programmes, transport, payer, employer, month, months)
        for income in (None, 0, 1_000_000, 1_000_001, 12_345_678)
        for programmes in (["JKK"], ["JKK", "JKM"], ["JKK", "JKM", "JHT"])
        for transport in (None, True, False)
        for payer in (None, "self", "local_budget")
        for employer in (False, True)
        for month, months in (("2025-11", 3), ("2026-03", 1), ("2026-11", 6), ("2027-02", None))
    ]
    call = client(take)
    for tables in ([], [table]):
        book = RuleBook(known.number, known.rules, known.reliefs, tables)
        rules = msgspec.to_builtins(
            {"rules": book.rules, "reliefs": book.reliefs, "bracket_tables": book.tables}
        )
        told = call("quote", "quote", [[worker._asdict(), rules] for worker in workers])
        assert sum(one["total"] is not None for one in told) > 50
        for worker, one in zip(workers, told, strict=True):
            expected = quote(worker, book)
            total = expected.total and expected.total.total
            assert one["total"] == total, (worker, one, expected)
