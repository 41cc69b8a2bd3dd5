"""How common names are, from a versioned table: a verdict must not depend on today's store."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import log
from typing import Any

from outreach.dedup.names import is_title

_RAREST, _COMMONEST = 9.0, 1.5
_UNKNOWN = 6.5
"""Natural logarithms of one in …: what a word outside the table counts as."""
_LEAST_COUNT = 3
_MOST_NAMES = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Frequencies:
    """`words`: folded word → how many of `people` bear it; `names`: name key → likewise.

    Only the commoner half is listed. `version` names the table; a decision is stored with it.
    """

    version: str
    people: int
    words: Mapping[str, int]
    names: Mapping[str, int] = field(default_factory=dict)

    def rarity(self, word: str) -> float:
        """ln(people / bearers) of a word, bounded; an initial says next to nothing, and so does a
        title or a number that stands where a name should."""
        if len(word) == 1 or word.isdigit() or is_title(word):
            return 1.0
        count = self.words.get(word)
        if count is None:
            return _UNKNOWN
        return min(max(log(self.people / count), _COMMONEST), _RAREST)

    def commonness(self, name_key: str) -> float:
        """ln(bearers + 1) of a full name per 10,000 people; 0 for one that is not listed."""
        count = self.names.get(name_key, 0)
        return log(1 + 10_000 * count / self.people) if count else 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "people": self.people,
            "words": dict(self.words),
            "names": dict(self.names),
        }


def counted(version: str, names: Iterable[str]) -> Frequencies:
    """The table of folded names, one for each person."""
    words: Counter[str] = Counter()
    full: Counter[str] = Counter()
    people = 0
    for name in names:
        people += 1
        parts = sorted(name.split())
        words.update(set(parts))
        full[" ".join(parts)] += 1
    return Frequencies(
        version,
        max(people, 1),
        {word: count for word, count in sorted(words.items()) if count >= _LEAST_COUNT},
        dict(sorted((n, c) for n, c in full.most_common(_MOST_NAMES) if c >= _LEAST_COUNT)),
    )


def frequencies_of(document: Mapping[str, Any]) -> Frequencies:
    return Frequencies(
        document["version"], document["people"], document["words"], document["names"]
    )


@cache
def shipped_frequencies() -> Frequencies:
    """The table the shipped model was trained with."""
    text = files("outreach.dedup").joinpath("frequencies.json").read_text("utf-8")
    return frequencies_of(json.loads(text))
