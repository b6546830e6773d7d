"""Sources that fetch nothing when they are asked: for rehearsals, and for runs after the day's fetch."""

from collections.abc import Iterator
from datetime import date

from digest.domain import Entry, HasNote, Source


class InMemorySource:
    """The entries of one day, read from another source at once. There are a few thousand at most."""

    def __init__(self, source: Source, day: date) -> None:
        self.name = source.name
        self.note, self.notes = (source.note, source.notes) if isinstance(source, HasNote) else ("", {})
        self._day, self._entries = day, tuple(source.entries(day))

    def entries(self, day: date) -> Iterator[Entry]:
        return iter(self._entries if day == self._day else ())


class EmptySource:
    """A source without entries, for runs that the clock started: everything was fetched before."""

    def __init__(self, name: str) -> None:
        self.name = name

    def entries(self, day: date) -> Iterator[Entry]:
        return iter(())
