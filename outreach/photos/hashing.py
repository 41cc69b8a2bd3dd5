"""What makes photos comparable: a hash that changes little when a picture is made anew."""

from typing import NamedTuple

import numpy as np
from PIL import Image

SIDE = 8
BITS = SIDE * SIDE
BANDS = 4
BAND_BITS = BITS // BANDS
NEAR_BITS = BANDS - 1
"""Up to here two hashes are those of one picture: scaled, compressed or brightened anew it stays
within these (the largest of 320 measured), and different pictures are 13 and more apart. It is also
as far as four bands are sure to find: three differences leave one of them untouched."""
LEAST_CONTRAST = 6.0
"""Standard deviation of the grey levels (0 to 255) below which a picture shows nothing."""
FEWEST_BITS = 8
"""A hash with fewer ones, or fewer zeros, is that of a plain shade."""


class Looks(NamedTuple):
    """A picture's difference hash as a signed number; None for one that shows too little."""

    dhash: int | None

    @property
    def bands(self) -> list[int] | None:
        """The hash in four parts, each with its place: near hashes have at least one in common."""
        if self.dhash is None:
            return None
        bits = self.dhash % 2**BITS
        return [
            place << BAND_BITS | (bits >> place * BAND_BITS) % 2**BAND_BITS
            for place in range(BANDS)
        ]


def looks_of(image: Image.Image) -> Looks:
    """The hash of an upright picture: where, on a grid of 8 by 8, it gets brighter to the right."""
    grey = image.convert("L").resize((SIDE + 1, SIDE), Image.Resampling.BOX)
    levels = np.asarray(grey, dtype=np.int16)
    brighter = levels[:, 1:] > levels[:, :-1]
    ones = int(brighter.sum())
    if levels.std() < LEAST_CONTRAST or not FEWEST_BITS <= ones <= BITS - FEWEST_BITS:
        return Looks(None)
    return Looks(int.from_bytes(np.packbits(brighter).tobytes(), "big", signed=True))
