"""What a tablet makes of the hints it was given: written from the documentation, bit by bit."""

import base64
import hmac
from typing import Any

from outreach.hinting import hint_name


class HintTablet:
    """A tablet that holds one answer of GET sync/hints/."""

    def __init__(self, answer: dict[str, Any]) -> None:
        assert answer["recipe"] == "nik-name-1"
        self.key = base64.b64decode(answer["key"])
        self.tag_bits = int(answer["tag_bits"])
        self.tags = frozenset(
            tags_of(base64.b64decode(answer["filter"]), answer["count"], answer["rice_bits"])
        )
        assert len(self.tags) == answer["count"]

    def warns(self, nik: str, full_name: str) -> bool:
        """Whether the kader is told that the worker is probably registered already."""
        text = f"{nik}\n{hint_name(full_name)}".encode()
        digest = hmac.new(self.key, text, "sha256").digest()
        bits = "".join(f"{byte:08b}" for byte in digest)
        return int(bits[: self.tag_bits], 2) in self.tags


def tags_of(content: bytes, count: int, rice_bits: int) -> list[int]:
    bits = "".join(f"{byte:08b}" for byte in content)
    at, tag, tags = 0, -1, []
    for _ in range(count):
        zero = bits.index("0", at)
        rest = bits[zero + 1 : zero + 1 + rice_bits]
        tag += ((zero - at) << rice_bits) + int(rest, 2) + 1
        tags.append(tag)
        at = zero + 1 + rice_bits
    assert len(bits) - at < 8 and "1" not in bits[at:]
    return tags
