"""What too many records hold to tell anything: crowded keys, blank numbers."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from outreach.dedup.blocking import MOST_HOLDERS
from outreach.matching.arrivals import Matches
from outreach.matching.candidates import Holders
from outreach.matching.keys import Blank, Keys, is_crowded, keys_of


def count(found: Matches, holders: Holders) -> dict[int, list[bytes]]:
    """Find what is crowded and blank; gives the arrivals by the keys they have then, where these
    lead somewhere."""
    sharing = _by_key(found.keys)
    found.crowded = _too_many(sharing, holders)
    # Numbers first: what a card says of a birth date counts among who bears that date.
    for blank_of in (_blank_numbers, _blank_crowd):
        blank = {one: blank_of(found, one) for one in found.keys}
        found.blank = {one: found.blank.get(one, 0) | more for one, more in blank.items()}
        if any(blank.values()):
            for one, more in blank.items():
                if more:
                    found.keys[one] = keys_of(found.raw[one], found.blank[one])
            sharing = _by_key(found.keys)
            found.crowded = _too_many(sharing, holders)
    for key in found.crowded & sharing.keys():
        del sharing[key]
    stored = holders.sizes.get
    found.counts = {key: len(own) + stored(key, 0) for key, own in sharing.items()}
    return sharing


def _blank_numbers(found: Matches, one: UUID) -> int:
    keys = found.keys[one]
    blank = Blank.NIK.value if keys.nik in found.crowded else 0
    return blank | (Blank.PHONE.value if keys.phone in found.crowded else 0)


def _blank_crowd(found: Matches, one: UUID) -> int:
    return Blank.CROWD.value if is_crowded(found.raw[one], found.crowded) else 0


def _by_key(keys: Mapping[UUID, Keys]) -> dict[int, list[bytes]]:
    sharing: dict[int, list[bytes]] = {}
    for one, own in keys.items():
        packed = one.bytes
        for key in own.every:
            sharing.setdefault(key, []).append(packed)
    return sharing


def _too_many(sharing: Mapping[int, Sequence[bytes]], holders: Holders) -> set[int]:
    stored = holders.sizes.get
    return {
        key for key, own in sharing.items() if len(own) + stored(key, 0) > MOST_HOLDERS
    } | holders.crowded
