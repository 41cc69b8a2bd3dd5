"""Personal data at rest: AES-256-GCM with the row's id bound in, and keyed look-up indexes.

A sealed value is `key id length (1) | key id | nonce (12) | ciphertext and tag`; an index is
`key id length (1) | key id | first 16 bytes of HMAC-SHA256`. Keys come from settings.DATA_KEYS and
settings.INDEX_KEYS, the first one being the current one, so that keys can be rotated.
"""

import hmac
import json
import os
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from django.conf import settings

NONCE_BYTES = 12
INDEX_BYTES = 16


def seal(text: str, row_id: UUID) -> bytes:
    """Encrypt under the current data key, readable only together with the same row id."""
    return seal_bytes(text.encode(), row_id.bytes)


def seal_bytes(content: bytes, row_id: bytes) -> bytes:
    """`seal` for what is no text, with the bytes of the row's id."""
    prefix, cipher = _current_cipher()
    nonce = os.urandom(NONCE_BYTES)
    return prefix + nonce + cipher.encrypt(nonce, content, row_id)


def unseal(value: bytes | memoryview, row_id: UUID) -> str:
    """The text of a sealed value.

    Raises KeyError for a key that is no longer configured and cryptography's InvalidTag when the
    value was altered or belongs to another row.
    """
    return unseal_bytes(value, row_id.bytes).decode()


UNREADABLE = (LookupError, ValueError, InvalidTag)
"""What a value raises that was altered or whose key is gone: a cut one may not even name a key."""


def readable(value: bytes | memoryview, row_id: UUID) -> str | None:
    """The text of a sealed value; None where it was altered or its key is gone.

    For what is shown beside other things, which one damaged value must not hide.
    """
    try:
        return unseal(value, row_id)
    except UNREADABLE:
        return None


def readable_json(value: bytes | memoryview, row_id: UUID) -> Any:
    """The value of a sealed JSON text; None where it cannot be read any more."""
    text = readable(value, row_id)
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return None


def unseal_bytes(value: bytes | memoryview, row_id: bytes) -> bytes:
    """`unseal` for what is no text."""
    sealed = bytes(value)
    start = 1 + sealed[0]
    nonce = sealed[start : start + NONCE_BYTES]
    cipher = _cipher(sealed[1:start].decode())
    return cipher.decrypt(nonce, sealed[start + NONCE_BYTES :], row_id)


def unsealer() -> Callable[[bytes, bytes], bytes]:
    """`unseal_bytes` for very many values: it looks at the key id no longer than it has to."""
    prefix, cipher = _current_cipher()
    decrypt, start = cipher.decrypt, len(prefix)
    end = start + NONCE_BYTES

    def unsealed(value: bytes, row_id: bytes) -> bytes:
        if value.startswith(prefix):
            return decrypt(value[start:end], value[end:], row_id)
        return unseal_bytes(value, row_id)

    return unsealed


def blind_index(kind: str, text: str) -> bytes:
    """A keyed hash to look a value up by; `kind` keeps equal texts of different fields apart."""
    prefix, key = _current_index_key()
    return prefix + hmac.digest(key, f"{kind}\0{text}".encode(), "sha256")[:INDEX_BYTES]


def blind_number(kind: str, text: str) -> int:
    """A keyed hash as a signed number of 64 bits, for tables with very many of them."""
    digest = hmac.digest(_current_index_key()[1], f"{kind}\0{text}".encode(), "sha256")
    return int.from_bytes(digest[:8], "big", signed=True)


def derived_key(kind: str, text: str) -> bytes:
    """A key of 32 bytes for one purpose, always the same; it tells nothing about INDEX_KEYS."""
    return hmac.digest(_current_index_key()[1], f"{kind}\0{text}".encode(), "sha256")


def blind_masks(ids: bytes) -> bytes:
    """16 bytes for each id of 16 bytes, to lay over something small that is stored beside it."""
    # One block each, no two alike: what makes ECB unsafe elsewhere cannot happen.
    encryptor = Cipher(AES(_mask_key()), ECB()).encryptor()  # noqa: S305 - see above
    return encryptor.update(ids) + encryptor.finalize()


@cache
def _mask_key() -> bytes:
    return derived_key("mask", "")


@cache
def _current_cipher() -> tuple[bytes, AESGCM]:
    key_id = next(iter(settings.DATA_KEYS))
    return _prefix(key_id), _cipher(key_id)


@cache
def _cipher(key_id: str) -> AESGCM:
    return AESGCM(settings.DATA_KEYS[key_id])


@cache
def _current_index_key() -> tuple[bytes, bytes]:
    key_id, key = next(iter(settings.INDEX_KEYS.items()))
    return _prefix(key_id), key


def _prefix(key_id: str) -> bytes:
    encoded = key_id.encode()
    return bytes([len(encoded)]) + encoded
