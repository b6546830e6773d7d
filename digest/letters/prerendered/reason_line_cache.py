"""Prepared lines that say why a reader got a paper: most are shared, the others differ in the reader's filters only."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import count
from typing import NamedTuple

from digest.domain import Reason, ReasonKind
from digest.letters.prerendered.pieces import MAX_CACHED_PIECES, FragmentBytes, to_mail_bytes
from digest.letters.reasons import MAX_FILTER_LENGTH, MAX_FILTERS_NAMED
from digest.letters.rendering import Fragment
from digest.letters.text_layout import LINE_WIDTH, display_width, fold_text, one_line

# Characters of a line that is surely short enough for mail.
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

# The line for these reasons, not folded, in the language of the letters; empty where there is nothing to tell.
RenderReasons = Callable[[tuple[Reason, ...]], Fragment]


class ReasonFrame(NamedTuple):
    """A line without its filters: what stands before, between and after them."""

    text: Sequence[str]
    html: Sequence[str]
    # Columns that the filters may take without another line.
    room: int


class ReasonLineCache(dict[tuple[Reason, ...], FragmentBytes]):
    """The lines of one language, by the reasons: made when first asked for.

    Most are a reader's own, so that it forgets all of them now and then; what readers share it has elsewhere as well.
    """

    def __init__(self, render: RenderReasons, mark: str) -> None:
        self._render_reasons = render
        self._mark = mark
        self._frame = lru_cache(MAX_CACHED_PIECES)(self._render_frame)
        self._filter, self._author = self._make_quickest("keyword"), self._make_quickest("author")
        self._shared = lru_cache(MAX_CACHED_PIECES)(self.render)

    def __missing__(self, reasons: tuple[Reason, ...]) -> FragmentBytes:
        if len(self) >= MAX_CACHED_PIECES:
            self.clear()
        found = self[reasons] = self._quickest(reasons) or self._shared(reasons)
        return found

    def _quickest(self, reasons: tuple[Reason, ...]) -> FragmentBytes | None:
        if len(reasons) == 1:
            kind, text, *_ = reasons[0]
            if kind == "keyword":
                return self._filter(text)
            if kind == "author":
                return self._author(text)
        return None

    def render(self, reasons: tuple[Reason, ...]) -> FragmentBytes:
        return self.quick(reasons) or self.careful(reasons)

    def careful(self, reasons: tuple[Reason, ...]) -> FragmentBytes:
        html, text = self._render_reasons(reasons)
        return FragmentBytes(to_mail_bytes(f"\n{fold_text(text)}\n" if text else ""), to_mail_bytes(html))

    def quick(self, reasons: tuple[Reason, ...]) -> FragmentBytes | None:
        """Return what `careful` gives, or None where a filter or a name has to be looked at closer."""
        filters = list(dict.fromkeys(each.text for each in reasons if each.kind == "keyword"))
        names = [each.text for each in reasons if each.kind == "author"]
        if not (filters or names) or not all(map(_is_plain_filter, filters)) or not all(map(_is_plain_name, names)):
            return None
        shape = tuple(None if reason.kind == "author" else reason for reason in reasons if reason.kind != "keyword")
        frame = self._frame(len(filters), shape)
        own = [*map(_strip_quotes, filters[:MAX_FILTERS_NAMED]), *names]
        text, html = _fill_frame(frame.text, own), _fill_frame(frame.html, own)
        if len(html) > MAX_QUICK_LINE:
            return None
        return FragmentBytes(
            to_mail_bytes(f"\n{text if sum(map(len, own)) <= frame.room else fold_text(text)}\n"), to_mail_bytes(html)
        )

    def _render_frame(self, filters: int, shape: tuple[Reason | None, ...]) -> ReasonFrame:
        marks = (f"{self._mark}{number}x" for number in count())
        marked = [Reason("keyword", next(marks)) for _ in range(filters)]
        marked += [reason or Reason("author", next(marks)) for reason in shape]
        html, text = self._render_reasons(tuple(marked))
        cut = re.compile(f"{self._mark}\\d+x")
        around = cut.split(one_line(text))
        return ReasonFrame(around, cut.split(html), LINE_WIDTH - sum(map(display_width, around)))

    def _make_quickest(self, kind: ReasonKind) -> Callable[[str], FragmentBytes | None]:
        """Return a function for the text of a reason that stands alone; it gives the same as `quick`."""
        frame = self._render_frame(1, ()) if kind == "keyword" else self._render_frame(0, (None,))
        text, text_end, html, html_end = map(to_mail_bytes, (f"\n{frame.text[0]}", f"{frame.text[1]}\n", *frame.html))
        room, pattern = min(frame.room, MAX_FILTER_LENGTH), _PLAIN_FILTER if kind == "keyword" else _PLAIN_NAME

        def render_alone(own: str) -> FragmentBytes | None:
            if len(own) > room or not (found := pattern.fullmatch(own)):
                return None
            words = (found[1] or own).encode()
            return FragmentBytes(b"%b%b%b" % (text, words, text_end), b"%b%b%b" % (html, words, html_end))

        return render_alone


def _fill_frame(around: Sequence[str], own: Sequence[str]) -> str:
    filled = list(around[:1])
    for words, after in zip(own, around[1:], strict=True):
        filled += (words, after)
    return "".join(filled)


def _is_plain_filter(text: str) -> bool:
    return len(text) <= MAX_FILTER_LENGTH and bool(_PLAIN_FILTER.fullmatch(text))


def _is_plain_name(text: str) -> bool:
    return len(text) <= MAX_FILTER_LENGTH and bool(_PLAIN_NAME.fullmatch(text))


def _strip_quotes(text: str) -> str:
    """Return a plain filter; a phrase without its own quotes, because the sentence has some."""
    found = _PLAIN_FILTER.fullmatch(text)
    return found[1] if found and found[1] is not None else text
