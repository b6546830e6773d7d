"""What an inbox shows of a letter before it is opened, as bytes: the subject and the preheader, of one language."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from django.utils import translation
from django.utils.html import escape
from django.utils.translation import pgettext

from digest.domain import EditionContents
from digest.letters import subject, wording
from digest.letters.content import OPENING
from digest.letters.prerendered import mime
from digest.letters.prerendered.pieces import REMEMBERED, wired
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import one_line, short


class Head(NamedTuple):
    """A subject: as the header's line, and as the page's title."""

    line: bytes
    title: bytes


class Half(NamedTuple):
    """A title as it stands in a preheader of two."""

    words: bytes
    length: int


class Inbox:
    def __init__(self, contents: EditionContents, titles: Sequence[str], language: str) -> None:
        self._contents, self._titles, self._language = contents, titles, language
        self.head = lru_cache(REMEMBERED)(self._head)
        self._half = lru_cache(None)(self._half_of)
        self._told = lru_cache(REMEMBERED)(self._told_of)

    def preheader(self, ranks: Sequence[int]) -> bytes:
        """Of papers in the order of the letter: the second and third title, where that is enough."""
        if len(ranks) > 2:
            first, second = self._half(ranks[1]), self._half(ranks[2])
            if first.length + len(subject.BETWEEN) + second.length >= subject.PREHEADER[0]:
                return b"%b%b%b" % (first.words, _BETWEEN, second.words)
        return self._told(tuple(ranks[:3]))

    def _half_of(self, rank: int) -> Half:
        words = short(self._titles[rank], subject.HALF)
        return Half(wired(escape(words)), len(words))

    def _told_of(self, ranks: Sequence[int]) -> bytes:
        titles = [self._titles[rank] for rank in ranks]
        with translation.override(wording.django_language(self._language)):
            day = wording.written_day(self._contents.day)
            closing = pgettext("letter", "New papers from arXiv, chosen for you on %(date)s") % {"date": day}
            return wired(escape(subject.preheader(titles, self._opening(ranks[0]), closing)))

    def _opening(self, rank: int) -> str:
        summary = self._contents.summaries.get((rank, self._language))
        return short(to_text(summary.text.tldr if summary else self._contents.papers[rank].abstract), OPENING)

    def _head(self, rank: int, more: int, preview: bool) -> Head:
        with translation.override(wording.django_language(self._language)):
            written = one_line(subject.subject(self._titles[rank], more, preview=preview))
        return Head(mime.header("Subject", written), wired(escape(written)))


_BETWEEN = subject.BETWEEN.encode()
