"""Finding registrations by what somebody remembers of them.

A name is found by its words: each word that is looked for has to begin one of them, in any order.
"nur" finds Nurhayati and Siti Nur; it does not find Maemunur, as no index leads there.
"""

import re
from typing import Literal, NamedTuple

from django.contrib.postgres.search import SearchQuery, SearchVectorExact
from django.db.models import Q

from outreach.dedup.facts import facts_of
from outreach.matching.keys import nik_key, phone_key
from outreach.models import MatchKey
from outreach.models.name_words import NameWords
from outreach.phone_numbers import to_look_up
from outreach.sealing import blind_index

NIK = re.compile(r"[0-9]{16}")
PHONE = re.compile(r"\+?[0-9]{8,15}")
_WORD = re.compile(r"[^\W_]+")
SEPARATORS = str.maketrans("", "", " .-()")


class Sought(NamedTuple):
    """What a search text is, in the form it is looked up in."""

    kind: Literal["nik", "phone", "name"]
    text: str


def sought(text: str) -> Sought:
    """Whether the text is a whole NIK, a phone number, or words of a name."""
    digits = text.translate(SEPARATORS)
    if NIK.fullmatch(digits):
        return Sought("nik", digits)
    if PHONE.fullmatch(digits):
        number = to_look_up(digits)
        return Sought("phone", number) if number else Sought("name", text)
    return Sought("name", text)


def matching(wanted: Sought) -> Q:
    """The condition on registrations; NIK and phone only match whole."""
    if wanted.kind == "name":
        return named(wanted.text)
    # The table of keys is the index: every registration with a usable number is in it.
    facts = facts_of(full_name="", nik=wanted.text, phone=wanted.text)
    key = nik_key(facts.nik) if wanted.kind == "nik" else phone_key(facts.phone)
    return Q(
        pk__in=MatchKey.objects.filter(key=key).values("registration"),
        **{f"{wanted.kind}_index": blind_index(wanted.kind, wanted.text)},
    )


def named(text: str) -> Q:
    """The condition on registrations in whose name a word begins with each word of the text."""
    words = _WORD.findall(text)
    begun = " & ".join(f"'{word}':*" for word in words)
    query = SearchQuery(begun, config="simple", search_type="raw")
    return Q(SearchVectorExact(NameWords("full_name"), query)) if words else Q(pk__in=[])
