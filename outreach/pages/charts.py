"""Small charts of SVG: months side by side, and the lines through them."""

from collections.abc import Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """A series in a picture: its unbroken stretches as points, and a dot for each value."""

    css: str
    stretches: list[str]
    dots: list[tuple[float, float]]


def line(
    css: str, values: Sequence[float | None], most: float, width: float, height: float
) -> Line:
    """Values from 0 to `most`, spread over the width; broken where one is not known."""
    step = width / max(1, len(values) - 1)
    stretches: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            stretches.append([])
        else:
            y = height * (1 - min(value / most, 1)) if most else height
            stretches[-1].append((round(place * step, 1), round(y, 1)))
    return Line(
        css,
        [" ".join(f"{x},{y}" for x, y in points) for points in stretches if len(points) > 1],
        [point for points in stretches for point in points],
    )


def round_end(values: Sequence[float | None]) -> int:
    """A round whole number not below any of the values, at least 5: where an axis ends."""
    most = max((value for value in values if value is not None), default=0)
    power = 1
    while True:
        for step in (1, 2, 5):
            if step * power >= max(most, 5):
                return step * power
        power *= 10
