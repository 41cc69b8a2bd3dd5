"""Which word of one name is which word of the other, whatever their order."""

from dataclasses import dataclass

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from outreach.dedup.columns import WORDS_COMPARED, Bools, Floats, Ints, Words

_INITIAL = np.float32(0.5)
_TRUNCATED = np.float32(0.75)
_LEAST_ALIKE = 0.6
_MOST_LETTERS_APART = 4
_MOST_LONGER = 3
_JOINED_ALIKE = 0.85
_JOINED_WORTH = 0.9


@dataclass(frozen=True, slots=True)
class Alignment:
    """For each pair of names. Weights are rarities (see Frequencies), summed over words.

    `agreed`: of matched words, in proportion to how alike they are; `left_alone`, `right_alone`:
    of words without a partner, 0 where the names are the same letters but for their spaces;
    `shared`: of words matched exactly; `typos`: letters that differ within matched words;
    `cousins`: matched words that differ and are both names in the table, as Rina and Rini;
    `initials`: words matched by their first letter alone; `joined`: alike only without spaces;
    `known`: there is a name on both sides; `same`: the same words.
    """

    agreed: Floats
    left_alone: Floats
    right_alone: Floats
    shared: Floats
    typos: Floats
    cousins: Floats
    initials: Floats
    joined: Bools
    known: Bools
    same: Bools


def align(words: Words, left: Ints, right: Ints) -> Alignment:
    """Align the names of records `left[i]` and `right[i]`."""
    a, b = words.ids[left], words.ids[right]
    width = max(_width(a), _width(b))
    a, b = a[:, :width], b[:, :width]
    alike, typos = _alikeness(words, a, b)
    found = _matched(words, a, b, alike, typos)
    known = (words.ids[left, 0] > 0) & (words.ids[right, 0] > 0)
    same = known & (words.keys[left] == words.keys[right])
    joined = _joined(words, left, right, known & (found.left_alone + found.right_alone > 0))
    apart = np.where(joined, np.float32(0), np.float32(1))
    weight = np.minimum(words.rarity[a].sum(axis=1), words.rarity[b].sum(axis=1))
    agreed = np.where(joined, np.maximum(found.agreed, _JOINED_WORTH * weight), found.agreed)
    return Alignment(
        agreed=agreed.astype(np.float32),
        left_alone=found.left_alone * apart,
        right_alone=found.right_alone * apart,
        shared=found.shared,
        typos=found.typos,
        cousins=found.cousins,
        initials=found.initials,
        joined=joined,
        known=known,
        same=same,
    )


def _joined(words: Words, left: Ints, right: Ints, doubtful: Bools) -> Bools:
    """Whether the names are the same but for their spaces, and a letter or two."""
    letters = words.length[words.ids].sum(axis=1)
    joined = np.zeros(len(left), np.bool_)
    worth = np.flatnonzero(doubtful & (np.abs(letters[left] - letters[right]) <= _MOST_LONGER))
    if len(worth):
        alike = process.cpdist(
            words.joined(left[worth]),
            words.joined(right[worth]),
            scorer=OSA.normalized_similarity,
            dtype=np.float32,
            score_cutoff=_JOINED_ALIKE,
        )
        joined[worth] = alike >= _JOINED_ALIKE
    return joined


def _width(ids: Ints) -> int:
    """How many words the longest of the names has; at least 1."""
    used = np.flatnonzero(ids.any(axis=0))
    return int(used[-1]) + 1 if len(used) else 1


def _alikeness(words: Words, a: Ints, b: Ints) -> tuple[Floats, Floats]:
    """How alike each word of `a` is to each of `b`, 0 to 1, and the letters that differ."""
    pairs, width = a.shape
    left = np.repeat(a, width, axis=1).ravel()
    right = np.tile(b, (1, width)).ravel()
    there = (left > 0) & (right > 0)
    alike = ((left == right) & there).astype(np.float32)
    typos = np.zeros(len(left), np.float32)
    unlike = np.flatnonzero(there & (left != right))
    x, y = left[unlike], right[unlike]
    length_x, length_y = words.length[x], words.length[y]
    shorter = np.minimum(length_x, length_y)
    initial = (shorter == 1) & (words.first[x] == words.first[y])
    alike[unlike[initial]] = _INITIAL
    truncated = (words.start[x] == words.start[y]) & (shorter >= 3)
    near = (
        (np.bitwise_count(words.letters[x] ^ words.letters[y]) <= _MOST_LETTERS_APART)
        & (np.abs(length_x - length_y) <= _MOST_LONGER)
        & (shorter >= 3)
    )
    worth = np.flatnonzero(near | truncated)
    if len(worth):
        texts_x = [words.texts[at] for at in x[worth].tolist()]
        texts_y = [words.texts[at] for at in y[worth].tolist()]
        apart = process.cpdist(texts_x, texts_y, scorer=OSA.distance, dtype=np.uint8)
        longer = np.maximum(length_x, length_y)[worth]
        score = (1 - apart / longer).astype(np.float32)
        # One name is the beginning of the other when only the missing letters differ.
        prefix = truncated[worth] & (apart == longer - shorter[worth])
        score = np.where(prefix, np.maximum(score, _TRUNCATED), score)
        score[score < _LEAST_ALIKE] = 0
        alike[unlike[worth]] = score
        typos[unlike[worth]] = apart
    shape = (pairs, width * width)
    return alike.reshape(shape), typos.reshape(shape)


@dataclass(frozen=True, slots=True)
class _Matched:
    agreed: Floats
    left_alone: Floats
    right_alone: Floats
    shared: Floats
    typos: Floats
    cousins: Floats
    initials: Floats


def _matched(words: Words, a: Ints, b: Ints, alike: Floats, typos: Floats) -> _Matched:
    """Take the most alike words as partners, then the next, until none is left."""
    pairs, width = a.shape
    weight_a, weight_b = words.rarity[a], words.rarity[b]
    agreed, shared, slips, cousins, initials = (np.zeros(pairs, np.float32) for _ in range(5))
    listed_a, listed_b = words.listed[a], words.listed[b]
    left_alone, right_alone = weight_a.sum(axis=1), weight_b.sum(axis=1)
    open_pairs = np.arange(pairs)
    left_to_match = alike.copy()
    for _ in range(min(width, WORDS_COMPARED)):
        best = left_to_match[open_pairs].argmax(axis=1)
        score = left_to_match[open_pairs, best]
        found = score > 0
        open_pairs, best, score = open_pairs[found], best[found], score[found]
        if not len(open_pairs):
            break
        row, column = best // width, best % width
        wa, wb = weight_a[open_pairs, row], weight_b[open_pairs, column]
        by_initial = score == _INITIAL
        weight = np.where(by_initial, np.minimum(wa, wb), np.maximum(wa, wb))
        agreed[open_pairs] += np.where(by_initial, 0.5, score) * weight
        shared[open_pairs] += np.where(score == 1, wa, 0)
        slip = typos[open_pairs, best]
        slips[open_pairs] += slip
        cousins[open_pairs] += (slip > 0) & listed_a[open_pairs, row] & listed_b[open_pairs, column]
        initials[open_pairs] += by_initial
        left_alone[open_pairs] -= wa
        right_alone[open_pairs] -= wb
        for place in range(width):
            left_to_match[open_pairs, row * width + place] = 0
            left_to_match[open_pairs, place * width + column] = 0
    # Sums of floats in another order leave dust.
    left_alone[left_alone < 0.01] = 0
    right_alone[right_alone < 0.01] = 0
    return _Matched(agreed, left_alone, right_alone, shared, slips, cousins, initials)
