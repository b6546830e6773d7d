"""Renders the pieces of a letter from templates, for both parts. Call it with the reader's language switched on.

A reader's own words stand in a piece as placeholders and are filled in after its CSS was written into it: so no filter
and no address ever passes through an HTML parser, and what readers share can be rendered once.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import date
from html import escape
from typing import Any, NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import get_language_bidi, pgettext

from digest.domain import EditionContents, PaperRecord, Reason, ToldRelation
from digest.letters import links, operator_note, wording
from digest.letters.card_content import CardContent
from digest.letters.css_inlining import inline_document, inline_fragment
from digest.letters.notices import describe_change
from digest.letters.reasons import explain_reasons
from digest.letters.sender import Sender
from digest.letters.text_layout import break_long_lines, fold_text, one_line
from subscriptions.transit_safe_mail import indent_from_lines

# Keeps the room that a paper's number takes in its first line, so that lines break alike whatever the number is.
NUMBER_ROOM = "000."


class Fragment(NamedTuple):
    """A piece of a letter for both parts."""

    html: str
    text: str


class Placeholders:
    """Unguessable words that stand where a reader's own words go.

    They are drawn when the letters are made, after every title was written, so that no title can pass for one.
    """

    def __init__(self) -> None:
        self.word = word = secrets.token_hex(8)
        self.subject, self.preheader, self.reason, self.cards = (f"x{word}{letter}x" for letter in "abcd")
        self.preferences, self.unsubscribe, self.view, self.feedback = (f"x{word}{letter}x" for letter in "efgh")
        self.number, self.why, self.brief, self.more, self.address = (f"x{word}{letter}x" for letter in "ijklm")
        self.notices, self.region = f"x{word}nx", f"x{word}ox"


def render_card_html(content: CardContent, why: str, region: str) -> str:
    """Return the HTML of a card, not tidied.

    *why* stands where the reasons go, *region* before and after each text in which words may be marked.
    """
    context = {"paper": content, "why": why, "region": region, "colon": wording.after_label()}
    return _render_inlined("emails/_card.html", context)


def render_card_text(content: CardContent, number: str, why: str) -> str:
    """Return the text of a card; *number* and *why* stand where its number and the reasons go."""
    colon = wording.after_label()
    context = {
        "title": fold_text(f"{NUMBER_ROOM} {content.title}").replace(NUMBER_ROOM, number, 1),
        "authors": fold_text(content.authors),
        "meta": fold_text(" · ".join((content.category, content.day, *content.badges))),
        "parts": [fold_text(f"{part.label}{colon}{part.text}") for part in content.parts],
        "why": why,
        "links": [
            {"text": link.text, "address": link.address} for link in (*content.paper_links, *content.feedback_links)
        ],
        "colon": wording.before_address(),
    }
    return render_to_string("emails/_card.txt", context).strip("\n") + "\n"


def render_reasons(reasons: tuple[Reason, ...], following: int, placeholder: str) -> Fragment:
    """Return the line that tells a reader why, its text not folded; empty where there is nothing to tell.

    It also speaks for the *following* papers, which were chosen for the same.
    """
    words = explain_reasons(reasons)
    return fill_reasons(render_reasons_html(following, placeholder), following, placeholder, words)


def render_reasons_html(following: int, placeholder: str) -> str:
    """Return the HTML of a line of reasons, with a placeholder for the words."""
    label = wording.label_reasons(following)
    return render_tidy("emails/_reasons.html", {"label": label, "why": placeholder, "colon": wording.after_label()})


def fill_reasons(html: str, following: int, placeholder: str, words: str) -> Fragment:
    """Return the line of `render_reasons` from its HTML with a placeholder for the words."""
    if not words:
        return Fragment("", "")
    html = html.replace(placeholder, escape(words, quote=False))
    label = wording.label_reasons(following)
    return Fragment(break_long_lines(f"{html.strip()}\n"), f"{label}{wording.after_label()}{words}")


def render_relation(relation: ToldRelation) -> Fragment:
    """Return the sentence that relates a paper to one that the reader kept."""
    label, words = wording.label_relation(relation.writer), one_line(relation.text)
    context = {"label": label, "text": words, "colon": wording.after_label()}
    return Fragment(render_tidy("emails/_relation.html", context), f"{label}{wording.after_label()}{words}")


def render_more_html(placeholders: Placeholders) -> str:
    """Return the HTML of the line that says what the letter could not hold."""
    names = ("brief", "more", "address")
    return render_tidy("emails/_more.html", {name: getattr(placeholders, name) for name in names})


def render_notices_heading(placeholders: Placeholders) -> Fragment:
    """Return the heading above the notices about papers sent before, and the place for them."""
    heading = pgettext("letter", "About papers you were sent before")
    html = render_tidy("emails/_notices.html", {"heading": heading, "notices": placeholders.notices})
    return Fragment(html, f"{fold_text(heading)}\n\n{placeholders.notices}")


def render_notice(paper: PaperRecord, language: str, title: str) -> Fragment:
    """Return what became of a paper that was sent before. *title* is readable already."""
    change = describe_change(paper, language, title)
    text = fold_text(f"{change.sentence}{wording.before_address()}{change.address}")
    return Fragment(render_tidy("emails/_notice.html", {"notice": change}), f"{text}\n")


def render_shell(
    contents: EditionContents,
    sender: Sender,
    language: str,
    placeholders: Placeholders,
    first_day: date | None = None,
) -> Fragment:
    """Return what stands around the papers, with placeholders for them and for what is a reader's own.

    *first_day* is given where the letter covers several days.
    """
    direction = "rtl" if get_language_bidi() else "ltr"
    thanks = pgettext("letter", "Thank you to arXiv for use of its open access interoperability.")
    context = {
        "language": wording.html_language(language),
        "direction": direction,
        "site_name": sender.site_name,
        "site_url": sender.site_url,
        "postal_address": sender.postal_address,
        "contact": sender.contact,
        "privacy": links.privacy_url(sender),
        "selection": links.selection_url(sender),
        "heading": wording.format_heading(first_day, contents.day),
        "thanks": thanks,
        "colon": wording.before_address(),
        "links": placeholders,
        **{name: getattr(placeholders, name) for name in ("subject", "preheader", "reason", "cards")},
    }
    note = mark_safe(operator_note.render_html(contents.note))  # noqa: S308 - nh3 cleaned it
    html = render_to_string("emails/letter.html", {**context, "note": note})
    in_text = {
        "note": operator_note.render_text(contents.note),
        "postal_address": "\n".join(fold_text(line) for line in sender.postal_address.splitlines()),
        "thanks": fold_text(thanks),
    }
    text = render_to_string("emails/letter.txt", {**context, **in_text})
    tidy_text = re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
    # The text begins with the name of the site, which is a line's beginning too.
    return Fragment(tidy_html(inline_document(html, direction)), indent_from_lines(tidy_text))


def render_tidy(template: str, context: Mapping[str, Any]) -> str:
    """Return the HTML of a template with its CSS written into the elements, tidied."""
    return tidy_html(_render_inlined(template, context))


def tidy_html(html: str) -> str:
    """Remove empty lines and indentation, and break lines so long that mail would have to encode them."""
    return break_long_lines(re.sub(r"\n\s*", "\n", html))


def _render_inlined(template: str, context: Mapping[str, Any]) -> str:
    direction = "rtl" if get_language_bidi() else "ltr"
    return inline_fragment(render_to_string(template, dict(context)), direction)
