"""Which registrations are worth comparing: those that share a key.

The keys are plain text. Whoever stores them hashes each with a secret, family included. Keys of
different families never mix, and the families overlap on purpose: whatever a kader mistypes, some
other key still leads to the person.
"""

from datetime import date
from functools import lru_cache

from outreach.dedup.facts import Facts
from outreach.dedup.nik import nik_facts

MOST_HOLDERS = 100
"""A key that more records hold says nothing and leads nowhere."""

WEAK_FAMILIES = frozenset(
    ("year_name", "year_village", "date_regency", "date_mother", "date_occupation", "name_regency",
     "name_mother", "village_word")
)  # fmt: skip
"""Keys of these say little by themselves, and weigh half beside sketches. Their holders grow with
the store, and next to none of them are the person sought."""

_OF_A_CROWD = frozenset(
    ("year_name", "year_village", "village_word", "date_mother", "date_occupation", "name_mother")
)
"""Keys that tell next to nothing among a hundred people of one name and birth date: with these a
village, an occupation or a mother's name in common is no wonder any more."""

_YOUNGEST = 2020
"""Of 1920 and 2020 a card means the later; of 1921 and 2021 the earlier."""
_WORDS = 3
_SKELETON = 4
_VOWELS = frozenset("aeiou")
_COMMON = frozenset(
    ("muhamad", "ahmad", "abdul", "siti", "nur", "nurul", "sri", "dewi", "putri", "i", "ni",
     "wayan", "made", "nyoman", "ketut", "andi")
)  # fmt: skip
"""Words that half a village bears: no key where the name has others."""


def blocking_keys(facts: Facts) -> list[tuple[str, str]]:
    """The (family, text) keys of a record; none for what is not known."""
    nik = [("nik", facts.nik)] if len(facts.nik) == 16 else []
    return [*nik, *_name_keys(facts), *_date_keys(facts), *_home_keys(facts)]


def crowd_keys(facts: Facts) -> list[tuple[str, str]]:
    """Those of the keys of a record that all hold who bear its name and birth date in its regency;
    none where one of these is not known. Where all of them are crowded, so is the record."""
    name, regency = " ".join(skeletons(facts.name)), facts.village[:4]
    if not (name and regency and facts.birth_date):
        return []
    born = date.fromordinal(facts.birth_date)
    return [
        ("name_regency", f"{regency} {name}"),
        ("date_regency", f"{born} {regency}"),
        *(("date_word", f"{born} {word}") for word in skeletons(facts.name)),
    ]


def telling_keys(facts: Facts) -> list[tuple[str, str]]:
    """The keys of a record in a crowd: its numbers and its home. All of `crowd_keys` stay, so that
    they can be counted."""
    return [key for key in blocking_keys(facts) if key[0] not in _OF_A_CROWD]


def _date_keys(facts: Facts) -> list[tuple[str, str]]:
    on_card = _date_on_card(facts.nik)
    keys = []
    if on_card and on_card.toordinal() != facts.birth_date:
        # Where no date was told, or another one, the card may still know.
        keys = [("date_word", f"{on_card} {word}") for word in skeletons(facts.name)]
        keys += [("date_regency", f"{on_card} {facts.village[:4]}")] if facts.village else []
    return keys + _told_date_keys(facts) if facts.birth_date else keys


def _date_on_card(nik: str) -> date | None:
    if len(nik) != 16:
        return None
    dates = nik_facts(nik).birth_dates
    likely = [one for one in dates if one.year <= _YOUNGEST]
    return likely[-1] if likely else None


def _told_date_keys(facts: Facts) -> list[tuple[str, str]]:
    born = date.fromordinal(facts.birth_date)
    keys = [("date_word", f"{born} {word}") for word in skeletons(facts.name)]
    keys += [("date_mother", f"{born} {word}") for word in skeletons(facts.mother)[:1]]
    keys += [("date_occupation", f"{born} {facts.occupation}")] if facts.occupation else []
    if facts.village:
        keys += [
            ("date_regency", f"{born} {facts.village[:4]}"),
            ("year_village", f"{born.year} {facts.sex} {facts.village}"),
        ]
    return keys


def _name_keys(facts: Facts) -> list[tuple[str, str]]:
    name, mother = " ".join(skeletons(facts.name)), " ".join(skeletons(facts.mother))
    keys = []
    if name and mother:
        keys.append(("name_mother", f"{name}|{mother}"))
    if name and facts.village:
        keys.append(("name_regency", f"{facts.village[:4]} {name}"))
    if name and facts.birth_date:
        keys.append(("year_name", f"{date.fromordinal(facts.birth_date).year} {name}"))
    return keys


def _home_keys(facts: Facts) -> list[tuple[str, str]]:
    keys = [("phone", facts.phone)] if facts.phone else []
    if facts.village:
        keys += [("village_word", f"{facts.village} {word}") for word in skeletons(facts.name)]
        if facts.address:
            keys.append(("village_address", f"{facts.village} {facts.sex} {facts.address}"))
    return keys


@lru_cache(maxsize=20_000)
def skeletons(name: str) -> tuple[str, ...]:
    """The first letter and next consonants of the words that tell most, in alphabetical order."""
    words = [word for word in name.split() if len(word) > 1]
    telling = [word for word in words if word not in _COMMON] or words or name.split()
    return tuple(sorted({_skeleton(word) for word in telling[:_WORDS]}))


def _skeleton(word: str) -> str:
    consonants = [letter for letter in word[1:] if letter not in _VOWELS]
    return word[0] + "".join(consonants[: _SKELETON - 1])
