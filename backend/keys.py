"""The secret keys: reading them from the environment, and making new ones."""

import base64
import binascii
import json
import os
import re
import secrets
from pathlib import Path

from backend.home import make_private

RING_KEY_BYTES = 32
SECRET_LENGTH = 50
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")

GENERATE = "`python3 -m backend keys` prints new ones"


class BadKeys(ValueError):
    """A key that cannot be used; the text is one line that never repeats the key."""


def new_keys() -> dict[str, str]:
    """Fresh values for every key variable, as the environment wants them."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(64),
        "TOKEN_KEY": secrets.token_urlsafe(64),
        "DATA_KEYS": _new_ring(),
        "INDEX_KEYS": _new_ring(),
    }


def _new_ring() -> str:
    return "k1:" + base64.b64encode(secrets.token_bytes(RING_KEY_BYTES)).decode()


def demo_keys(folder: Path) -> dict[str, str]:
    """The demo's keys: made once, then read from the data folder. Raises OSError."""
    path = folder / "keys.json"
    if not path.exists():
        make_private(folder)
        draft = path.with_name(f"keys.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(new_keys(), file)
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link fails when another process was first: then its keys are the keys.
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    try:
        keys = json.loads(path.read_text())
        return {name: str(keys[name]) for name in new_keys()}
    except (ValueError, KeyError, TypeError) as error:
        raise BadKeys(
            f"{path} is damaged: restore it, or remove it with the demo's data"
        ) from error


def secret(name: str, value: str) -> str:
    """A signing key, long enough and not a repeated character. Raises BadKeys."""
    if not value:
        raise BadKeys(f"{name} is missing: set it to a random text; {GENERATE}")
    if len(value) < SECRET_LENGTH or len(set(value)) < 10 or value.startswith("django-insecure-"):
        raise BadKeys(
            f"{name} is too weak: it needs at least {SECRET_LENGTH} random characters; {GENERATE}"
        )
    return value


def key_ring(name: str, value: str) -> dict[str, bytes]:
    """Key id → 32 bytes, the current key first, from `id:base64,id:base64`. Raises BadKeys."""
    if not value:
        raise BadKeys(f"{name} is missing: set it to id:base64-of-32-bytes; {GENERATE}")
    ring: dict[str, bytes] = {}
    for number, entry in enumerate(value.split(","), 1):
        key_id, colon, encoded = entry.strip().partition(":")
        if not colon or not KEY_ID.fullmatch(key_id):
            raise BadKeys(f"{name}: entry {number} is not id:base64-of-32-bytes; {GENERATE}")
        if key_id in ring:
            raise BadKeys(f"{name}: the key id {key_id} is there twice; give each key its own id")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise BadKeys(f"{name}: the key {key_id} is not base64; {GENERATE}") from None
        if len(key) != RING_KEY_BYTES:
            raise BadKeys(
                f"{name}: the key {key_id} has {len(key)} bytes and needs {RING_KEY_BYTES}; "
                f"{GENERATE}"
            )
        if key in ring.values() or len(set(key)) < 8:
            raise BadKeys(f"{name}: the key {key_id} repeats; every key must be random; {GENERATE}")
        ring[key_id] = key
    return ring
