"""Bars for small charts, drawn as SVG by the template: no script, no style in the page, no request elsewhere."""

from collections.abc import Sequence
from typing import NamedTuple

BAR_WIDTH, BAR_STEP = 8, 10


class Bar(NamedTuple):
    """One bar, in the units of the drawing, and what it stands for."""

    x: int
    y: int
    height: int
    label: str
    value: int


def make_bars(labels: Sequence[str], values: Sequence[int], highest: int) -> list[Bar]:
    """Return a bar for each value, of which the greatest is *highest* units high. A value above 0 is always seen."""
    greatest = max(values, default=0)
    bars = []
    for place, (label, value) in enumerate(zip(labels, values, strict=True)):
        height = max(round(highest * value / greatest), 2) if value else 0
        bars.append(Bar(place * BAR_STEP, highest - height, height, label, value))
    return bars
