"""Plain text cards: the template is rendered once for all papers with as many lines, and their words filled in."""

import re
from collections.abc import Sequence
from functools import lru_cache
from secrets import token_hex

from django.template.loader import render_to_string

from digest.letters import wording
from digest.letters.card_content import CardContent
from digest.letters.rendering import NUMBER_ROOM
from digest.letters.text_layout import fold_text


class TextCards:
    """Keep one per language of letters, and use it with that language switched on."""

    def __init__(self, number: str, why: str) -> None:
        """*number* and *why* are the marks that a reader's letter fills in."""
        self._number, self._why = number, why
        self._mark = f"x{token_hex(8)}p"
        self._frame = lru_cache(maxsize=256)(self._render_frame)

    def card(self, content: CardContent) -> str:
        colon, links = wording.after_label(), (*content.paper_links, *content.feedback_links)
        values = [
            fold_text(f"{NUMBER_ROOM} {content.title}").replace(NUMBER_ROOM, self._number, 1),
            fold_text(content.authors),
        ]
        values.append(fold_text(" · ".join((content.category, content.day, *content.badges))))
        values += [fold_text(f"{part.label}{colon}{part.text}") for part in content.parts]
        for link in links:
            values += (link.text, link.address)
        pieces = list(self._frame(len(content.parts), len(links)))
        pieces[1::2] = values
        return "".join(pieces)

    def _render_frame(self, parts: int, links: int) -> Sequence[str]:
        """Return what stands around the values, in their order."""
        marks = [f"{self._mark}{number}z" for number in range(3 + parts + 2 * links)]
        texts, addresses = marks[3 + parts :: 2], marks[4 + parts :: 2]
        context = {
            "title": marks[0],
            "authors": marks[1],
            "meta": marks[2],
            "parts": marks[3 : 3 + parts],
            "why": self._why,
            "links": [{"text": text, "address": at} for text, at in zip(texts, addresses, strict=True)],
            "colon": wording.before_address(),
        }
        rendered = render_to_string("emails/_card.txt", context).strip("\n") + "\n"
        return re.split(f"({self._mark}\\d+z)", rendered)
