"""What is wrong with filters as people typed them, each with its place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from subscriptions.filter_syntax import MESSAGES, FilterError
from subscriptions.interests import parse


@dataclass(frozen=True, slots=True)
class Mistake:
    """A filter that cannot be read, cut in three so that the page can mark the place."""

    before: str
    place: str
    after: str
    message: str

    @property
    def line(self) -> str:
        return self.before + self.place + self.after


def mistakes(lines: Iterable[str]) -> Iterator[Mistake]:
    for line in lines:
        try:
            parse(line)
        except FilterError as error:
            end = error.position + error.length
            yield Mistake(line[: error.position], line[error.position : end], line[end:], in_words(error))


def in_words(error: FilterError) -> str:
    """In the language of the page."""
    return _(MESSAGES[error.code]) % error.detail
