"""What people said of pairs of registrations, in the form that weights are fitted again from.

A file of answers holds one JSON document a line. It has what was compared and what was said, and
nobody's name, number, date or registration: it may leave the machine.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from outreach.dedup.columns import columns_of
from outreach.dedup.comparing import compare
from outreach.dedup.deciding import vetoes
from outreach.dedup.facts import Facts
from outreach.dedup.features import FEATURES, feature_matrix
from outreach.dedup.frequencies import Frequencies


class Answer(NamedTuple):
    """Whether two registrations are one person, as somebody said.

    `about` tells the two apart from others, and says nothing else of them. `left` has the smaller
    id, as when the pair was judged. `sharing`: the other registrations with the NIK or the phone of
    `left`, since it counts how many use them; what too many share is blank.
    """

    about: tuple[str, str]
    left: Facts
    right: Facts
    is_same: bool
    sharing: tuple[Facts, ...] = ()


class Lesson(msgspec.Struct, frozen=True):
    """An answer with what is compared of its two registrations, instead of what they say.

    `features` are those that are not 0, by name, and were measured with the table of names
    `frequencies`; `vetoes` are outreach.dedup.deciding.Veto bits.
    """

    left: str
    right: str
    is_same: bool
    frequencies: str
    features: dict[str, float]
    vetoes: int


class AnswersUnreadable(ValueError):
    """A file that does not hold answers for these features; the text says where."""


def lessons_of(answers: Sequence[Answer], frequencies: Frequencies) -> list[Lesson]:
    """The answers as lessons, in their order."""
    records = [record for one in answers for record in (one.left, one.right)]
    records += {record for one in answers for record in one.sharing} - set(records)
    left = np.arange(0, 2 * len(answers), 2)
    pair = compare(columns_of(records, frequencies), left, left + 1)
    return [
        Lesson(
            *one.about,
            is_same=one.is_same,
            frequencies=frequencies.version,
            features={name: value for name, value in zip(FEATURES, row, strict=True) if value},
            vetoes=bits,
        )
        for one, row, bits in zip(
            answers, feature_matrix(pair).tolist(), vetoes(pair).tolist(), strict=True
        )
    ]


def lines_of(lessons: Iterable[Lesson]) -> Iterator[bytes]:
    """A line for each lesson, for a file that read_lessons reads."""
    encode = msgspec.json.Encoder().encode
    for one in lessons:
        yield encode(one) + b"\n"


def read_lessons(path: Path, frequencies: Frequencies) -> Iterator[Lesson]:
    """The lessons in a file. Raises AnswersUnreadable, or OSError."""
    decode, names = msgspec.json.Decoder(Lesson).decode, frozenset(FEATURES)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            where = f"{path}, line {number}"
            try:
                lesson = decode(line)
            except msgspec.MsgspecError as error:
                raise AnswersUnreadable(f"{where}: {error}.") from error
            if lesson.frequencies != frequencies.version or not names.issuperset(lesson.features):
                raise AnswersUnreadable(
                    f"{where}: another version compared these, with other features or names. "
                    "Export the answers again with this one."
                )
            yield lesson
