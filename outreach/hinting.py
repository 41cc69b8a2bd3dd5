"""Hints that somebody is probably registered already, for a tablet without signal.

A hint is about a NIK together with a name. Both go through a keyed hash that is cut short, so that
of strangers one in 2**FALSE_BITS is hinted at too, and a territory's hashes lie among decoys: what
that means for a thief is decision 26. A tablet does the same in its own language, so what is here
never changes; another way gets another RECIPE.
"""

import hashlib
import hmac
import re
import unicodedata
from typing import Literal

import numpy as np
from numpy.typing import NDArray

RECIPE: Literal["nik-name-1"] = "nik-name-1"
FALSE_BITS = 7
LEAST_CAPACITY_BITS, MOST_CAPACITY_BITS = 12, 22
"""A filter holds 2**12 tags at least, so that a small territory does not show how small it is, and
2**22 at most, which is 4.5 MB."""
RICE_BITS = 6
_DIGEST_BITS = 32

Tags = NDArray[np.uint32]

_BETWEEN = re.compile(r"[\t-\r .,/-]+")
_NO_LETTER = re.compile(r"[^a-z ]")
_LEFT_OUT = frozenset(
    re.findall(
        r"\w+",
        """h hj haji hajah hajjah ir drs dra dr prof bapak bpk ibu bin binti sh se spd sag siti st
        m md mhd moh mohd muh muhamad muhammad mohamad mohammad""",
    )
)
_SOUNDS = (("oe", "u"), ("dj", "j"), ("tj", "c"), ("sj", "s"), ("sy", "s"), ("kh", "h"),
           ("ch", "c"), ("ph", "p"), ("f", "p"), ("v", "p"), ("z", "j"), ("q", "k"),
           ("x", "ks"))  # fmt: skip
_AFTER_THE_FIRST = re.compile(r"(?<=.)[aeiouyhw]")
_DOUBLED = re.compile(r"(.)\1+")


class TooManyPeople(Exception):
    """More people than a filter can hold."""


def hint_name(full_name: str) -> str:
    """What of a name a hint is about: the sounds of its words, in alphabetical order.

    What comes after a comma is a degree. After decomposition (NFKD) and lower case, words are
    parted by spaces, U+0009 to U+000D, full stops, slashes and hyphens, and all but a to z is
    dropped. _LEFT_OUT and single letters are left out unless nothing else remains, then _SOUNDS
    are replaced one after the other. Where there are several words, each keeps its first letter
    and then its consonants but h, w and y. Letters that follow themselves are written once.
    """
    name = full_name.partition(",")[0] or full_name
    plain = _BETWEEN.sub(" ", unicodedata.normalize("NFKD", name).lower())
    words = _NO_LETTER.sub("", plain).split()
    kept = [word for word in words if len(word) > 1 and word not in _LEFT_OUT] or words
    for old, new in _SOUNDS:
        kept = [word.replace(old, new) for word in kept]
    if len(kept) > 1:
        kept = [_AFTER_THE_FIRST.sub("", word) for word in kept]
    return " ".join(sorted(_DOUBLED.sub(r"\1", word) for word in kept))


def digest_of(key: bytes, nik: str, name: str) -> int:
    """The first 32 bits of HMAC-SHA256 over the NIK, a line feed and the hint_name.

    A filter holds the first few of them as a tag.
    """
    return int.from_bytes(hmac.digest(key, f"{nik}\n{name}".encode(), "sha256")[:4], "big")


def capacity_bits_for(people: int, kept: int = LEAST_CAPACITY_BITS) -> int:
    """How large a filter of so many has to be, never smaller than it was, with room for decoys.

    Raises TooManyPeople.
    """
    bits = max(kept, LEAST_CAPACITY_BITS)
    while people * 8 > 7 << bits:
        bits += 1
    if bits > MOST_CAPACITY_BITS:
        raise TooManyPeople
    return bits


def tag_bits(capacity_bits: int) -> int:
    return capacity_bits + FALSE_BITS


def filled(digests: Tags, capacity_bits: int, secret: bytes) -> Tags:
    """The tags of these digests among decoys, 2**capacity_bits of them, ascending.

    The decoys come from the secret, always in the same order, the last ones giving way to people.
    A filter of twice the capacity continues its tags by one bit: what was a false hint and is one
    still is the same for whoever holds both.
    """
    capacity, cut = 1 << capacity_bits, _DIGEST_BITS - tag_bits(capacity_bits)
    people = np.unique(digests >> cut)
    stream = hashlib.shake_256(secret).digest(4 * (capacity + capacity // 16 + 64))
    drawn = np.frombuffer(stream, ">u4").astype(np.uint32) >> cut
    decoys = drawn[np.sort(np.unique(drawn, return_index=True)[1])]
    decoys = decoys[~np.isin(decoys, people)]
    return np.sort(np.concatenate([people, decoys[: capacity - people.size]])).astype(np.uint32)


def packed(tags: Tags) -> bytes:
    """Ascending tags as Rice codes of what lies between them, the highest bit first.

    For the first tag as it is, and for each other less the one before and less 1: the value
    shifted right by RICE_BITS as so many ones and a zero, then its last RICE_BITS bits.
    """
    ends_at = tags.astype(np.int64)
    gaps = ends_at - np.concatenate([np.array([-1]), ends_at[:-1]]) - 1
    lengths = (gaps >> RICE_BITS) + 1 + RICE_BITS
    ends = np.cumsum(lengths)
    bits = np.ones(int(ends[-1]), np.uint8)
    stops = ends - RICE_BITS - 1
    bits[stops] = 0
    for place in range(RICE_BITS):
        bits[stops + 1 + place] = gaps >> (RICE_BITS - 1 - place) & 1
    return np.packbits(bits).tobytes()
