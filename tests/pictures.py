"""Pictures for tests: each number gives another one, which looks like no other."""

import random
from hashlib import sha256
from io import BytesIO
from typing import Any

from PIL import Image, ImageFilter


def scene(number: int, size: tuple[int, int] = (800, 600)) -> Image.Image:
    """Soft blobs of colour, as different from the scenes of other numbers as photos are."""
    chance = random.Random(number)
    small = Image.new("RGB", (24, 18))
    small.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(24 * 18)])
    soft = small.filter(ImageFilter.GaussianBlur(1.2))
    return soft.resize(size, Image.Resampling.BICUBIC)


def encoded(image: Image.Image, form: str = "JPEG", **options: Any) -> bytes:
    """An image as a file."""
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def picture(number: int = 1, size: tuple[int, int] = (800, 600)) -> bytes:
    """A JPEG of a scene."""
    return encoded(scene(number, size), quality=80)


def declaration(content: bytes, kind: str = "workplace") -> dict[str, Any]:
    """A picture as a record declares it."""
    return {
        "kind": kind,
        "sha256": sha256(content).hexdigest(),
        "size": len(content),
        "media_type": "image/jpeg",
    }
