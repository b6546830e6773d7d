"""Letters as somebody would write them who need not hurry: each mark replaced in words, then the mail library.

What `digest.letters.prerendered.renderer` joins from bytes has to be the same.
"""

from collections.abc import Sequence
from email.utils import format_datetime

from django.utils import translation
from django.utils.html import escape
from django.utils.translation import pgettext

from digest.domain import EditionContents, LetterOrder
from digest.letters import headers, links, subject, wording
from digest.letters.content import MAX_OPENING_LENGTH
from digest.letters.prerendered import mime_slow
from digest.letters.prerendered.fragments import Fragments
from digest.letters.prerendered.language_cache import describe_brief_papers, describe_more_on_the_web
from digest.letters.sender import Sender
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import fold_text, one_line, shorten
from digest.parsed_letter import ParsedLetter
from subscriptions.letter_languages import django_code
from subscriptions.reader import Reader


class PlainRenderer:
    """For letters that are short enough to say everything."""

    def __init__(self, contents: EditionContents, publisher: Sender) -> None:
        self.contents, self.publisher = contents, publisher
        self.fragments = Fragments(contents, publisher)

    def data(self, reader: Reader, order: LetterOrder) -> bytes:
        with translation.override(django_code(order.language)):
            message = mime_slow.build_message(self._said(reader, order), self.publisher.sender, one_line(reader.email))
        return message.as_bytes()

    def _said(self, reader: Reader, order: LetterOrder) -> ParsedLetter:
        doors = links.LinkSigner(self.publisher, self.contents.day)
        own = doors.of_letter(reader, order.delivery_id, int(order.date.timestamp()))
        self.own = [each.decode() for each in own]
        titles = [self.fragments.titles[pick.rank] for pick in order.picks]
        head = one_line(subject.format_subject(titles[0], len(titles) - 1, preview=order.preview))
        reason = pgettext("letter", "You get this letter because %(email)s subscribed to %(site)s.")
        reason %= {"email": one_line(reader.email), "site": self.publisher.site_name}
        marks = self.fragments.marks
        html, text = self.fragments.shell(order.language)
        in_text, in_html = self._cards(order)
        unsubscribe, preferences, view, _, feedback = self.own
        addresses = {
            marks.preferences: preferences,
            marks.unsubscribe: unsubscribe,
            marks.view: view,
            marks.feedback: feedback,
        }
        preheader = self._preheader(titles, order)
        html = replace_placeholders(
            html,
            {
                marks.subject: escape(head),
                marks.preheader: escape(preheader),
                marks.reason: escape(reason),
                marks.cards: in_html,
                **addresses,
            },
        )
        text = replace_placeholders(text, {marks.reason: fold_text(reason), marks.cards: in_text, **addresses})
        return ParsedLetter(
            head, escape_leading_dots(text), escape_leading_dots(html), self._headers(order, unsubscribe)
        )

    def _headers(self, order: LetterOrder, unsubscribe: str) -> dict[str, str]:
        shared = headers.shared_headers(self.publisher, order.language, self.contents.day).decode().split("\r\n")
        return {
            "Message-ID": one_line(order.message_id),
            "Date": format_datetime(order.date),
            "List-Unsubscribe": f"<{unsubscribe}>",
            **dict(line.split(": ", 1) for line in shared if line),
        }

    def _preheader(self, titles: Sequence[str], order: LetterOrder) -> str:
        rank = order.picks[0].rank
        summary = self.contents.summaries.get((rank, order.language))
        opening = shorten(
            to_text(summary.text.tldr if summary else self.contents.papers[rank].abstract), MAX_OPENING_LENGTH
        )
        day = wording.format_day(self.contents.day)
        closing = pgettext("letter", "New papers from arXiv, chosen for you on %(date)s") % {"date": day}
        return subject.format_preheader(titles, opening, closing)

    def _cards(self, order: LetterOrder) -> tuple[str, str]:
        """Text and HTML."""
        texts, htmls, marks = [], [], self.fragments.marks
        for number, pick in enumerate(order.picks, start=1):
            why = self.fragments.why(pick.reasons, order.language)
            html, text = self.fragments.card(pick.rank, order.language, order.detail)
            folded = f"\n{fold_text(why.text)}\n" if why.text else ""
            texts.append(replace_placeholders(text, {marks.number: f"{number}.", marks.why: folded}))
            htmls.append(replace_placeholders(html, {marks.why: why.html}))
        for each in (self._more(order), self._notices(order)):
            texts.append(each[0])
            htmls.append(each[1])
        return "\n\n".join(filter(None, texts)), "".join(htmls)

    def _more(self, order: LetterOrder) -> tuple[str, str]:
        marks, more = self.fragments.marks, order.matched - len(order.picks)
        if more <= 0:
            return "", ""
        told, address = describe_more_on_the_web(more), self.own[3]
        html = self.fragments.more(order.language)
        html = replace_placeholders(
            html, {marks.brief: describe_brief_papers(0), marks.more: escape(told), marks.address: escape(address)}
        )
        return f"{told}{wording.before_address()}{address}\n", html

    def _notices(self, order: LetterOrder) -> tuple[str, str]:
        if not order.notices:
            return "", ""
        told = [self.fragments.notice(rank, order.language) for rank in order.notices]
        html, text = self.fragments.notices(order.language)
        mark = self.fragments.marks.notices
        return text.replace(mark, "\n".join(each.text for each in told)), html.replace(
            mark, "".join(each.html for each in told)
        )


def escape_leading_dots(text: str) -> str:
    """No line begins with a dot, which would have to be doubled on its way."""
    return text.replace("\n.", "\n .")


def replace_placeholders(text: str, values: dict[str, str]) -> str:
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text
