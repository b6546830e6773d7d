"""Assembles a letter step by step from its templates. Read this file first.

The letters that go out are made by `prerendered/renderer.py`, from bytes that are prepared once for all readers: the
same bytes, thousands of times faster. tests/letters/test_plain_and_fast_are_equal.py holds the two equal.
"""

from collections.abc import Sequence
from email.utils import format_datetime

from django.utils import translation
from django.utils.html import escape

from digest.domain import EditionContents, LetterOrder, Pick
from digest.letters import headers, links, mail_message, rendering, subject, wording
from digest.letters.card_content import CardWriter
from digest.letters.card_levels import CardLevel
from digest.letters.links import LinkSigner, ReaderLinks
from digest.letters.marked_words import list_needles, mark_words
from digest.letters.reasons import explain_reasons, find_causes, group_reasons, place_reasons
from digest.letters.rendering import NOTHING, Fragment, Placeholders
from digest.letters.sender import Sender
from digest.letters.size_limit import MAX_LETTER_BYTES, ShownPicks, fit_picks, show_all
from digest.letters.text_layout import fold_text, one_line
from digest.parsed_letter import ParsedLetter
from subscriptions.letter_languages import django_code
from subscriptions.reader import Reader
from subscriptions.transit_safe_mail import indent_from_lines


class PlainRenderer:
    """Assembles the letters of an edition, of every kind in `kinds.py`, one after the other."""

    def __init__(self, contents: EditionContents, sender: Sender) -> None:
        self.contents, self.sender = contents, sender
        self.marks = Placeholders()
        self.cards = CardWriter(contents, self.marks.feedback)

    def letter(self, reader: Reader, order: LetterOrder) -> bytes:
        """Return the message of an order as mail servers get it: CRLF, 8bit, dots not doubled.

        A letter of more than MAX_LETTER_BYTES shortens its last papers, or leaves them out, and says so.
        """
        with translation.override(django_code(order.language)):
            signer = LinkSigner(self.sender, self.contents.day)
            own = signer.of_letter(reader, order.delivery_id, int(order.date.timestamp()))
            data = self._build_letter(reader, order, own, show_all(order))
            if len(data) > MAX_LETTER_BYTES:
                data = self._build_letter(reader, order, own, self._fit_picks(order, own, len(data)))
            return data

    def _build_letter(self, reader: Reader, order: LetterOrder, own: ReaderLinks, shown: ShownPicks) -> bytes:
        marks = self.marks
        titles = [self.cards.titles[pick.rank] for pick in shown.picks]
        subject_line = one_line(subject.format_subject(titles[0], len(titles) - 1, preview=order.preview))
        preheader = subject.format_preheader(titles, self.cards.preheader_words(shown.picks[0].rank, order.language))
        reason = wording.tell_why_subscribed(one_line(reader.email), self.sender.site_name)
        shell = rendering.render_shell(self.contents, self.sender, order.language, marks, order.kind, order.covers_from)
        papers = self._render_papers(order, own, shown)
        addresses = {
            marks.preferences: own.preferences.decode(),
            marks.unsubscribe: own.unsubscribe.decode(),
            marks.view: own.view.decode(),
            marks.feedback: own.feedback.decode(),
        }
        text = _fill(shell.text, {marks.reason: fold_text(reason), marks.cards: papers.text, **addresses})
        in_html = {
            marks.subject: escape(subject_line),
            marks.preheader: escape(preheader),
            marks.reason: escape(reason),
            marks.cards: papers.html,
        }
        html = _fill(shell.html, {**in_html, **addresses})
        own_headers = {
            "Message-ID": one_line(order.message_id),
            "Date": format_datetime(order.date),
            "List-Unsubscribe": f"<{own.unsubscribe.decode()}>",
            **headers.shared_headers(self.sender, order.language, self.contents.day),
        }
        if self.sender.reply_to:
            own_headers["Reply-To"] = self.sender.reply_to
        parts = ParsedLetter(subject_line, indent_line_starts(text), indent_line_starts(html), own_headers)
        return mail_message.build_message(parts, self.sender.from_address, one_line(reader.email)).as_bytes()

    def _render_papers(self, order: LetterOrder, own: ReaderLinks, shown: ShownPicks) -> Fragment[str]:
        """Return what was shortened, the cards, what the letter does not hold, and the notices."""
        pieces = []
        if shown.shortened:
            edition = links.edition_url(self.sender, self.contents.day)
            pieces.append(rendering.render_shortened(shown.shortened, edition))
        relations = {relation.rank: rendering.render_relation(relation) for relation in order.relations}
        cards = zip(shown.picks, shown.levels, self._render_reasons(shown.picks), strict=True)
        for number, (pick, level, why) in enumerate(cards, start=1):
            told = _join((why, relations.get(pick.rank, NOTHING)))
            pieces.append(self._render_card(pick, order.language, level, f"{number}.", told))
        if shown.more:
            pieces.append(rendering.render_more(shown.more, own.matches.decode()))
        if order.notices or order.news:
            pieces.append(
                rendering.render_notices(
                    self.contents, self.cards.titles, order.notices, order.news, order.language, self.marks
                )
            )
        return _join(pieces, between="\n\n")

    def _render_reasons(self, picks: Sequence[Pick]) -> list[Fragment[str]]:
        """Return why each paper is there, once for papers of the same causes; see `reasons.place_reasons`."""
        causes = [find_causes(group_reasons(pick.reasons)) for pick in picks]
        words = [explain_reasons(pick.reasons) for pick in picks]
        lines = [NOTHING] * len(picks)
        for place, first, following in place_reasons(causes, words):
            told = words[first] if place == first else wording.refer_to_reasons(first + 1)
            lines[place] = rendering.render_reasons(told, following)
        return lines

    def _render_card(
        self, pick: Pick, language: str, level: CardLevel, number: str, told: Fragment[str]
    ) -> Fragment[str]:
        marks = self.marks
        html, text = rendering.render_card(self.cards.describe_card(pick.rank, language, level), marks)
        html = mark_words(html, marks.region, list_needles(pick.reasons))
        return Fragment(
            _fill(html, {marks.number: number, marks.why: told.html}),
            _fill(text, {marks.number: number, marks.why: told.text}),
        )

    def _fit_picks(self, order: LetterOrder, own: ReaderLinks, size: int) -> ShownPicks:
        """Return the picks that have room, where the letter with all papers has *size* bytes."""

        def card_bytes(rank: int, level: CardLevel) -> int:
            card = self._render_card(Pick(rank, 0, ()), order.language, level, "", NOTHING)
            texts = (_fill(text, {self.marks.feedback: own.feedback.decode()}) for text in card)
            return sum(len(indent_line_starts(text).replace("\n", "\r\n").encode()) for text in texts)

        return fit_picks(order, size, card_bytes)


def _join(pieces: Sequence[Fragment[str]], between: str = "") -> Fragment[str]:
    """Return the pieces below each other, *between* two of the plain part."""
    return Fragment("".join(piece.html for piece in pieces), between.join(piece.text for piece in pieces))


def _fill(text: str, values: dict[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def indent_line_starts(text: str) -> str:
    """Put a space before what would be changed on its way where it begins a line.

    That is a dot, which would have to be doubled (RFC 5321, 4.5.2), and `From ` (subscriptions/transit_safe_mail.py).
    """
    return indent_from_lines(text).replace("\n.", "\n .")
