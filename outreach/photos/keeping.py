"""Where the bytes of photos lie: sealed, at paths that tell nobody anything.

The storage is settings.STORAGES["photos"]. A path follows from kader and content under the index
key, so that storing the same again, after a failure, writes over what the first attempt left.
"""

from hashlib import sha256
from typing import Literal

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from outreach.sealing import blind_index, seal_bytes, unseal_bytes

Version = Literal["original", "screen", "thumbnail"]
VERSIONS: tuple[Version, ...] = ("original", "screen", "thumbnail")


class NotKept(Exception):
    """The storage does not take or give the bytes just now."""


def path_for(kader: int, digest: str) -> str:
    """Where a kader's photo lies."""
    name = blind_index("photo", f"{kader}:{digest}").hex()
    return f"{name[-2:]}/{name}"


def keep(path: str, version: Version, content: bytes) -> None:
    """Store bytes, sealed, in place of what is there. Raises NotKept."""
    storage, name = storages["photos"], f"{path}.{version}"
    sealed = seal_bytes(content, _bound_to(name))
    try:
        storage.save(name, ContentFile(sealed))
    except Exception as error:
        # Each kind of storage has exceptions of its own.
        raise NotKept(type(error).__name__) from error


def kept(path: str, version: Version) -> bytes:
    """Stored bytes in clear. Raises NotKept, and what `unseal_bytes` raises."""
    name = f"{path}.{version}"
    try:
        with storages["photos"].open(name) as file:
            sealed = file.read()
    except Exception as error:
        raise NotKept(type(error).__name__) from error
    return unseal_bytes(sealed, _bound_to(name))


def forget(path: str) -> None:
    """Delete every version of a photo. Raises NotKept."""
    try:
        for version in VERSIONS:
            storages["photos"].delete(f"{path}.{version}")
    except Exception as error:
        raise NotKept(type(error).__name__) from error


def _bound_to(name: str) -> bytes:
    return sha256(name.encode()).digest()
