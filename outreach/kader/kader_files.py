"""Kader from a spreadsheet: an account each, without a password, and the letter of assignment.

Whoever has no password signs in by a tablet that a coordinator enrols.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from outreach import bulk
from outreach.imports import cells
from outreach.imports.cells import BadCell, shown
from outreach.imports.kinds import Chunks, Column, Finding, Kind, Rows, Setting, recheck
from outreach.imports.tables import Value
from outreach.kader.accounts import valid_user_name
from outreach.kader.letters import take_back_doubts
from outreach.models import AccountChange, AssignmentLetter, Office, User
from outreach.phone_numbers import with_country
from outreach.scopes import offices_for

MOST_ROWS = 5000
LOCK = 0x6B616465
_LETTER = ("letter", "issued_on", "valid_from", "valid_to", "signed_by")
"""What a letter has; the agency may be missing."""


def _user_name(value: Value) -> str:
    found = str(cells.text(150)(value))
    try:
        valid_user_name(found)
    except ValidationError:
        raise BadCell("no_user_name") from None
    return found


def _phone(value: Value) -> str:
    number = with_country(shown(value))
    if number is None:
        raise BadCell("no_phone")
    return number


COLUMNS = (
    Column("username", ("Nama Pengguna", "User name"), _user_name, needed=True, filled=True),
    Column("full_name", ("Nama Lengkap", "Full name"), cells.text(120), needed=True, filled=True),
    Column("phone", ("Nomor HP", "Phone"), _phone, masked="hidden"),
    Column("office", ("Kantor", "Office"), cells.text(120)),
    Column("letter", ("Nomor Surat Tugas", "Letter number"), cells.text(80)),
    Column("issued_on", ("Tanggal Surat", "Issued on"), cells.day),
    Column("valid_from", ("Berlaku Mulai", "Valid from"), cells.day),
    Column("valid_to", ("Berlaku Sampai", "Valid to"), cells.day),
    Column("signed_by", ("Penanda Tangan", "Signed by"), cells.text(120)),
    Column("agency", ("Lembaga", "Agency"), cells.text(160)),
)
WORDS: Mapping[str, Any] = {
    "no_user_name": valid_user_name.message,
    "no_phone": _("This is not a phone number."),
    "no_office": _("This is none of your offices."),
    "which_office": _("Name the kader's office."),
    "letter_incomplete": _("A letter needs its number, its days and who signed it."),
    "before_start": _("The last day is before the first."),
    "user_name_taken": _(
        "Somebody else has this user name, or other particulars: choose another one, or change the"
        " account."
    ),
    "letter_differs": _("The kader has a letter of this number with other days or signature."),
    "said_before": _("This is known already, and changes nothing."),
}


class KaderRow(msgspec.Struct, frozen=True):
    """A kader, and perhaps a letter."""

    username: str
    full_name: str
    phone: str | None = None
    office: str | None = None
    letter: str | None = None
    issued_on: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    signed_by: str | None = None
    agency: str | None = None

    @property
    def said_of_letter(self) -> tuple[Any, ...]:
        days = (self.issued_on, self.valid_from, self.valid_to)
        return (*days, self.agency or "", self.signed_by)


class _Known(NamedTuple):
    """Offices of the actor, accounts and letters, by their names in small letters."""

    offices: Mapping[str, Office]
    users: Mapping[str, User]
    letters: Mapping[tuple[int, str], AssignmentLetter]

    def office_of(self, row: KaderRow, setting: Setting) -> Office | None:
        return self.offices.get(row.office.casefold()) if row.office else setting.actor.office


def check(rows: Rows, setting: Setting) -> Sequence[Finding]:
    """What is wrong with rows; a constant number of statements."""
    known = _known(rows, setting)
    return [finding for number, row in rows for finding in _findings(number, row, known, setting)]


def _known(rows: Rows, setting: Setting) -> _Known:
    offices = {office.name.casefold(): office for office in offices_for(setting.actor)}
    names = [row.username.casefold() for _, row in rows]
    found = User.objects.annotate(lower=Lower("username")).filter(lower__in=names)
    users = {user.username.casefold(): user for user in found}
    letters = AssignmentLetter.objects.filter(kader__in=users.values())
    return _Known(offices, users, {(one.kader_id, one.number): one for one in letters})


def _findings(number: int, row: KaderRow, known: _Known, setting: Setting) -> Iterator[Finding]:
    office = known.office_of(row, setting)
    if office is None:
        yield Finding(number, "office", "no_office" if row.office else "which_office")
        return
    yield from _letter_wrong(number, row)
    user = known.users.get(row.username.casefold())
    if user is None:
        return
    if not _is_same(user, row, office):
        yield Finding(number, "username", "user_name_taken")
        return
    letter = known.letters.get((user.pk, row.letter or ""))
    if letter and _said_of(letter) != row.said_of_letter:
        yield Finding(number, "letter", "letter_differs")
    elif letter or not row.letter:
        yield Finding(number, "", "said_before", "warning")


def _letter_wrong(number: int, row: KaderRow) -> Iterator[Finding]:
    missing = [name for name in _LETTER if getattr(row, name) is None]
    if missing and len(missing) < len(_LETTER):
        for name in missing:
            yield Finding(number, name, "letter_incomplete")
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        yield Finding(number, "valid_to", "before_start")


def _is_same(user: User, row: KaderRow, office: Office) -> bool:
    said = (User.Role.KADER, row.full_name, office.pk, row.phone or user.phone)
    return (user.role, user.full_name, user.office_id, user.phone) == said


def _said_of(letter: AssignmentLetter) -> tuple[Any, ...]:
    days = (letter.issued_on, letter.valid_from, letter.valid_to)
    return (*days, letter.agency, letter.signed_by)


def apply(chunks: Chunks, setting: Setting) -> Mapping[str, int]:
    """Make the accounts and letters of a file that are not there yet."""
    bulk.run("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    made = letters = unchanged = 0
    older: set[int] = set()
    for rows in chunks():
        unchanged += len(recheck(KADER, rows, setting))
        known = _known(rows, setting)
        new = [row for _, row in rows if row.username.casefold() not in known.users]
        users = _make(new, known, setting)
        made += len(users)
        added = _add_letters(rows, known, {**known.users, **users}, setting)
        letters += len(added)
        older |= {one.kader_id for one in added} - {user.pk for user in users.values()}
    take_back_doubts(older, setting.now)
    return {"made": made, "letters": letters, "unchanged": unchanged}


def _make(rows: Sequence[KaderRow], known: _Known, setting: Setting) -> dict[str, User]:
    """Accounts, each noted in its log."""
    users = [
        User(
            username=row.username,
            password=make_password(None),
            role=User.Role.KADER,
            office=known.office_of(row, setting),
            full_name=row.full_name,
            phone=row.phone or "",
            date_joined=setting.now,
        )
        for row in rows
    ]
    User.objects.bulk_create(users)
    told = [{"full_name": [None, one.full_name], "office": [None, one.office_id]} for one in users]
    _note(list(zip(users, told, strict=True)), setting)
    return {user.username.casefold(): user for user in users}


def _add_letters(
    rows: Rows, known: _Known, users: Mapping[str, User], setting: Setting
) -> Collection[AssignmentLetter]:
    letters = []
    for _number, row in rows:
        user = users[row.username.casefold()]
        if row.letter is None or (user.pk, row.letter) in known.letters:
            continue
        assert row.issued_on and row.valid_from and row.valid_to and row.signed_by
        letters.append(
            AssignmentLetter(
                kader=user,
                number=row.letter,
                issued_on=row.issued_on,
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                office=known.office_of(row, setting),
                agency=row.agency or "",
                signed_by=row.signed_by,
                noted_by=setting.actor,
                noted_at=setting.now,
            )
        )
    AssignmentLetter.objects.bulk_create(letters)
    _note([(one.kader, {f"letters/{one.pk}": [None, _plain(one)]}) for one in letters], setting)
    return letters


def _plain(letter: AssignmentLetter) -> dict[str, str]:
    names = ("number", "issued_on", "valid_from", "valid_to", "agency", "signed_by")
    return {name: str(getattr(letter, name)) for name in names}


def _note(told: Sequence[tuple[User, Mapping[str, Any]]], setting: Setting) -> None:
    reason = f"import {setting.source.pk}"
    AccountChange.objects.bulk_create(
        AccountChange(
            user=user, actor=setting.actor, fields=dict(fields), reason=reason, made_at=setting.now
        )
        for user, fields in told
    )


KADER = Kind(
    name="kader",
    title=_("Kader with their letters of assignment"),
    roles={User.Role.COORDINATOR, User.Role.ADMINISTRATOR},
    columns=COLUMNS,
    row=KaderRow,
    check=check,
    apply=apply,
    words=WORDS,
    key=lambda row: row.username.casefold(),
    most_rows=MOST_ROWS,
)
