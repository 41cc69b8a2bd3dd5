"""One number by which a tablet and the server see whether they know the same."""

import msgspec

from outreach import bulk


class DigestAnswer(msgspec.Struct, frozen=True):
    """How many registrations, and the SHA-256 of their sorted lines `id:revision\\n` in hex."""

    count: int
    digest: str


def digest_of(kader: int) -> DigestAnswer:
    """The digest of a kader's stored registrations, in one statement.

    Of those that a tablet keeps: withdrawn ones were deleted there.
    """
    # The lines sort as the ids do: all of those are equally long.
    [(count, digest)] = bulk.run(
        "SELECT count(*), encode(sha256(convert_to(coalesce("
        " string_agg(id || ':' || revision || E'\\n', '' ORDER BY id), ''), 'UTF8')), 'hex')"
        " FROM outreach_registration WHERE kader_id = %s AND status <> 'withdrawn'",
        [kader],
    )
    return DigestAnswer(count, digest)
