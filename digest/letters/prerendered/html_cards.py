"""HTML cards: the template is rendered and inlined once for all papers of the same shape, and their words filled in.

The bytes are those that the template and premailer give for the paper itself. A card with a value that an HTML parser
or writer might change, which no normal paper has, is rendered by them.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from secrets import token_hex

from digest.letters.card_content import CardContent, CardLink, CardPart

# A card's HTML with its CSS inlined.
RenderCard = Callable[[CardContent], str]

# The properties of a card that decide which elements it has.
CardShape = tuple[str, int, tuple[str, ...], int, int]

_UNSAFE_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]|style=")
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9:/?#=&%~._-]+")


class HtmlCards:
    """Keep one per language of letters, and use it with that language switched on."""

    def __init__(self, render: RenderCard) -> None:
        self._render = render
        self._mark = f"x{token_hex(8)}q"
        self._frame = lru_cache(maxsize=256)(self._render_frame)

    def card(self, content: CardContent) -> str:
        texts, names, addresses = _list_values(content)
        if not _is_safe_to_fill_in(texts, names, addresses):
            return self._render(content)
        values = [_escape_html(value) for value in (*texts, *names, *addresses)]
        pieces = list(self._frame(_find_shape(content)))
        pieces[1::2] = [values[int(place)] for place in pieces[1::2]]
        return "".join(pieces)

    def _render_frame(self, shape: CardShape) -> Sequence[str]:
        """Return what stands around the values, and between each two the place of the value there."""
        marked = self._render(_placeholder_content(shape, self._mark))
        return tuple(re.split(f"{self._mark}(\\d+)z", marked))


def _find_shape(content: CardContent) -> CardShape:
    languages = tuple(part.language for part in content.parts)
    return content.title_language, len(content.badges), languages, len(content.paper_links), len(content.feedback_links)


def _list_values(content: CardContent) -> tuple[list[str], list[str], list[str]]:
    """Return texts, labels for screen readers, and addresses, in the order of `_placeholder_content`."""
    links = (*content.paper_links, *content.feedback_links)
    texts = [content.title, content.authors, content.category, content.day, *content.badges]
    for part in content.parts:
        texts += (part.label, part.text)
    texts += [link.text for link in links]
    return texts, [link.name for link in links], [link.address for link in links]


def _placeholder_content(shape: CardShape, mark: str) -> CardContent:
    """Return a content of this shape with a mark in each place."""
    title_language, badges, languages, reading, saying = shape
    marks = (f"{mark}{number}z" for number in count())
    title, authors, category, day = (next(marks) for _ in range(4))
    found = tuple(next(marks) for _ in range(badges))
    parts = tuple(CardPart(next(marks), next(marks), language) for language in languages)
    links = _placeholder_links(reading + saying, marks)
    return CardContent(title, title_language, authors, category, day, found, parts, links[:reading], links[reading:])


def _placeholder_links(number: int, marks: Iterator[str]) -> tuple[CardLink, ...]:
    texts, names, addresses = ([next(marks) for _ in range(number)] for _ in range(3))
    return tuple(CardLink(*each) for each in zip(texts, addresses, names, strict=True))


def _is_safe_to_fill_in(texts: Sequence[str], names: Sequence[str], addresses: Sequence[str]) -> bool:
    """Return whether an HTML parser and writer return all values as they are, but for the escapes of `_escape_html`."""
    words = (*texts, *names)
    return (
        not any(not word.strip() or _UNSAFE_TEXT.search(word) for word in words)
        and not any('"' in name or "<!--" in name for name in names)
        and all(map(_PLAIN_ADDRESS.fullmatch, addresses))
    )


def _escape_html(value: str) -> str:
    """Escape as libxml2 does, in text and in attributes: quotes stay."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
