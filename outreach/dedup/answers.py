"""What people said of pairs of registrations, in the form that weights are fitted again from.

Whoever keeps the answers hands them over as an iterable of Answer; a file of them holds one JSON
document a line. Such a file is as secret as the registrations: it has their numbers in it.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from outreach.dedup.clustering import Connection, groups
from outreach.dedup.columns import columns_of
from outreach.dedup.comparing import Comparison, compare
from outreach.dedup.facts import Facts
from outreach.dedup.frequencies import Frequencies


class Answer(NamedTuple):
    """Whether two registrations are one person, as somebody said.

    `left` has the smaller id, as when the pair was judged. `sharing`: the other registrations with
    the NIK or the phone of `left`, since it counts how many use them; what too many share is blank.
    """

    left: Facts
    right: Facts
    is_same: bool
    sharing: tuple[Facts, ...] = ()


class AnswersUnreadable(ValueError):
    """A file that does not hold answers; the text says where."""


def compared(answers: Sequence[Answer], frequencies: Frequencies) -> Comparison:
    """The comparison of each answer's two registrations, in their order."""
    records = [record for one in answers for record in (one.left, one.right)]
    records += {record for one in answers for record in one.sharing} - set(records)
    left = np.arange(0, 2 * len(answers), 2)
    return compare(columns_of(records, frequencies), left, left + 1)


def split(answers: Sequence[Answer], one_in: int) -> tuple[list[Answer], list[Answer]]:
    """The answers to fit on, and about one in so many that are held out. Answers that share a
    registration stay together; the order of the answers makes no difference."""
    linked = groups(Connection(one.left, one.right, 0) for one in answers)
    number = {
        record: place for place, group in enumerate(sorted(linked, key=min)) for record in group
    }
    fitted: list[Answer] = []
    held_out: list[Answer] = []
    for one in answers:
        (fitted if number[one.left] % one_in else held_out).append(one)
    return fitted, held_out


def lines_of(answers: Iterable[Answer]) -> Iterator[bytes]:
    """A line for each answer, for a file that read_answers reads."""
    encode = msgspec.json.Encoder().encode
    for one in answers:
        yield encode(one) + b"\n"


def read_answers(path: Path) -> Iterator[Answer]:
    """The answers in a file. Raises AnswersUnreadable, or OSError."""
    decode = msgspec.json.Decoder(Answer).decode
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield decode(line)
            except msgspec.MsgspecError as error:
                raise AnswersUnreadable(f"{path}, line {number}: {error}.") from error
