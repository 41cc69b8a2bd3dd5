"""Why two records are, or are not, taken for one person."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from outreach.dedup.columns import Columns, Floats, Ints
from outreach.dedup.comparing import FAR, Comparison, compare
from outreach.dedup.deciding import vetoes
from outreach.dedup.levels import mother_agreement, name_agreement
from outreach.dedup.reasons import BASE, Reason, veto_codes
from outreach.dedup.scoring import Contribution, Model, contributions

_ALIKE = 0.75
_NOT_ALIKE = 0.3
_SAME_HOME = 0.8
_MISTYPED_DIGITS = 2
_PARTLY_ALIKE_DIGITS = 4


class _Compared(NamedTuple):
    """Pairs as they were compared, and how much of their names agrees."""

    pair: Comparison
    names: Floats
    mothers: Floats


_Said = tuple[str, Mapping[str, int]]


def explain(model: Model, columns: Columns, left: Ints, right: Ints) -> list[list[Reason]]:
    """For each pair the vetoes, then what was compared, the weightiest first, then what any pair
    starts from. The weights add up to the score."""
    pair = compare(columns, left, right)
    compared = _Compared(pair, name_agreement(pair), mother_agreement(pair))
    bits = vetoes(pair).tolist()
    return [
        [
            *(Reason(code, 0.0) for code in veto_codes(bits[at])),
            *_reasons(compared, at, weights),
            Reason(BASE, model.intercept),
        ]
        for at, weights in enumerate(contributions(model, pair))
    ]


def _reasons(compared: _Compared, at: int, weights: Sequence[Contribution]) -> Iterator[Reason]:
    for one in weights:
        code, figures = _SAID[one.evidence](compared, at)
        yield Reason(code, one.weight, figures)


def _first(*rules: tuple[Any, str]) -> str:
    """The code of the first rule that applies."""
    return next(code for applies, code in rules if applies)


def _name(compared: _Compared, at: int) -> _Said:
    names, agreement = compared.pair.names, compared.names[at]
    code = _first(
        (not names.known[at], "name_missing"),
        (names.same[at], "name_same"),
        (names.joined[at], "name_joined"),
        (agreement >= _ALIKE and names.typos[at] > 0, "name_alike"),
        (
            names.initials[at] and not (names.left_alone[at] and names.right_alone[at]),
            "name_initials",
        ),
        (agreement >= _NOT_ALIKE, "name_part"),
        (names.agreed[at] > 0, "name_little"),
        (True, "name_differs"),
    )
    return code, {}


def _date(compared: _Compared, at: int) -> _Said:
    dates, years = compared.pair.dates, int(compared.pair.dates.years[at])
    code = _first(
        (not dates.known[at], "date_missing"),
        (dates.same[at] and dates.vague[at], "date_same_guess"),
        (dates.same[at], "date_same"),
        (dates.swapped[at], "date_swapped"),
        (dates.vague[at] and not years, "date_guess_same_year"),
        (dates.vague[at], "date_guess"),
        (dates.typo[at], "date_typo"),
        (dates.parts[at] == 2, "date_two_parts"),
        (not years, "date_same_year"),
        (True, "date_differs"),
    )
    return code, {"years": years} if code in ("date_guess", "date_differs") else {}


def _nik(compared: _Compared, at: int) -> _Said:
    niks = compared.pair.niks
    apart, users = int(niks.apart[at]), int(niks.users[at])
    code = _first(
        (niks.same[at] and users > 2, "nik_same_shared"),
        (niks.same[at], "nik_same"),
        (niks.twin[at], "nik_twin"),
        (apart <= _MISTYPED_DIGITS, "nik_mistyped"),
        (niks.crossed[at], "nik_crossed"),
        (apart == FAR, "nik_missing"),
        (apart <= _PARTLY_ALIKE_DIGITS, "nik_partly"),
        (niks.fits[at] == 2, "nik_differs"),
        (True, "nik_differs_misfit"),
    )
    figures = {
        "nik_same_shared": {"users": users},
        "nik_mistyped": {"digits": apart},
        "nik_partly": {"digits": apart},
    }
    return code, figures.get(code, {})


def _mother(compared: _Compared, at: int) -> _Said:
    mothers, agreement = compared.pair.mothers, compared.mothers[at]
    if not mothers.known[at]:
        return "mother_missing", {}
    if mothers.same[at]:
        return "mother_same", {}
    if agreement >= _ALIKE:
        return "mother_alike", {}
    return ("mother_part" if agreement >= _NOT_ALIKE else "mother_differs"), {}


def _phone(compared: _Compared, at: int) -> _Said:
    contacts = compared.pair.contacts
    apart = int(contacts.phone_apart[at])
    if contacts.same_phone[at]:
        users = int(contacts.phone_users[at])
        return ("phone_same_shared", {"users": users}) if users > 2 else ("phone_same", {})
    if apart == FAR:
        return "phone_missing", {}
    if apart <= _MISTYPED_DIGITS:
        return "phone_mistyped", {"digits": apart}
    return "phone_differs", {}


def _place(compared: _Compared, at: int) -> _Said:
    contacts = compared.pair.contacts
    if contacts.address_alike[at] >= _SAME_HOME:
        return ("place_same_home" if contacts.address_alike[at] == 1 else "place_alike_home"), {}
    if contacts.same_village[at]:
        return "place_same_village", {}
    return ("place_same_district" if contacts.same_district[at] else "place_differs"), {}


def _sex(compared: _Compared, at: int) -> _Said:
    return ("sex_differs" if compared.pair.sex_differs[at] else "sex_same"), {}


def _occupation(compared: _Compared, at: int) -> _Said:
    same = compared.pair.occasions.same_occupation[at]
    return ("occupation_same" if same else "occupation_differs"), {}


def _occasion(compared: _Compared, at: int) -> _Said:
    occasions = compared.pair.occasions
    same = occasions.same_kader[at] and occasions.hours[at] <= 1
    return ("occasion_same_hour" if same else "occasion_other"), {}


def _household(compared: _Compared, at: int) -> _Said:
    contacts = compared.pair.contacts
    shared = (
        contacts.same_phone[at]
        or contacts.address_alike[at] >= _SAME_HOME
        or (compared.pair.mothers.known[at] and compared.mothers[at] >= _ALIKE)
    )
    return ("household_shared" if shared else "household_other"), {}


_SAID: Mapping[str, Callable[[_Compared, int], _Said]] = {
    "name": _name,
    "birth_date": _date,
    "nik": _nik,
    "mother": _mother,
    "phone": _phone,
    "place": _place,
    "sex": _sex,
    "occupation": _occupation,
    "occasion": _occasion,
    "household": _household,
}
