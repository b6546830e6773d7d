"""Finds mistakes in filters as people typed them, and what they may not have meant, each with its place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from subscriptions.filters.hints import HINTS
from subscriptions.filters.language import hints, parse
from subscriptions.filters.syntax import MESSAGES, FilterError


@dataclass(frozen=True, slots=True)
class FilterProblem:
    """A filter that cannot be read, or not as it was meant, cut in three so that the page can mark the place."""

    before: str
    place: str
    after: str
    message: str

    @property
    def line(self) -> str:
        """Return the whole filter."""
        return self.before + self.place + self.after


def find_mistakes(lines: Iterable[str]) -> Iterator[FilterProblem]:
    """Yield the mistake of every filter that cannot be read; there is at most one per line."""
    for line in lines:
        try:
            parse(line)
        except FilterError as error:
            end = error.position + error.length
            yield FilterProblem(line[: error.position], line[error.position : end], line[end:], translate_error(error))


def find_hints(lines: Iterable[str]) -> Iterator[FilterProblem]:
    """Yield what can be read, but perhaps not as it was meant."""
    for line in lines:
        for hint in hints(line):
            end = hint.position + hint.length
            message = _(HINTS[hint.code]) % hint.detail
            yield FilterProblem(line[: hint.position], line[hint.position : end], line[end:], message)


def translate_error(error: FilterError) -> str:
    """Return the error's sentence in the language of the page."""
    return _(MESSAGES[error.code]) % error.detail
