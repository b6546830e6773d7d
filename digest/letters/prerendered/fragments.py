"""The prepared pieces of an edition's letters: each is rendered and inlined once, whoever gets it.

What is a reader's own stands in a piece as a mark, an unguessable word, and is filled in per reader by replacement. So
no letter costs a template or premailer; and no title can pass for a mark, because marks are drawn after it was written.
"""

import re
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from html import escape
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import get_language_bidi, pgettext

from digest.domain import EditionContents, Reason
from digest.letters import operator_note, wording
from digest.letters.content import CardContent, describe_paper, describe_parts, shorten_name
from digest.letters.css_inlining import inline_document, inline_fragment
from digest.letters.notices import describe_change
from digest.letters.prerendered.html_cards import HtmlCards
from digest.letters.prerendered.pieces import Fragment
from digest.letters.prerendered.text_cards import TextCards
from digest.letters.sender import Sender
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import break_long_lines, fold_text


class Placeholders:
    """Unguessable words that stand where a reader's own things go."""

    def __init__(self) -> None:
        self.word = word = secrets.token_hex(8)
        self.subject, self.preheader, self.reason, self.cards = (f"x{word}{letter}x" for letter in "abcd")
        self.preferences, self.unsubscribe, self.view, self.feedback = (f"x{word}{letter}x" for letter in "efgh")
        self.number, self.why, self.brief, self.more, self.address = (f"x{word}{letter}x" for letter in "ijklm")
        self.notices = f"x{word}nx"


class Fragments:
    """The prepared pieces of an edition. Call every method with the reader's language switched on."""

    def __init__(self, contents: EditionContents, publisher: Sender) -> None:
        self.contents = contents
        self.publisher = publisher
        self.marks = Placeholders()
        self.titles = [to_text(paper.title) or paper.arxiv_id for paper in contents.papers]
        self._names = Counter(map(shorten_name, self.titles))
        self._known = lru_cache(None)(self._facts)
        self._frames = lru_cache(self._frames_of)
        self._plain = lru_cache(lambda language: TextCards(self.marks.number, self.marks.why))
        self._why_frame = lru_cache(self._why_frame_of)
        self.more = lru_cache(self._more_of)

    # --- cards ------------------------------------------------------------------------------------------------------
    def card(self, rank: int, language: str, detail: str) -> Fragment:
        summary = self.contents.summaries.get((rank, language))
        told = describe_parts(self.contents.papers[rank], summary, language, detail)
        known = replace(self._known(rank, language), parts=told)
        return Fragment(_tidy_html(self._frames(language).card(known)), self._plain(language).card(known))

    def _facts(self, rank: int, language: str) -> CardContent:
        """Return the content that every card of a paper has."""
        paper, title = self.contents.papers[rank], self.titles[rank]
        name = shorten_name(title)
        name = name if self._names[name] == 1 else f"{name} ({paper.arxiv_id})"
        return describe_paper(paper, language, title=title, name=name, feedback=self.marks.feedback)

    def _frames_of(self, language: str) -> HtmlCards:
        return HtmlCards(self._card_html)

    def _card_html(self, known: CardContent) -> str:
        return _render_inlined(
            "emails/_paper.html", {"paper": known, "why": self.marks.why, "colon": wording.after_label()}
        )

    # --- why a reader got a paper -----------------------------------------------------------------------------------
    def why(self, reasons: tuple[Reason, ...], language: str) -> Fragment:
        """The line that tells a reader why, its text not folded; empty where there is nothing to tell."""
        words = wording.explain_reasons(reasons)
        if not words:
            return Fragment("", "")
        label = pgettext("letter", "Why you")
        html = self._why_frame(language).replace(self.marks.why, escape(words, quote=False))
        return Fragment(break_long_lines(f"{html.strip()}\n"), f"{label}{wording.after_label()}{words}")

    def _why_frame_of(self, language: str) -> str:
        return _render_tidy("emails/_why.html", {"why": self.marks.why, "colon": wording.after_label()})

    # --- what stands around the cards -------------------------------------------------------------------------------
    def _more_of(self, language: str) -> str:
        """The HTML of the line that says what the letter could not hold."""
        context = {"brief": self.marks.brief, "more": self.marks.more, "address": self.marks.address}
        return _render_tidy("emails/_more.html", context)

    def notices(self, language: str) -> Fragment:
        """The heading of what is told about papers sent before, and the place for it."""
        heading = pgettext("letter", "About papers you were sent before")
        html = _render_tidy("emails/_notices.html", {"heading": heading, "notices": self.marks.notices})
        return Fragment(html, f"{fold_text(heading)}\n\n{self.marks.notices}")

    def notice(self, rank: int, language: str) -> Fragment:
        told = describe_change(self.contents.papers[rank], language, self.titles[rank])
        text = fold_text(f"{told.sentence}{wording.before_address()}{told.address}")
        return Fragment(_render_tidy("emails/_notice.html", {"notice": told}), f"{text}\n")

    def shell(self, language: str) -> Fragment:
        context = self._shell_context(language)
        note = mark_safe(operator_note.render_html(self.contents.note))  # noqa: S308 - nh3 cleaned it
        html = render_to_string("emails/digest.html", {**context, "note": note})
        direction = str(context["direction"])
        text = render_to_string("emails/digest.txt", {**context, **self._shell_lines(context)})
        return Fragment(
            _tidy_html(inline_document(html, direction)), re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
        )

    def _shell_context(self, language: str) -> dict[str, Any]:
        publisher = self.publisher
        heading = pgettext("letter", "Your papers of %(date)s") % {"date": wording.format_day(self.contents.day)}
        return {
            "language": wording.html_language(language),
            "direction": "rtl" if get_language_bidi() else "ltr",
            "site_name": publisher.site_name,
            "site_url": publisher.site_url,
            "postal_address": publisher.postal_address,
            "contact": publisher.contact,
            "heading": heading,
            "thanks": pgettext("letter", "Thank you to arXiv for use of its open access interoperability."),
            "colon": wording.before_address(),
            "links": self.marks,
            **{name: getattr(self.marks, name) for name in ("subject", "preheader", "reason", "cards")},
        }

    def _shell_lines(self, context: Mapping[str, Any]) -> dict[str, str]:
        """Return the texts that the plain part has in short lines."""
        address = "\n".join(fold_text(line) for line in self.publisher.postal_address.splitlines())
        return {
            "note": operator_note.render_text(self.contents.note),
            "postal_address": address,
            "thanks": fold_text(context["thanks"]),
        }


def _render_tidy(template: str, context: Mapping[str, Any]) -> str:
    return _tidy_html(_render_inlined(template, context))


def _render_inlined(template: str, context: Mapping[str, Any]) -> str:
    direction = "rtl" if get_language_bidi() else "ltr"
    return inline_fragment(render_to_string(template, dict(context)), direction)


def _tidy_html(html: str) -> str:
    """Remove empty lines and indentation, and break lines so long that mail would have to encode them."""
    return break_long_lines(re.sub(r"\n\s*", "\n", html))
