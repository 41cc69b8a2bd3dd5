"""Where a tablet stands in what it pulls: signed, so that nobody makes one up."""

import msgspec
from django.core.signing import BadSignature, Signer

from outreach.problems import Problem

LONGEST = 500


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """All changes up to number `seq` are known, in this history of the database and this scope.

    During the first sync `seq` is where the log stood when it began, and `listed` the section and
    the id up to which things have been listed since.
    """

    epoch: str
    scope: str
    boundaries: bool
    seq: int
    listed: tuple[int, str] | None


def encoded(cursor: Cursor) -> str:
    """URL-safe text, to be handed back as it is."""
    return _signer().sign_object(msgspec.to_builtins(cursor))


def decoded(text: str) -> Cursor:
    """The cursor of a text of ours. Raises Problem cursor_invalid for any other."""
    try:
        if len(text) > LONGEST:
            raise BadSignature
        return msgspec.convert(_signer().unsign_object(text), Cursor)
    except (BadSignature, msgspec.ValidationError):
        raise resync("cursor") from None


def resync(reason: str) -> Problem:
    """The problem of a tablet that has to start without a cursor: `reason` says what changed.

    `cursor`: it is none of ours; `epoch`: the database was restored; `scope`: the territory is
    another, or the cursor another kader's.
    """
    return Problem("cursor_invalid", resync=True, reason=reason)


def _signer() -> Signer:
    # The salt makes this a key of its own, and a new form of cursors another one.
    return Signer(salt="sync.cursor.1", sep=".")
