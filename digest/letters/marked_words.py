"""Marks the words of a card that the reader's filters and authors matched. Only the HTML part has marks.

Words are compared as filters compare them: case, accents and plurals make no difference, a phrase stands side by side,
`robot*` is a beginning. Only text between two *region* placeholders of the template is looked at, so that no filter
ever touches a tag; and nothing but the two tags of a mark is added.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

from digest.domain import Reason
from digest.letters.tex.to_unicode import to_text
from subscriptions.filters.language import (
    Field,
    FilterError,
    Term,
    find_words,
    fold,
    parse,
    parse_plain,
    positive_terms,
    words,
)

# Bold without a colour of its own: as readable as the text around it, in the dark and in any mail program.
MARK_BEGINS, MARK_ENDS = b"<strong>", b"</strong>"
# In a card, the first ones. Their tags must fit beside 900 bytes into a line of mail.
MAX_MARKS = 5

# The texts of a card, in their order; from SUMMARY on all are parts of a summary.
TITLE, AUTHORS, SUMMARY = range(3)
# More than any card has.
END = 1_000

_MAX_CACHED_FILTERS = 1 << 14


class Needle(NamedTuple):
    """Words to be found from one text of a card to before another one."""

    first: int
    end: int
    # With a space before each, and one at the end unless the last is a beginning.
    words: str
    # How many words these are.
    size: int


class TextIndex(NamedTuple):
    """The words of one text of a card, and where each stands."""

    # The folded words, with a space before and after each.
    line: str
    # Where in `line` the space before each word is, in characters.
    starts: "array[int]"
    # Where each word begins and ends in the text, in bytes of UTF-8.
    begins: "array[int]"
    ends: "array[int]"


class MarkableCard:
    """The HTML of a card in which words can be marked."""

    def __init__(self, html: bytes, edges: Sequence[int]) -> None:
        """*edges* are where the texts of *html* begin and end, one after the other, in bytes."""
        self.html = html
        # Where each text begins, and its words.
        self._texts = [
            (begin, _index_text(html[begin:end].decode("utf-8", "surrogatepass")))
            for begin, end in zip(edges[::2], edges[1::2], strict=True)
        ]

    def mark(self, needles: Iterable[Needle]) -> bytes:
        """Return the HTML with what *needles* find marked."""
        html, done = self.html, 0
        places = self._find(needles)
        if not places:
            return html
        pieces: list[bytes] = []
        for begin, end in places:
            pieces += (html[done:begin], MARK_BEGINS, html[begin:end], MARK_ENDS)
            done = end
        pieces.append(html[done:])
        return b"".join(pieces)

    def _find(self, needles: Iterable[Needle]) -> list[tuple[int, int]]:
        """Return where the first MAX_MARKS of the needles stand, in order; no place overlaps another."""
        spans: list[tuple[int, int]] = []
        for first, end, sought, size in needles:
            room = MAX_MARKS
            for text_begins, (line, starts, begins, ends) in self._texts[first:end]:
                at = line.find(sought)
                while at >= 0 and room:
                    place = bisect_left(starts, at)
                    spans.append((text_begins + begins[place], text_begins + ends[place + size - 1]))
                    room -= 1
                    at = line.find(sought, at + 1)
        if len(spans) < 2:
            return spans
        spans.sort()
        disjoint = spans[:1]
        for span in spans:
            if span[0] >= disjoint[-1][1]:
                disjoint.append(span)
        return disjoint[:MAX_MARKS]


# A day's titles, authors, summaries and abstracts: the cards of all languages and levels of detail share them.
@lru_cache(1 << 12)
def _index_text(html: str) -> TextIndex:
    found = find_words(_blank_entities(html))
    folded = [fold(word) for word, _, _ in found]
    begins, ends = [begin for _, begin, _ in found], [end for _, _, end in found]
    if not html.isascii():
        # Where each character begins, in bytes.
        places = [0, *accumulate(len(character.encode("utf-8", "surrogatepass")) for character in html)]
        begins, ends = [places[begin] for begin in begins], [places[end] for end in ends]
    starts = array("I", accumulate((len(word) + 1 for word in folded), initial=0))
    return TextIndex(f" {' '.join(folded)} ", starts, array("I", begins), array("I", ends))


def mark_words(html: str, region: str, needles: Sequence[Needle]) -> str:
    """Return the HTML of a card with what *needles* find marked, and without the placeholders *region*."""
    whole, edges = cut_regions(html.encode("utf-8", "surrogatepass"), region)
    marked = MarkableCard(whole, edges).mark(needles) if needles else whole
    return marked.decode("utf-8", "surrogatepass")


def cut_regions(html: bytes, region: str) -> tuple[bytes, Sequence[int]]:
    """Return *html* without the placeholders *region*, and where they stood, in bytes."""
    around = html.split(region.encode())
    return b"".join(around), tuple(accumulate(map(len, around[:-1])))


def list_needles(reasons: Iterable[Reason]) -> tuple[Needle, ...]:
    """Return what to look for in a paper that was chosen for these reasons."""
    needles: list[Needle] = []
    for kind, text, _, _ in reasons:
        if kind in ("keyword", "keyword_in_title"):
            needles += _list_needles_of_filter(text)
        elif kind in ("author", "perhaps_author"):
            needles += _make_needle(AUTHORS, SUMMARY, words(to_text(text.partition("; ")[0])))
    return tuple(needles)


@lru_cache(_MAX_CACHED_FILTERS)
def _list_needles_of_filter(text: str) -> tuple[Needle, ...]:
    """Return what a filter looks for in what cards show; nothing for a text that is no filter."""
    if plain := parse_plain(text):
        kind, first, second = plain
        match kind:
            case "word":
                return _make_needle(TITLE, END, (first,))
            case "both":
                return _make_needle(TITLE, END, (first,)) + _make_needle(TITLE, END, (second,))
            case "phrase":
                return _make_needle(TITLE, END, (first, second))
            case "title":
                return _make_needle(TITLE, AUTHORS, (first,))
            case "author":
                return _make_needle(AUTHORS, SUMMARY, (first,))
    try:
        terms = [term for term in positive_terms(parse(text)) if isinstance(term, Term)]
    except FilterError:
        return ()
    return tuple(
        needle
        for term in terms
        if term.field in _SEARCHED
        for needle in _make_needle(*_SEARCHED[term.field], term.words)
    )


_SEARCHED: Mapping[Field, tuple[int, int]] = {
    "any": (TITLE, END),
    "title": (TITLE, AUTHORS),
    "abstract": (SUMMARY, END),
    "author": (AUTHORS, SUMMARY),
}


def _make_needle(first: int, end: int, sought: Sequence[str]) -> tuple[Needle, ...]:
    """Return the one needle for words; none without any word."""
    if not sought:
        return ()
    is_beginning = sought[-1].endswith("*")
    whole = [*map(fold, sought)]
    if is_beginning:
        whole[-1] = sought[-1][:-1]
    return (Needle(first, end, f" {' '.join(whole)}{'' if is_beginning else ' '}", len(sought)),)


def _blank_entities(html: str) -> str:
    """Return *html* with spaces in place of `&amp;` and the like."""
    if "&" not in html:
        return html
    pieces = html.split("&")
    blanked = [pieces[0]]
    for piece in pieces[1:]:
        entity, semicolon, rest = piece.partition(";")
        blanked.append(" " * (len(entity) + 2) + rest if semicolon else f"&{piece}")
    return "".join(blanked)
