"""A minute of the clock, or a second, hour or day, and how many letters of it are left. Pure arithmetic."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from digest.models import Pace

# So far the clocks of two machines may be apart. Further ahead is a clock that was set back since.
MAX_CLOCK_SKEW = timedelta(minutes=1)


@dataclass(slots=True)
class Window:
    # The limit.
    number: int
    span: timedelta
    begin: datetime
    used: int = 0
    # Letters that were told to come in windows after this one, so that not all come in the next.
    promised: int = 0

    @classmethod
    def of(cls, row: Pace, number: int, seconds: int, now: datetime) -> "Window":
        """The window that *now* is in; the row's own where a clock that is a little ahead has begun it."""
        window = cls(number, timedelta(seconds=seconds), row.window, row.used, row.promised)
        window.roll(now)
        return window

    def roll(self, now: datetime) -> None:
        seconds = int(self.span.total_seconds())
        begin = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
        if self.begin == begin or timedelta(0) < self.begin - begin <= max(self.span, MAX_CLOCK_SKEW):
            return
        passed = max((begin - self.begin) // self.span, 0)
        self.promised = max(self.promised - passed * self.number, 0) if passed else 0
        self.begin, self.used = begin, 0

    @property
    def end(self) -> datetime:
        return self.begin + self.span

    @property
    def is_full(self) -> bool:
        return self.used >= self.number

    def take(self) -> None:
        self.used += 1

    def promise(self) -> datetime:
        """Return when one more letter should come again. No place is kept for it."""
        at = self.end + self.promised // self.number * self.span
        self.promised += 1
        return at

    def write(self, row: Pace) -> bool:
        """Into the row; gives whether that changes it."""
        before = (row.window, row.used, row.promised)
        row.window, row.used, row.promised = self.begin, self.used, self.promised
        return before != (self.begin, self.used, self.promised)
