"""Formats the subject and the preheader: an inbox shows them before a letter is opened."""

import re
from collections.abc import Iterable, Sequence

from django.utils.translation import npgettext

from digest.letters.text_layout import shorten

MAX_SUBJECT_LENGTH = 50
PREVIEW_MARK = "[PREVIEW] "
PREHEADER_LENGTH = (40, 90)
TITLE_SEPARATOR = " · "
# Characters for each of two titles.
MAX_PREHEADER_TITLE_LENGTH = (PREHEADER_LENGTH[1] - len(TITLE_SEPARATOR)) // 2
# The beginning of something that mail programs would take for an encoded word (RFC 2047) and decode.
_ENCODED = re.compile(r"=\?(?=[^?]*\?[bq]\?.*?\?=)", re.IGNORECASE)


def format_subject(title: str, more: int, *, preview: bool = False) -> str:
    """Return as much of the top paper's title as fits, and how many more papers there are."""
    rest = (
        npgettext("letter: subject", " + %(count)d more", " + %(count)d more", more) % {"count": more} if more else ""
    )
    mark = PREVIEW_MARK if preview else ""
    room = MAX_SUBJECT_LENGTH - len(mark) - len(rest)
    return _ENCODED.sub("=？", f"{mark}{shorten(title, room)}{rest}")


def format_preheader(titles: Sequence[str], more: Iterable[str]) -> str:
    """Return the second and third title; where they are short, what *more* yields too, as far as it is needed."""
    least, most = PREHEADER_LENGTH
    line = TITLE_SEPARATOR.join(shorten(title, MAX_PREHEADER_TITLE_LENGTH) for title in titles[1:3])
    others = iter(more)
    while len(line) < least and (words := next(others, None)) is not None:
        if words:
            line = shorten(f"{line}{TITLE_SEPARATOR}{words}" if line else words, most)
    return line
