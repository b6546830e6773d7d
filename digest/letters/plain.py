"""Assembles a letter step by step from its templates. Read this file first.

The letters that go out are made by `prerendered/renderer.py`, from bytes that are prepared once for all readers: the
same bytes, thousands of times faster. tests/letters/test_plain_and_fast_are_equal.py holds the two equal.
"""

from collections.abc import Sequence
from dataclasses import replace
from email.utils import format_datetime

from django.utils import translation
from django.utils.html import escape
from django.utils.translation import pgettext

from digest.domain import EditionContents, LetterOrder, Pick
from digest.letters import headers, links, mail_message, rendering, subject, wording
from digest.letters.card_content import MAX_OPENING_LENGTH, describe_paper, describe_parts, name_papers
from digest.letters.links import LinkSigner, ReaderLinks
from digest.letters.marked_words import list_needles, mark_words
from digest.letters.reasons import find_runs
from digest.letters.rendering import Fragment, Placeholders
from digest.letters.sender import Sender
from digest.letters.size_limit import MAX_LETTER_BYTES, ShownPicks, fit_picks
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import fold_text, one_line, shorten
from digest.parsed_letter import ParsedLetter
from subscriptions.letter_languages import django_code
from subscriptions.reader import Reader
from subscriptions.transit_safe_mail import indent_from_lines


class PlainRenderer:
    """Assembles the letters of an edition, one after the other."""

    def __init__(self, contents: EditionContents, sender: Sender) -> None:
        self.contents, self.sender = contents, sender
        self.placeholders = Placeholders()
        self.titles = [to_text(paper.title) or paper.arxiv_id for paper in contents.papers]
        self.names = name_papers(contents, self.titles)

    def letter(self, reader: Reader, order: LetterOrder) -> bytes:
        """Return the message of an order as mail servers get it: CRLF, 8bit, dots not doubled.

        A letter of more than MAX_LETTER_BYTES shows its last papers in brief, or leaves them out and says so.
        """
        with translation.override(django_code(order.language)):
            signer = LinkSigner(self.sender, self.contents.day)
            own = signer.of_letter(reader, order.delivery_id, int(order.date.timestamp()))
            picks, count = order.picks, len(order.picks)
            all_picks = ShownPicks(picks, [order.detail] * count, 0, max(order.matched - count, 0))
            data = self._build_letter(reader, order, own, all_picks)
            if len(data) > MAX_LETTER_BYTES:
                data = self._build_letter(reader, order, own, self._fit_picks(order, own, len(data)))
            return data

    def _fit_picks(self, order: LetterOrder, own: ReaderLinks, size: int) -> ShownPicks:
        """Return the picks that have room, where the letter with all papers in full has *size* bytes."""

        def card_bytes(rank: int, detail: str) -> int:
            card = self._render_card(Pick(rank, 0, ()), order.language, detail, number="", why=Fragment("", ""))
            texts = (_fill(text, {self.placeholders.feedback: own.feedback.decode()}) for text in card)
            return sum(len(indent_line_starts(text).replace("\n", "\r\n").encode()) for text in texts)

        return fit_picks(order, size, card_bytes)

    def _build_letter(self, reader: Reader, order: LetterOrder, own: ReaderLinks, shown: ShownPicks) -> bytes:
        titles = [self.titles[pick.rank] for pick in shown.picks]
        subject_line = one_line(subject.format_subject(titles[0], len(titles) - 1, preview=order.preview))
        reason = pgettext("letter", "You get this letter because %(email)s subscribed to %(site)s.")
        reason %= {"email": one_line(reader.email), "site": self.sender.site_name}
        shell = rendering.render_shell(self.contents, self.sender, order.language, self.placeholders, order.covers_from)
        papers = self._render_papers(order, own, shown)
        marks = self.placeholders
        addresses = {
            marks.preferences: own.preferences.decode(),
            marks.unsubscribe: own.unsubscribe.decode(),
            marks.view: own.view.decode(),
            marks.feedback: own.feedback.decode(),
        }
        text = _fill(shell.text, {marks.reason: fold_text(reason), marks.cards: papers.text, **addresses})
        in_html = {
            marks.subject: escape(subject_line),
            marks.preheader: escape(self._format_preheader(titles, order)),
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

    def _format_preheader(self, titles: Sequence[str], order: LetterOrder) -> str:
        rank = order.picks[0].rank
        summary = self.contents.summaries.get((rank, order.language))
        opening = to_text(summary.text.tldr if summary else self.contents.papers[rank].abstract)
        date = wording.format_day(self.contents.day)
        closing = pgettext("letter", "New papers from arXiv, chosen for you on %(date)s") % {"date": date}
        return subject.format_preheader(titles, shorten(opening, MAX_OPENING_LENGTH), closing)

    def _render_papers(self, order: LetterOrder, own: ReaderLinks, shown: ShownPicks) -> Fragment:
        """Return the cards, the line about what the letter could not hold, and the notices."""
        relations = {relation.rank: rendering.render_relation(relation) for relation in order.relations}
        reasons = [
            _join_lines(why, relations.get(pick.rank, Fragment("", "")))
            for pick, why in zip(shown.picks, self._render_reasons(shown.picks), strict=True)
        ]
        cards = zip(shown.picks, shown.details, reasons, strict=True)
        pieces = [
            self._render_card(pick, order.language, detail, f"{number}.", why)
            for number, (pick, detail, why) in enumerate(cards, start=1)
        ]
        if shown.brief or shown.more:
            pieces.append(self._render_more(own, shown))
        if order.notices:
            pieces.append(self._render_notices(order))
        return Fragment("".join(piece.html for piece in pieces), "\n\n".join(piece.text for piece in pieces))

    def _render_reasons(self, picks: Sequence[Pick]) -> list[Fragment]:
        """Return why each paper is there. The first of several in a row that say the same speaks for all of them."""
        place = self.placeholders.why
        lines = [rendering.render_reasons(pick.reasons, 0, place) for pick in picks]
        for first, following in find_runs([line.html for line in lines]):
            lines[first] = rendering.render_reasons(picks[first].reasons, following, place)
            lines[first + 1 : first + 1 + following] = [Fragment("", "")] * following
        return lines

    def _render_card(self, pick: Pick, language: str, detail: str, number: str, why: Fragment) -> Fragment:
        rank, marks = pick.rank, self.placeholders
        paper, title = self.contents.papers[rank], self.titles[rank]
        content = replace(
            describe_paper(paper, language, title=title, name=self.names[rank], feedback=marks.feedback),
            parts=describe_parts(paper, self.contents.summaries.get((rank, language)), language, detail),
        )
        html = rendering.tidy_html(rendering.render_card_html(content, marks.why, marks.region))
        html = mark_words(indent_line_starts(html), marks.region, list_needles(pick.reasons))
        text = rendering.render_card_text(content, marks.number, marks.why)
        text = _fill(text, {marks.number: number, marks.why: why.text})
        return Fragment(_fill(html, {marks.why: why.html}), text)

    def _render_more(self, own: ReaderLinks, shown: ShownPicks) -> Fragment:
        """Return the line that says what the letter could not hold, with a link to all that matched."""
        marks = self.placeholders
        brief, more = wording.describe_brief_papers(shown.brief), wording.describe_more_on_the_web(shown.more)
        address = own.matches.decode() if shown.more else links.edition_url(self.sender, self.contents.day)
        html = rendering.render_more_html(marks)
        html = _fill(html, {marks.brief: escape(brief), marks.more: escape(more), marks.address: address})
        text = f"{fold_text(brief)}\n" if brief else ""
        return Fragment(html, f"{text}{more}{wording.before_address()}{address}\n")

    def _render_notices(self, order: LetterOrder) -> Fragment:
        """Return what became of papers that the reader was sent before."""
        heading = rendering.render_notices_heading(self.placeholders)
        notices = [
            rendering.render_notice(self.contents.papers[rank], order.language, self.titles[rank])
            for rank in order.notices
        ]
        place = self.placeholders.notices
        html = _fill(heading.html, {place: "".join(notice.html for notice in notices)})
        return Fragment(html, _fill(heading.text, {place: "\n".join(notice.text for notice in notices)}))


def _join_lines(*lines: Fragment) -> Fragment:
    """Return the lines of a card below each other, their texts folded."""
    texts = (f"\n{fold_text(line.text)}\n" for line in lines if line.text)
    return Fragment("".join(line.html for line in lines), "".join(texts))


def _fill(text: str, values: dict[str, str]) -> str:
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def indent_line_starts(text: str) -> str:
    """Put a space before what would be changed on its way where it begins a line.

    That is a dot, which would have to be doubled (RFC 5321, 4.5.2), and `From ` (subscriptions/transit_safe_mail.py).
    """
    return indent_from_lines(text).replace("\n.", "\n .")
