"""A rate limit's window: a second, minute, hour or day of the clock, and its places. Pure arithmetic."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from digest.models import Pace

# The clocks of two machines may differ by so much. A window further ahead was begun before a clock was set back.
MAX_CLOCK_SKEW = timedelta(minutes=1)


@dataclass(slots=True)
class Window:
    """The places of one window of one counter."""

    limit: int
    span: timedelta
    begin: datetime
    used: int = 0
    # Letters that were put off to windows after this one, so that not all come in the next.
    promised: int = 0

    @classmethod
    def of(cls, row: Pace, limit: int, seconds: int, now: datetime) -> "Window":
        """Return the window that *now* is in, or the row's own if a clock a little ahead has begun it."""
        window = cls(limit, timedelta(seconds=seconds), row.window, row.used, row.promised)
        window.roll(now)
        return window

    def roll(self, now: datetime) -> None:
        """Move on to the window that *now* is in, and empty it."""
        seconds = int(self.span.total_seconds())
        begin = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)
        if self.begin == begin or timedelta(0) < self.begin - begin <= max(self.span, MAX_CLOCK_SKEW):
            return
        passed = max((begin - self.begin) // self.span, 0)
        self.promised = max(self.promised - passed * self.limit, 0) if passed else 0
        self.begin, self.used = begin, 0

    @property
    def end(self) -> datetime:
        return self.begin + self.span

    @property
    def is_full(self) -> bool:
        return self.used >= self.limit

    def take(self) -> None:
        self.used += 1

    def promise(self) -> datetime:
        """Return when one more letter should come again. No place is kept for it."""
        at = self.end + self.promised // self.limit * self.span
        self.promised += 1
        return at

    def write(self, row: Pace) -> bool:
        """Write the window into *row*, and return whether that changes it."""
        before = (row.window, row.used, row.promised)
        row.window, row.used, row.promised = self.begin, self.used, self.promised
        return before != (self.begin, self.used, self.promised)
