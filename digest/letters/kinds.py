"""The kinds of letters with papers: what each says above them. A new one is an entry here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import pgettext

from digest.letters import wording


@dataclass(frozen=True, slots=True)
class LetterKind:
    """The words of a kind. They are functions, because each letter has a language of its own."""

    # Of the first day that the letter covers, if there are several, and the last one.
    write_heading: Callable[[date | None, date], str]
    # Of the site's name; empty where no introduction is needed.
    write_introduction: Callable[[str], str]


def _format_welcome_heading(first_day: date | None, day: date) -> str:
    if first_day is None:
        return pgettext("letter", "Your first papers, %(date)s") % {"date": wording.format_day(day)}
    return pgettext("letter", "Your first papers, %(first)s to %(last)s") % wording.format_range(first_day, day)


def _write_welcome(site: str) -> str:
    return pgettext(
        "letter",
        "Welcome to %(site)s. This is what your letters look like. Tell us by + More and − Less how well we chose: "
        "the next one listens.",
    ) % {"site": site}


# A weekly is a digest of several days: its heading names them.
LETTER_KINDS = {
    "digest": LetterKind(wording.format_heading, lambda _site: ""),
    "welcome": LetterKind(_format_welcome_heading, _write_welcome),
}
