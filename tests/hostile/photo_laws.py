"""What must hold of photos, read from the database, the folder they lie in, and the receipts."""

import json
from base64 import b64decode
from collections.abc import Collection, Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.hostile.laws import SHOWN, receipts_of
from tests.hostile.servers import Site
from tests.hostile.tablets import Tablet

NONCE_BYTES = 12

UPLOAD_LAWS = {
    "uploads whose pieces are not what was received": """
        SELECT upload.id FROM sync_upload AS upload LEFT JOIN LATERAL (
            SELECT coalesce(sum(length(content)), 0) AS bytes FROM sync_uploadpiece
            WHERE upload_id = upload.id
        ) AS pieces ON true
        WHERE bytes <> CASE WHEN received = size THEN 0 ELSE received END""",
    "photos kept more than once": """
        SELECT sha256 FROM outreach_photo GROUP BY kader_id, sha256 HAVING count(*) > 1""",
}


def broken_photo_laws(
    site: Site,
    whole: Collection[str],
    tablets: Iterable[Tablet],
    records: Iterable[Mapping[str, Any]],
) -> Iterator[str]:
    """What does not hold of the photos: each is there whole and matching, or not at all.

    `whole` are those that the server said to have.
    """
    with site.link() as link:
        kept = link.execute("SELECT sha256, size, path FROM outreach_photo").fetchall()
        for law, query in UPLOAD_LAWS.items():
            if rows := link.execute(query).fetchall():
                yield f"{len(rows):,} {law}: {rows[:SHOWN]}"
    missing = set(whole) - {digest for digest, *_ in kept}
    if missing:
        yield f"{len(missing):,} photos said to be whole are absent: {sorted(missing)[:SHOWN]}"
    yield from _wrongly_missing({digest for digest, *_ in kept}, tablets, records)
    keys = _keys(site.database.home)
    contents = (
        (digest, size, _opened(site.database.home, path, keys)) for digest, size, path in kept
    )
    others = [
        digest
        for digest, size, content in contents
        if len(content) != size or sha256(content).hexdigest() != digest
    ]
    if others:
        yield f"{len(others):,} photos kept that are not what was declared: {others[:SHOWN]}"


def _wrongly_missing(
    kept: Collection[str], tablets: Iterable[Tablet], records: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """Receipts that miss what is here, or do not miss what is not."""
    due = {
        record["id"]: [one["sha256"] for one in record["photos"] if one["sha256"] not in kept]
        for record in records
    }
    for tablet in tablets:
        for result in receipts_of(tablet):
            if result["missing_photos"] != due[result["id"]]:
                yield f"{result['id']} misses {result['missing_photos']}, not {due[result['id']]}"


def _keys(home: Path) -> dict[bytes, AESGCM]:
    """The data keys of the demo by their ids."""
    ring: str = json.loads((home / "keys.json").read_text())["DATA_KEYS"]
    pairs = (key.partition(":") for key in ring.split(","))
    return {name.encode(): AESGCM(b64decode(key)) for name, _, key in pairs}


def _opened(home: Path, path: str, keys: Mapping[bytes, AESGCM]) -> bytes:
    """A kept photo's bytes, opened without the project's code; none where they are not there."""
    name = f"{path}.original"
    file = home / "photos" / name
    if not file.exists():
        return b""
    sealed = file.read_bytes()
    start = 1 + sealed[0]
    end = start + NONCE_BYTES
    bound_to = sha256(name.encode()).digest()
    return keys[sealed[1:start]].decrypt(sealed[start:end], sealed[end:], bound_to)
