"""What two records have in common and what speaks against them, for arrays of pairs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from outreach.dedup.alignment import Alignment, align
from outreach.dedup.columns import Bools, Columns, Floats, Ints, nik_dates

FAR = 99
_MOST_USERS = 64


@dataclass(frozen=True, slots=True)
class Niks:
    """`both`: two complete NIKs; `apart`: letters between two numbers (OSA), FAR where one is
    missing; `twin`: the same but for the serial; `fits`: how many of the two say their own record's
    date and sex (0-2); `crossed`: one says the other's birth date while not its own; `same_date`:
    digits 7-12 equal; `same_place`: digits 1-6; `same_serial`: digits 13-16; `users`: birth dates
    of the records that hold the shared number.
    """

    both: Bools
    one_missing: Bools
    none: Bools
    same: Bools
    apart: Ints
    twin: Bools
    same_place: Bools
    same_date: Bools
    same_serial: Bools
    fits: Ints
    crossed: Bools
    users: Ints


@dataclass(frozen=True, slots=True)
class Dates:
    """`known` on both sides; `vague`: one of them is 1 January, 1 July or 31 December; `swapped`:
    day and month; `parts`: how many of day, month and year are equal; `years`: between them;
    `typo`: one part differs, and that by one digit, or the year by one.
    """

    known: Bools
    same: Bools
    vague: Bools
    swapped: Bools
    parts: Ints
    years: Ints
    typo: Bools


@dataclass(frozen=True, slots=True)
class Contacts:
    """`phone_apart` is the OSA distance, FAR where one is missing; `phone_users` as in Niks."""

    same_phone: Bools
    phone_apart: Ints
    phone_users: Ints
    same_village: Bools
    same_district: Bools
    address_alike: Floats


@dataclass(frozen=True, slots=True)
class Occasions:
    same_occupation: Bools
    same_kader: Bools
    hours: Ints


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that is looked at, one entry for each pair in every array."""

    names: Alignment
    mothers: Alignment
    name_commonness: Floats
    niks: Niks
    dates: Dates
    contacts: Contacts
    occasions: Occasions
    sex_differs: Bools

    def __len__(self) -> int:
        return len(self.sex_differs)


def compare(columns: Columns, left: Ints, right: Ints) -> Comparison:
    """Compare record `left[i]` with record `right[i]`.

    How many people use a NIK or a phone is counted among the records in `columns`: these must hold
    every record that shares one with a record of `left`. Blank what too many share beforehand.
    """
    dates = _dates(columns, left, right)
    names, mothers = columns.names, columns.mothers
    return Comparison(
        names=align(names, left, right),
        mothers=align(mothers, left, right),
        name_commonness=np.maximum(columns.commonness[left], columns.commonness[right]),
        niks=_niks(columns, left, right, dates),
        dates=dates,
        contacts=_contacts(columns, left, right),
        occasions=Occasions(
            same_occupation=_equal(columns.occupation, left, right),
            same_kader=_equal(columns.kader, left, right),
            hours=np.abs(columns.captured_hour[left] - columns.captured_hour[right]),
        ),
        sex_differs=(columns.sex[left] != columns.sex[right])
        & (columns.sex[left] > 0)
        & (columns.sex[right] > 0),
    )


def _equal(numbers: Ints, left: Ints, right: Ints) -> Bools:
    """Equal and known."""
    ours = numbers[left]
    equal: Bools = (ours != 0) & (ours == numbers[right])
    return equal


def _users(columns: Columns, marks: Ints) -> Ints:
    """For each record: the different birth dates among records with its mark; 0 without one."""
    held = np.flatnonzero(marks)
    order = np.lexsort((columns.birth_date[held], marks[held]))
    mark, born = marks[held][order], columns.birth_date[held][order]
    starts = np.ones(len(mark), np.bool_)
    starts[1:] = mark[1:] != mark[:-1]
    different = starts.copy()
    different[1:] |= born[1:] != born[:-1]
    group = np.cumsum(starts) - 1
    counts = np.bincount(group, weights=different).astype(np.int64)
    users = np.zeros(len(marks), np.int64)
    users[held[order]] = np.minimum(counts[group], _MOST_USERS)
    return users


def _niks(columns: Columns, left: Ints, right: Ints, dates: Dates) -> Niks:
    some_left, some_right = columns.nik_mark[left] != 0, columns.nik_mark[right] != 0
    full_left, full_right = columns.nik_full[left], columns.nik_full[right]
    both = full_left & full_right
    same = _equal(columns.nik_mark, left, right)
    digits_left, digits_right = columns.nik_digits[left], columns.nik_digits[right]
    equal = digits_left == digits_right
    place = both & equal[:, :6].all(axis=1)
    date = both & equal[:, 6:12].all(axis=1)
    serial = both & equal[:, 12:].all(axis=1)
    fits_left, fits_right = columns.nik_fits[left], columns.nik_fits[right]
    crossed = (full_left & ~fits_left & _says(columns, digits_left, right)) | (
        full_right & ~fits_right & _says(columns, digits_right, left)
    )
    return Niks(
        both=both,
        one_missing=some_left != some_right,
        none=~some_left & ~some_right,
        same=same,
        apart=_apart(columns.nik, left, right, same, some_left & some_right),
        twin=place & date & ~serial,
        same_place=place,
        same_date=date,
        same_serial=serial,
        fits=fits_left.astype(np.int64) + fits_right,
        crossed=crossed & ~dates.same,
        users=np.where(same, _users(columns, columns.nik_mark)[left], 0),
    )


def _says(
    columns: Columns, digits: "np.ndarray[tuple[int, int], np.dtype[np.uint8]]", whose: Ints
) -> Bools:
    day, month, year, _ = nik_dates(digits)
    says: Bools = (
        (columns.birth_date[whose] > 0)
        & (day == columns.day[whose])
        & (month == columns.month[whose])
        & (year == columns.year[whose] % 100)
    )
    return says


def _apart(texts: Sequence[str], left: Ints, right: Ints, same: Bools, both: Bools) -> Ints:
    """OSA distance of texts: 0 where `same`, FAR unless `both` are known."""
    apart = np.full(len(left), FAR, np.int64)
    apart[same] = 0
    unlike = np.flatnonzero(both & ~same)
    if len(unlike):
        apart[unlike] = process.cpdist(
            [texts[at] for at in left[unlike].tolist()],
            [texts[at] for at in right[unlike].tolist()],
            scorer=OSA.distance,
            dtype=np.uint8,
        )
    return apart


def _dates(columns: Columns, left: Ints, right: Ints) -> Dates:
    day_a, day_b = columns.day[left], columns.day[right]
    month_a, month_b = columns.month[left], columns.month[right]
    year_a, year_b = columns.year[left], columns.year[right]
    known = (columns.birth_date[left] > 0) & (columns.birth_date[right] > 0)
    same_day, same_month, same_year = day_a == day_b, month_a == month_b, year_a == year_b
    parts = same_day.astype(np.int64) + same_month + same_year
    one_digit = (
        _one_digit(day_a, day_b, 100)
        | _one_digit(month_a, month_b, 100)
        | _one_digit(year_a, year_b, 10_000)
        | (np.abs(year_a - year_b) == 1)
    )
    return Dates(
        known=known,
        same=known & (parts == 3),
        vague=known & (_is_vague(day_a, month_a) | _is_vague(day_b, month_b)),
        swapped=known & same_year & (day_a == month_b) & (day_b == month_a) & ~same_day,
        parts=np.where(known, parts, 0),
        years=np.where(known, np.abs(year_a - year_b), 0),
        typo=known & (parts == 2) & one_digit,
    )


def _is_vague(day: Ints, month: Ints) -> Bools:
    vague: Bools = (
        ((day == 1) & (month == 1)) | ((day == 1) & (month == 7)) | ((day == 31) & (month == 12))
    )
    return vague


def _one_digit(a: Ints, b: Ints, below: int) -> Bools:
    """Whether two numbers of as many digits differ, and in one digit only."""
    differing = np.zeros(len(a), np.int64)
    power = 1
    while power < below:
        differing += a // power % 10 != b // power % 10
        power *= 10
    one: Bools = differing == 1
    return one


def _contacts(columns: Columns, left: Ints, right: Ints) -> Contacts:
    phones = columns.phone_mark
    same_phone = _equal(phones, left, right)
    both = (phones[left] != 0) & (phones[right] != 0)
    same_address = _equal(columns.address_mark, left, right)
    return Contacts(
        same_phone=same_phone,
        phone_apart=_apart(columns.phone, left, right, same_phone, both),
        phone_users=np.where(same_phone, _users(columns, phones)[left], 0),
        same_village=_equal(columns.village, left, right),
        same_district=_equal(columns.district, left, right),
        address_alike=_address_alike(columns, left, right, same_address),
    )


def _address_alike(columns: Columns, left: Ints, right: Ints, same: Bools) -> Floats:
    """0 to 1 within a village; 0 elsewhere and where one address is missing."""
    village = _equal(columns.village, left, right)
    alike = (same & village).astype(np.float32)
    marks = columns.address_mark
    worth = np.flatnonzero(village & ~same & (marks[left] != 0) & (marks[right] != 0))
    if len(worth):
        alike[worth] = process.cpdist(
            [columns.address[at] for at in left[worth].tolist()],
            [columns.address[at] for at in right[worth].tolist()],
            scorer=OSA.normalized_similarity,
            dtype=np.float32,
        )
    return alike
