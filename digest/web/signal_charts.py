"""Draws the attention that a paper got over time: of each kind of signal a line, as numbers for an SVG, and a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from digest.letters.reasons import format_signal

# The drawing's own units; pages stretch it to their width.
WIDTH, HEIGHT, TOP = 600, 80, 6
# A table of more days is no help: of a longer time days are left out evenly, but for the last one.
MAX_POINTS = 24


@dataclass(frozen=True, slots=True)
class SignalChart:
    """One kind of signal of a paper."""

    # Such as `upvotes`, and in words what was counted last.
    kind: str
    label: str
    # The last value of each day, the first day first.
    points: Sequence[tuple[date, int]]
    # The corners of the line, as SVG has them: `0,80 300,40 600,6`.
    line: str
    # The corners of what is below it.
    area: str

    @property
    def first(self) -> tuple[date, int]:
        return self.points[0]

    @property
    def last(self) -> tuple[date, int]:
        return self.points[-1]


def draw_charts(observations: Iterable[tuple[str, datetime, int]]) -> list[SignalChart]:
    """Return a chart for each kind that was observed on two days or more. Observations are given by time."""
    by_kind: dict[str, dict[date, int]] = {}
    for kind, at, value in observations:
        by_kind.setdefault(kind, {})[at.date()] = value
    return [_draw(kind, _thin_out(list(days.items()))) for kind, days in by_kind.items() if len(days) > 1]


def _thin_out(points: Sequence[tuple[date, int]]) -> list[tuple[date, int]]:
    step = -(-len(points) // MAX_POINTS)
    return list(reversed(points[::-1][::step]))


def _draw(kind: str, points: Sequence[tuple[date, int]]) -> SignalChart:
    first, last = points[0][0].toordinal(), points[-1][0].toordinal()
    most = max(max(value for _, value in points), 1)
    places = [
        (round(WIDTH * (day.toordinal() - first) / (last - first)), round(HEIGHT - (HEIGHT - TOP) * value / most))
        for day, value in points
    ]
    line = " ".join(f"{x},{y}" for x, y in places)
    label = format_signal(kind, points[-1][1])
    return SignalChart(kind, label, points, line, f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}")
