"""What duplicate hints cost, how well they warn, and what a thief of a tablet learns from them.

A made-up regency in which the thief knows everything but who is registered: how NIKs are made up,
that serials begin at 0001, and how common every name is.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from fixtures.mistyping import respelled, with_a_slip
from fixtures.names import full_name, people_of
from outreach.hinting import (
    Tags,
    capacity_bits_for,
    digest_of,
    filled,
    hint_name,
    packed,
    tag_bits,
)
from outreach.sealing import seal, unsealer

SIZES = (2_000, 100_000)
COVERAGES = (0.05, 0.2)
PEOPLE_A_DISTRICT = 25_000
"""Of working age, in a kecamatan."""
REGION = "33.74.01.1001"
"""In Java, where people share names more than elsewhere."""
OLDEST, DAYS = date(1961, 12, 1), 46 * 365
FEMALE_DAY = 40
NAMES = 100
SUSPICIOUS = 0.01
ASKED = 20_000
_KEYS = (b"the key of the first filter.....", b"the key of another filter.......")
_SECRET = b"what the decoys are drawn from"


class Resident(NamedTuple):
    """Somebody of working age; `name` is the hint_name."""

    nik: str
    full_name: str
    name: str
    sex: str


@dataclass(frozen=True)
class Use:
    """What a filter costs and how well it warns; shares are from 0 to 1.

    `bytes_per_100_000` is of this filter for as many people as this, `build_us` the CPU time a
    person. `false_hints` are of workers who are not registered; `warned` of registered ones asked
    about again, `respelled` with their name written in another way, `slip` with a letter wrong.
    """

    filter_bytes: int
    bytes_per_100_000: float
    build_us: float
    false_hints: float
    warned: float
    respelled: float
    slip: float


@dataclass(frozen=True)
class Theft:
    """What a thief of the filter learns; shares are from 0 to 1.

    Of the NIKs that the thief tries, `plausible` are registered. `name_1` says how many of the hits
    with the commonest name are right, `name_100` those with the 100 commonest; `suspicious` how
    many are registered of the hundredth of NIKs that the hits of all these names make most likely;
    `nik_only` how many of the hits would be, were hints about NIKs alone. `roll` says it of the
    hits of a thief who has a list of all residents with NIK and name. `two_keys` are the workers
    who are not registered and are hinted at by the filters of two keys.
    """

    plausible: float
    name_1: float
    name_100: float
    suspicious: float
    nik_only: float
    roll: float
    two_keys: float


class Filter:
    """The filter of some people under a key, as a tablet holds it."""

    def __init__(self, key: bytes, people: Iterable[tuple[str, str]]) -> None:
        self.key = key
        digests = np.fromiter((digest_of(key, *one) for one in people), np.uint32)
        self.bits = capacity_bits_for(np.unique(digests).size)
        self.tags = filled(digests, self.bits, _SECRET + key)

    def hits(self, asked: Iterable[tuple[str, str]]) -> NDArray[np.bool_]:
        digests: Tags = np.fromiter((digest_of(self.key, *one) for one in asked), np.uint32)
        return np.isin(digests >> (32 - tag_bits(self.bits)), self.tags)


def bench_hints(say: Callable[[str], None]) -> dict[str, float]:
    """Measure and print; gives some of the last figures by name."""
    figures = {}
    for coverage in COVERAGES:
        for people in SIZES:
            use, theft = measured(people, coverage, random.Random(people))
            say(
                f"{people:>7,} people, {coverage:.0%} of the residents: {use.filter_bytes:,} bytes"
                f" ({use.bytes_per_100_000:,.0f} for 100,000), built in {use.build_us:.1f} µs of"
                f" CPU a person"
            )
            say(
                f"        warned of {use.warned:.1%} of them, {use.respelled:.1%} respelled,"
                f" {use.slip:.1%} with a slip; of strangers {use.false_hints:.2%}"
            )
            say(
                f"        a thief: {theft.plausible:.1%} of plausible NIKs registered; hits right:"
                f" {theft.name_1:.1%} with the commonest name, {theft.name_100:.1%} with 100;"
                f" of the most suspicious {SUSPICIOUS:.0%} {theft.suspicious:.1%} registered"
            )
            say(
                f"        hits right with NIKs alone {theft.nik_only:.0%}, with a roll of NIKs and"
                f" names {theft.roll:.0%}; strangers hinted at under two keys {theft.two_keys:.3%}"
            )
            figures = {
                "false_hints": use.false_hints,
                "bytes_per_100_000": use.bytes_per_100_000,
                "suspicious": theft.suspicious,
            }
    return figures


def measured(
    people: int, coverage: float, rng: random.Random, *, niks: int = 10_000
) -> tuple[Use, Theft]:
    """Register so many people, this share of a regency; a thief tries so many NIKs."""
    residents = _residents(round(people / coverage), rng)
    registered, strangers = residents[:people], residents[people:]
    held = Filter(_KEYS[0], _items(registered))
    false = held.hits(_items(strangers))
    false_too = Filter(_KEYS[1], _items(registered)).hits(_items(strangers))
    content = packed(held.tags)
    some = registered[:ASKED]
    other_ways = [(one, respelled(rng, one.full_name, one.sex)) for one in some]
    slips = [(one, with_a_slip(rng, one.full_name)) for one in some]
    use = Use(
        filter_bytes=len(content),
        bytes_per_100_000=len(content) / people * 100_000,
        build_us=_build_us(registered[:ASKED]),
        false_hints=_share(false),
        warned=_share(held.hits(_items(registered))),
        respelled=_share(held.hits((one.nik, hint_name(name)) for one, name in other_ways)),
        slip=_share(held.hits((one.nik, hint_name(name)) for one, name in slips)),
    )
    tried = _Tried(registered, residents, niks, rng)
    theft = Theft(
        plausible=_share(tried.registered),
        **tried.hits_of(held),
        nik_only=tried.right_by_nik(held.key),
        roll=people / (people + int(false.sum())),
        two_keys=_share(false & false_too),
    )
    return use, theft


class _Tried:
    """Plausible NIKs, and the commonest names of each sex with how common they are."""

    def __init__(
        self,
        registered: Sequence[Resident],
        residents: Sequence[Resident],
        niks: int,
        rng: random.Random,
    ) -> None:
        self.owners = {one.nik: one.name for one in registered}
        self.niks = [f"{stem}0001" for stem in dict.fromkeys(_stems(len(residents), niks, rng))]
        self.registered = np.array([nik in self.owners for nik in self.niks])
        self.names = {}
        for sex in ("female", "male"):
            names = Counter(one.name for one in residents if one.sex == sex)
            self.names[sex] = [
                (name, count / names.total()) for name, count in names.most_common(NAMES)
            ]

    def hits_of(self, held: Filter) -> dict[str, float]:
        """Tries each name with each NIK: `name_1`, `name_100` and `suspicious` of Theft."""
        hits, right = np.zeros(NAMES), np.zeros(NAMES)
        evidence = np.zeros(len(self.niks))
        for place in range(NAMES):
            guessed = [self.names[_sex(nik)][place] for nik in self.niks]
            hit = held.hits((nik, name) for nik, (name, _) in zip(self.niks, guessed, strict=True))
            true = [
                self.owners.get(nik) == name
                for nik, (name, _) in zip(self.niks, guessed, strict=True)
            ]
            hits[place], right[place] = hit.sum(), np.sum(true)
            # A NIK is the likelier registered the commoner the names are that hit.
            evidence += hit * np.array([share for _, share in guessed])
        most = np.argsort(-evidence, kind="stable")[: round(len(self.niks) * SUSPICIOUS)]
        return {
            "name_1": right[0] / max(hits[0], 1),
            "name_100": right.sum() / max(hits.sum(), 1),
            "suspicious": _share(self.registered[most]),
        }

    def right_by_nik(self, key: bytes) -> float:
        """How many of the hits would be right, were hints about NIKs alone."""
        held = Filter(key, ((nik, "") for nik in self.owners))
        return _share(self.registered[held.hits((nik, "") for nik in self.niks)])


def _residents(number: int, rng: random.Random) -> list[Resident]:
    """In random order; serials of one district, day and sex count up from 1."""
    serials: Counter[str] = Counter()
    residents = []
    for stem in _stems(number, number, rng):
        serials[stem] += 1
        sex = _sex(stem)
        name = full_name(rng, people_of(rng, REGION), sex)
        residents.append(Resident(f"{stem}{serials[stem]:04}", name, hint_name(name), sex))
    rng.shuffle(residents)
    return residents


def _stems(residents: int, number: int, rng: random.Random) -> Iterator[str]:
    """The first 12 digits of so many NIKs in a regency of this size."""
    districts = max(1, round(residents / PEOPLE_A_DISTRICT))
    for _ in range(number):
        born = OLDEST + timedelta(days=rng.randrange(DAYS))
        day = born.day + rng.choice((0, FEMALE_DAY))
        yield f"3374{rng.randint(1, districts):02}{day:02}{born:%m%y}"


def _sex(nik: str) -> str:
    return "female" if int(nik[6:8]) > FEMALE_DAY else "male"


def _items(people: Iterable[Resident]) -> Iterator[tuple[str, str]]:
    return ((one.nik, one.name) for one in people)


def _share(found: NDArray[np.bool_]) -> float:
    return float(found.mean()) if found.size else 0.0


def _build_us(people: Sequence[Resident]) -> float:
    """CPU time a person of what a build does beside reading rows."""
    rows = [(row_id := uuid4(), seal(one.nik, row_id), one.full_name) for one in people]
    began = time.process_time()
    unseal = unsealer()
    items = ((unseal(nik, row.bytes).decode(), hint_name(name)) for row, nik, name in rows)
    packed(Filter(_KEYS[0], items).tags)
    return (time.process_time() - began) / len(rows) * 1e6
