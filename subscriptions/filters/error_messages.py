"""Finds mistakes in filters as people typed them, and what they may not have meant, each with its place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from subscriptions.filters.hints import HINTS
from subscriptions.filters.language import MAX_FILTERS, hints, parse
from subscriptions.filters.syntax import MESSAGES, FilterError


@dataclass(frozen=True, slots=True)
class FilterProblem:
    """A filter that cannot be read, or not as it was meant, cut in three so that the page can mark the place."""

    before: str
    place: str
    after: str
    message: str
    # Of a hint that can be mended: its number among the hints, and the filters that would take this one's place.
    number: int = 0
    mended: tuple[str, ...] = ()

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
            yield describe_mistake(line, error)


def describe_mistake(line: str, error: FilterError) -> FilterProblem:
    """Return the mistake for which *line* could not be read."""
    end = error.position + error.length
    return FilterProblem(line[: error.position], line[error.position : end], line[end:], translate_error(error))


def find_hints(lines: Iterable[str]) -> Iterator[FilterProblem]:
    """Yield what can be read, but perhaps not as it was meant."""
    found = ((line, hint) for line in lines for hint in hints(line))
    for number, (line, hint) in enumerate(found):
        end = hint.position + hint.length
        message = _(HINTS[hint.code]) % hint.detail
        before, place, after = line[: hint.position], line[hint.position : end], line[end:]
        yield FilterProblem(before, place, after, message, number, hint.mended)


def mend_filter(text: str, number: str) -> str:
    """Return *text*, one filter per line, with what hint *number* of `find_hints` proposes in place of its filter.

    A number that no hint with a proposal has changes nothing.
    """
    lines = split_lines(text)
    for hint in find_hints(lines):
        if str(hint.number) == number and hint.mended:
            place = lines.index(hint.line)
            return "\n".join([*lines[:place], *hint.mended, *lines[place + 1 :]])
    return text


def split_lines(text: str) -> list[str]:
    """Return the filters of a text, one per line, as many as a reader may have."""
    return [line.strip() for line in text.splitlines() if line.strip()][:MAX_FILTERS]


def translate_error(error: FilterError) -> str:
    """Return the error's sentence in the language of the page."""
    return _(MESSAGES[error.code]) % error.detail
