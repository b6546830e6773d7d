"""The subjects and preheaders of one language, as bytes."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from django.utils import translation
from django.utils.html import escape
from django.utils.translation import pgettext

from digest.domain import EditionContents
from digest.letters import subject, wording
from digest.letters.card_content import MAX_OPENING_LENGTH
from digest.letters.prerendered import mime
from digest.letters.prerendered.pieces import MAX_CACHED_PIECES, to_mail_bytes
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import one_line, shorten
from subscriptions.letter_languages import django_code


class SubjectBytes(NamedTuple):
    """A subject: as the header's line, and as the page's title."""

    line: bytes
    title: bytes


class PreheaderTitle(NamedTuple):
    """A title as it stands in a preheader of two."""

    words: bytes
    length: int


class SubjectCache:
    def __init__(self, contents: EditionContents, titles: Sequence[str], language: str) -> None:
        self._contents, self._titles, self._language = contents, titles, language
        self.head = lru_cache(MAX_CACHED_PIECES)(self._prepare_subject)
        self._title = lru_cache(None)(self._prepare_title)
        self._short_preheader = lru_cache(MAX_CACHED_PIECES)(self._format_preheader)

    def preheader(self, ranks: Sequence[int]) -> bytes:
        """Return the preheader of papers in the order of the letter."""
        if len(ranks) > 2:
            first, second = self._title(ranks[1]), self._title(ranks[2])
            if first.length + len(subject.TITLE_SEPARATOR) + second.length >= subject.PREHEADER_LENGTH[0]:
                return b"%b%b%b" % (first.words, _SEPARATOR, second.words)
        return self._short_preheader(tuple(ranks[:3]))

    def _prepare_title(self, rank: int) -> PreheaderTitle:
        words = shorten(self._titles[rank], subject.MAX_PREHEADER_TITLE_LENGTH)
        return PreheaderTitle(to_mail_bytes(escape(words)), len(words))

    def _format_preheader(self, ranks: Sequence[int]) -> bytes:
        titles = [self._titles[rank] for rank in ranks]
        with translation.override(django_code(self._language)):
            day = wording.format_day(self._contents.day)
            closing = pgettext("letter", "New papers from arXiv, chosen for you on %(date)s") % {"date": day}
            return to_mail_bytes(escape(subject.format_preheader(titles, self._find_opening(ranks[0]), closing)))

    def _find_opening(self, rank: int) -> str:
        summary = self._contents.summaries.get((rank, self._language))
        return shorten(
            to_text(summary.text.tldr if summary else self._contents.papers[rank].abstract), MAX_OPENING_LENGTH
        )

    def _prepare_subject(self, rank: int, more: int, preview: bool) -> SubjectBytes:
        with translation.override(django_code(self._language)):
            written = one_line(subject.format_subject(self._titles[rank], more, preview=preview))
        return SubjectBytes(mime.make_header("Subject", written), to_mail_bytes(escape(written)))


_SEPARATOR = subject.TITLE_SEPARATOR.encode()
