"""Prepared lines that say why a reader got a paper: most differ in the reader's own filters, titles and shares only."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from secrets import token_hex
from typing import NamedTuple

from digest.domain import Reason, ReasonKind
from digest.letters.marked_words import Needle, list_needles
from digest.letters.prerendered.pieces import MAX_CACHED_PIECES, FragmentBytes, to_mail_bytes
from digest.letters.reasons import (
    FILTER_KINDS,
    MAX_FILTER_LENGTH,
    MAX_FILTERS_NAMED,
    MAX_LIKED_TITLE_LENGTH,
    WHOLE_SHARE,
    ReasonGroup,
    find_runs,
    group_reasons,
)
from digest.letters.rendering import Fragment
from digest.letters.text_layout import LINE_WIDTH, display_width, fold_text, one_line

# Bytes of a line that is surely short enough for mail.
MAX_QUICK_LINE = 800

# A filter that needs neither escaping nor mending; most filters are such.
_PLAIN_FILTER = re.compile(
    r"""
    "([!#-%'-;=?-~]+(?:\ [!#-%'-;=?-~]+)*)"  # a phrase, and what of it is shown
    | (?!".*"$) [!-%'-;=?-~]+(?:\ [!-%'-;=?-~]+)*
    """,
    re.VERBOSE,
)
# A person's name that needs neither.
_PLAIN_NAME = re.compile(r"([A-Za-z]+\.?(?:[ -][A-Za-z]+\.?)*)")
# A title that needs neither: without a sign that TeX or HTML knows.
_PLAIN_TITLE = re.compile(r"(?!.*--)[A-Za-z0-9,.:;?!()+/-]+(?: [A-Za-z0-9,.:;?!()+/-]+)*")


class ReasonLine(NamedTuple):
    """The line of a pick in both parts, and what its reasons mark in the card."""

    text: bytes
    html: bytes
    needles: tuple[Needle, ...]


class LineFrame(NamedTuple):
    """A line of reasons without them."""

    text: str
    html: str
    html_end: str
    # Columns that the reasons may take without another line.
    room: int


class Phrase(NamedTuple):
    """Words that need neither escaping nor mending, and how many columns they take."""

    words: str
    width: int

    @classmethod
    def measured(cls, words: str) -> "Phrase":
        return cls(words, display_width(words))


class ReasonWords(NamedTuple):
    """What the renderer of a language's letters knows of reasons. Each function switches that language on."""

    # The line for these reasons, which speaks for so many following papers too; its text is not folded.
    render: Callable[[tuple[Reason, ...], int], Fragment]
    explain_group: Callable[[ReasonGroup], str]
    # What follows a reason to tell its share, as the first one or not.
    tell_share: Callable[[int, bool], str]
    # What stands between two reasons.
    separator: str


class ReasonLineCache(dict[tuple[Reason, ...], ReasonLine]):
    """The lines of one language, by the reasons: made when first asked for.

    Most are a reader's own, so that it forgets all of them now and then; what readers share it has elsewhere as well.
    """

    def __init__(self, words: ReasonWords) -> None:
        self._words, self._mark = words, f"x{token_hex(8)}r"
        self._line_frame = lru_cache(MAX_CACHED_PIECES)(self._render_line_frame)
        self._cause_frame = lru_cache(MAX_CACHED_PIECES)(self._render_cause_frame)
        self._phrase = lru_cache(MAX_CACHED_PIECES)(self._quick_phrase)
        self._separator = Phrase.measured(words.separator)
        self._share = lru_cache(None)(lambda share, is_first: Phrase.measured(words.tell_share(share, is_first)))
        self._shared = lru_cache(MAX_CACHED_PIECES)(self.careful)

    def __missing__(self, reasons: tuple[Reason, ...]) -> ReasonLine:
        if len(self) >= MAX_CACHED_PIECES:
            self.clear()
        text, html = self.line(reasons, 0)
        found = self[reasons] = ReasonLine(text, html, list_needles(reasons))
        return found

    def of_picks(self, reasons: Sequence[tuple[Reason, ...]]) -> list[ReasonLine]:
        """Return the line of each pick. The first of several in a row that say the same speaks for all of them."""
        lines = [self[each] for each in reasons]
        for first, following in find_runs([line.html for line in lines]):
            text, html = self.line(reasons[first], following)
            lines[first] = lines[first]._replace(text=text, html=html)
            for place in range(first + 1, first + 1 + following):
                lines[place] = lines[place]._replace(text=b"", html=b"")
        return lines

    def line(self, reasons: tuple[Reason, ...], following: int) -> FragmentBytes:
        return self.quick(reasons, following) or self._shared(reasons, following)

    def careful(self, reasons: tuple[Reason, ...], following: int) -> FragmentBytes:
        html, text = self._words.render(reasons, following)
        return FragmentBytes(to_mail_bytes(f"\n{fold_text(text)}\n" if text else ""), to_mail_bytes(html))

    def quick(self, reasons: tuple[Reason, ...], following: int) -> FragmentBytes | None:
        """Return what `careful` gives, or None where a reason has to be looked at closer."""
        causes = group_reasons(reasons)
        words, width, is_named = "", 0, False
        for kind, texts, liked, share in causes:
            phrase = self._phrase(kind, texts, liked)
            if phrase is None:
                return None
            if words:
                words, width = words + self._separator.words, width + self._separator.width
            words, width = words + phrase.words, width + phrase.width
            if 0 < share < WHOLE_SHARE:
                told = self._share(share, not is_named)
                words, width, is_named = words + told.words, width + told.width, True
        label, html, html_end, room = self._line_frame(following)
        line = f"{html}{words}{html_end}".encode()
        if not words or len(line) > MAX_QUICK_LINE:
            return None
        if width <= room:
            return FragmentBytes(f"\r\n{label}{words}\r\n".encode(), line)
        return FragmentBytes(to_mail_bytes(f"\n{fold_text(label + words)}\n"), line)

    def _quick_phrase(self, kind: ReasonKind, texts: tuple[str, ...], liked: int) -> Phrase | None:
        """Return a cause in words, without its share; None where it has to be looked at closer."""
        if kind in ("category", "trending", "explore"):
            words = self._words.explain_group(ReasonGroup(kind, texts, liked, 0))
            is_plain = words == one_line(words) and not re.search(r"[<>&\0]", words)
            return Phrase.measured(words) if words and is_plain else None
        if kind in FILTER_KINDS:
            own = [_show_plain_filter(text) for text in texts[:MAX_FILTERS_NAMED]]
        elif kind == "author":
            own = [_keep_matching(_PLAIN_NAME, texts[0], MAX_FILTER_LENGTH)]
        elif kind == "like":
            own = [_keep_matching(_PLAIN_TITLE, texts[0], MAX_LIKED_TITLE_LENGTH)]
        else:
            return None
        shown = [text for text in own if text]
        if len(shown) < len(own):
            return None
        (before, *after), width = self._cause_frame(kind, len(texts), liked)
        for text, words in zip(shown, after, strict=True):
            before += text + words
            width += len(text)
        return Phrase(before, width)

    def _render_cause_frame(self, kind: ReasonKind, count: int, liked: int) -> tuple[Sequence[str], int]:
        """Return what stands around the texts of a cause, and how many columns that takes."""
        marks = tuple(f"{self._mark}{number}x" for number in range(count))
        around = re.split(f"{self._mark}\\d+x", self._words.explain_group(ReasonGroup(kind, marks, liked, 0)))
        return around, sum(map(display_width, around))

    def _render_line_frame(self, following: int) -> LineFrame:
        html, text = self._words.render((Reason("author", self._mark),), following)
        words = self._words.explain_group(ReasonGroup("author", (self._mark,), 0, 0))
        before, after = to_mail_bytes(html).decode().split(words)
        label = text.removesuffix(words)
        return LineFrame(label, before, after, LINE_WIDTH - display_width(one_line(label)) - 1)


def _show_plain_filter(text: str) -> str | None:
    """Return a plain filter; a phrase without its own quotes, because the sentence has some. None for any other."""
    found = _PLAIN_FILTER.fullmatch(text) if len(text) <= MAX_FILTER_LENGTH else None
    return (found[1] if found[1] is not None else text) if found else None


def _keep_matching(pattern: re.Pattern[str], text: str, longest: int) -> str | None:
    return text if len(text) <= longest and pattern.fullmatch(text) else None
