"""Renders the pieces of a letter from templates, for both parts. Call it with the reader's language switched on.

A reader's own words stand in a piece as placeholders and are filled in afterwards, escaped: so what readers share can
be rendered once.
"""

import re
import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any, AnyStr, Generic, NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import get_language_bidi, pgettext

from digest.domain import EditionContents, ToldRelation
from digest.letters import links, operator_note, wording
from digest.letters.card_content import CardContent
from digest.letters.kinds import LETTER_KINDS
from digest.letters.notices import Notice, describe_change, describe_news
from digest.letters.sender import Sender
from digest.letters.text_layout import break_long_lines, fold_text, one_line
from subscriptions.transit_safe_mail import indent_from_lines

# Keeps the room that a paper's number takes in its first line, so that lines break alike whatever the number is.
NUMBER_ROOM = "000."


class Fragment(NamedTuple, Generic[AnyStr]):
    """A piece of a letter for both parts: as text, or as bytes of mail."""

    html: AnyStr
    text: AnyStr


NOTHING = Fragment("", "")


class Placeholders:
    """Unguessable words that stand where a reader's own words go.

    They are drawn when the letters are made, after every title was written, so that no title can pass for one.
    """

    def __init__(self) -> None:
        self.word = word = secrets.token_hex(8)
        self.subject, self.preheader, self.reason, self.cards = (f"x{word}{letter}x" for letter in "abcd")
        self.preferences, self.unsubscribe, self.view, self.feedback = (f"x{word}{letter}x" for letter in "efgh")
        self.number, self.why, self.address, self.notices, self.region = (f"x{word}{letter}x" for letter in "ijklm")


def render_card(content: CardContent, marks: Placeholders) -> Fragment[str]:
    """Return a card, with placeholders for its number and the reasons, and around each text with words to mark."""
    colon, facts = wording.after_label(), [each for each in (content.facts, *content.badges) if each]
    context = {
        "paper": content,
        "form": content.form.value,
        "colon": colon,
        **{name: getattr(marks, name) for name in ("number", "why", "region")},
    }
    blocks = [
        fold_text(f"{NUMBER_ROOM} {content.title}").replace(NUMBER_ROOM, marks.number, 1),
        fold_text(content.authors),
        *([fold_text(" · ".join(facts))] if facts else []),
        *(f"\n{fold_text(f'{part.label}{colon}{part.text}' if part.label else part.text)}" for part in content.parts),
        marks.why,
    ]
    links = (*content.paper_links, *content.feedback_links)
    addresses = "".join(f"{link.text}{wording.before_address()}{link.address}\n" for link in links)
    return Fragment(render_tidy("emails/_card.html", context), "\n".join(blocks) + f"\n{addresses}")


def render_reasons(words: str, following: int) -> Fragment[str]:
    """Return the line that tells a reader why, which also speaks for the *following* papers."""
    return render_labelled("emails/_reasons.html", wording.label_reasons(following), words)


def render_relation(relation: ToldRelation) -> Fragment[str]:
    """Return the sentence that relates a paper to one that the reader kept."""
    return render_labelled("emails/_relation.html", wording.label_relation(relation.writer), one_line(relation.text))


def render_labelled(template: str, label: str, words: str) -> Fragment[str]:
    """Return a line of a card: *words* after a label."""
    colon = wording.after_label()
    html = render_tidy(template, {"label": label, "colon": colon, "words": words})
    return Fragment(html, f"\n{fold_text(f'{label}{colon}{words}')}\n")


def render_shortened(count: int, address: str) -> Fragment[str]:
    """Return the line at the top that says how many papers have less room than usual."""
    shortened, whole = wording.describe_shortened_papers(count), wording.label_whole_edition()
    html = render_tidy("emails/_shortened.html", {"shortened": shortened, "whole": whole, "address": address})
    return Fragment(html, f"{fold_text(shortened)}\n{whole}{wording.before_address()}{address}\n")


def render_more(count: int, address: str) -> Fragment[str]:
    """Return the line at the end that says how many papers the letter does not hold."""
    more = wording.describe_more_on_the_web(count)
    html = render_tidy("emails/_more.html", {"more": more, "address": address})
    return Fragment(html, f"{more}{wording.before_address()}{address}\n")


def render_notices(
    contents: EditionContents,
    titles: Sequence[str],
    changed: Sequence[int],
    news: Sequence[int],
    language: str,
    marks: Placeholders,
) -> Fragment[str]:
    """Return the notices about papers sent or kept before below their heading.

    They are of the *changed* papers, by rank, and of *news*, by number. *titles* are those of all papers, readable.
    """
    told = [describe_change(contents.papers[rank], language, titles[rank]) for rank in changed]
    told += [describe_news(contents.news[number], language) for number in news]
    notices = [_render_notice(notice) for notice in told]
    heading = pgettext("letter", "News of papers you kept or were sent")
    html = render_tidy("emails/_notices.html", {"heading": heading, "notices": marks.notices})
    html = html.replace(marks.notices, "".join(notice.html for notice in notices))
    text = "\n".join(notice.text for notice in notices)
    return Fragment(html, f"{fold_text(heading)}\n\n{text}")


def _render_notice(notice: Notice) -> Fragment[str]:
    text = fold_text(f"{notice.sentence}{wording.before_address()}{notice.address}")
    return Fragment(render_tidy("emails/_notice.html", {"notice": notice}), f"{text}\n")


def render_shell(
    contents: EditionContents,
    sender: Sender,
    language: str,
    placeholders: Placeholders,
    kind: str = "digest",
    first_day: date | None = None,
) -> Fragment[str]:
    """Return what stands around the papers, with placeholders for them and for what is a reader's own.

    *first_day* is given where the letter covers several days.
    """
    thanks = pgettext("letter", "Thank you to arXiv for use of its open access interoperability.")
    words = LETTER_KINDS[kind]
    context = {
        "language": wording.html_language(language),
        "direction": "rtl" if get_language_bidi() else "ltr",
        "site_name": sender.site_name,
        "site_url": sender.site_url,
        "postal_address": sender.postal_address,
        "contact": sender.contact,
        "privacy": links.privacy_url(sender),
        "selection": links.selection_url(sender),
        "heading": words.write_heading(first_day, contents.day),
        "introduction": words.write_introduction(sender.site_name),
        "thanks": thanks,
        "colon": wording.before_address(),
        "links": placeholders,
        **{name: getattr(placeholders, name) for name in ("subject", "preheader", "reason", "cards")},
    }
    own_note = contents.note_in(language)
    note = mark_safe(operator_note.render_html(own_note))  # noqa: S308 - nh3 cleaned it
    html = render_tidy("emails/letter.html", {**context, "note": note})
    in_text = {
        "introduction": fold_text(context["introduction"]),
        "note": operator_note.render_text(own_note),
        "postal_address": "\n".join(fold_text(line) for line in sender.postal_address.splitlines()),
        "thanks": fold_text(thanks),
    }
    text = render_to_string("emails/letter.txt", {**context, **in_text})
    tidy_text = re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"
    # The text begins with the name of the site, which is a line's beginning too.
    return Fragment(html, indent_from_lines(tidy_text))


def render_tidy(template: str, context: dict[str, Any]) -> str:
    """Return the HTML of a template without empty lines and indentation, and without lines that mail has to encode."""
    html = render_to_string(template, context).strip()
    return break_long_lines(re.sub(r"\n\s*", "\n", html)) + "\n"
