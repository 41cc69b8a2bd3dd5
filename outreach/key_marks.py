"""Whether the keys given are those that the data in the database was written with."""

import hmac

from django.conf import settings

from outreach.models import KeyMark

RINGS = ("DATA_KEYS", "INDEX_KEYS")


def key_problems() -> list[str]:
    """Why the data could not be read or found again: one line a key. Remembers new keys."""
    known = {(mark.ring, mark.key_id): bytes(mark.mark) for mark in KeyMark.objects.all()}
    given = {
        (ring, key_id): hmac.digest(key, b"mark", "sha256")
        for ring in RINGS
        for key_id, key in getattr(settings, ring).items()
    }
    problems = [
        f"{ring}: the key {key_id} is another one than this database was written with"
        for (ring, key_id), mark in given.items()
        if known.get((ring, key_id), mark) != mark
    ]
    problems += [
        f"{ring}: the key {key_id} is missing, and this database was written with it"
        for ring, key_id in known.keys() - given.keys()
    ]
    current = next(iter(settings.INDEX_KEYS))
    if any(ring == "INDEX_KEYS" and key_id != current for ring, key_id in known):
        problems.append(
            "INDEX_KEYS: the first key must stay the one this database was written with;"
            " under another one nobody would be found again"
        )
    if not problems:
        KeyMark.objects.bulk_create(
            (
                KeyMark(ring=ring, key_id=key_id, mark=mark)
                for (ring, key_id), mark in given.items()
            ),
            ignore_conflicts=True,
        )
    return sorted(problems)
