"""Letters, assembled from prepared pieces: header, the chosen cards, footer, and the reader's own links and reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils import translation
from django.utils.html import escape
from django.utils.translation import npgettext, pgettext

from digest.assembly import headers, links, subject, wording
from digest.assembly.facts import OPENING
from digest.assembly.fitting import ENVELOPE, LARGEST, fitting
from digest.assembly.fragments import FEEDBACK_LINKS, REMEMBERED, Fragments
from digest.assembly.links import Links
from digest.assembly.pieces import Piece
from digest.assembly.publisher import Publisher
from digest.assembly.tex import to_text
from digest.assembly.text import fold, one_line, short
from digest.records import EditionContents, Letter, LetterOrder, Pick
from subscriptions.readers import LANGUAGES, Reader


@dataclass(frozen=True, slots=True)
class Shown:
    """What of an order a letter holds."""

    picks: Sequence[Pick]
    details: Sequence[str]
    """One per pick."""
    briefer: int
    """How many say less than the reader wanted, so that the letter stays whole."""
    more: int
    """How many papers matched that are not in it."""


class Press:
    """Assembles an edition's letters. Keep one per edition: what it prepared for one reader serves the next."""

    def __init__(self, contents: EditionContents, publisher: Publisher) -> None:
        self.contents = contents
        self.publisher = publisher
        self.fragments = Fragments(contents, publisher)
        self._opening = lru_cache(REMEMBERED)(self._opening_of)
        self._closing = lru_cache(self._closing_of)

    def letter(self, reader: Reader, order: LetterOrder) -> Letter:
        """The same order gives the same bytes. It asks the database nothing.

        Raises ValueError for an order without papers and IndexError for a paper that the edition does not have.
        """
        if not order.picks:
            raise ValueError("nobody gets an empty letter")
        with translation.override(wording.django_language(order.language)):
            return self._letter(reader, order)

    def _letter(self, reader: Reader, order: LetterOrder) -> Letter:
        own = links.of_letter(self.publisher, reader, order, self.contents.day)
        shown = self._shown(order, own)
        head = self._subject(order, shown)
        body = self._body(reader, order, shown, own, head)
        return Letter(
            to=one_line(reader.email),
            subject=head,
            text=body.text,
            html=body.html,
            headers=headers.of_letter(self.publisher, own, order, self.contents.day),
        )

    # --- what is shown ----------------------------------------------------------------------------------------------
    def _shown(self, order: LetterOrder, own: Links) -> Shown:
        language = _language(order)
        room = LARGEST - ENVELOPE - self.fragments.shell(language).size - self.fragments.more(language).size
        room -= sum(self.fragments.why(pick.reasons, language).size for pick in order.picks)
        room -= self._notices(order).size
        room -= len(order.picks) * FEEDBACK_LINKS * len(own.feedback) + 2 * len(own.matches)
        details = fitting(
            lambda rank, detail: self.fragments.card(rank, language, detail).size,
            [pick.rank for pick in order.picks],
            order.detail,
            room,
        )
        briefer = sum(detail != order.detail for detail in details)
        return Shown(order.picks[: len(details)], details, briefer, max(order.matched, len(order.picks)) - len(details))

    def _titles(self, shown: Shown) -> list[str]:
        return [self.fragments.titles[pick.rank] for pick in shown.picks]

    # --- what it says -----------------------------------------------------------------------------------------------
    def _subject(self, order: LetterOrder, shown: Shown) -> str:
        return one_line(subject.subject(self._titles(shown), preview=order.preview))

    def _preheader(self, shown: Shown, language: str) -> str:
        opening = self._opening(shown.picks[0].rank, language)
        return subject.preheader(self._titles(shown), opening, self._closing(language))

    def _opening_of(self, rank: int, language: str) -> str:
        summary = self.contents.summaries.get((rank, language))
        return short(to_text(summary.text.tldr if summary else self.contents.papers[rank].abstract), OPENING)

    def _closing_of(self, language: str) -> str:
        day = wording.written_day(self.contents.day)
        return pgettext("letter", "New papers from arXiv, chosen for you on %(date)s") % {"date": day}

    def _body(self, reader: Reader, order: LetterOrder, shown: Shown, own: Links, head: str) -> Piece:
        language, marks = _language(order), self.fragments.marks
        reason = self._reason(reader)
        cards = self._cards(order, shown, own)
        addresses = {marks.preferences: own.preferences, marks.unsubscribe: own.unsubscribe, marks.view: own.view}
        in_html = {
            marks.subject: escape(head),
            marks.preheader: escape(self._preheader(shown, language)),
            marks.reason: escape(reason),
        }
        html, text = self.fragments.cut_shell(language)
        return Piece(
            html.filled({**in_html, **addresses, marks.cards: cards.html}),
            text.filled({marks.reason: fold(reason), **addresses, marks.cards: cards.text}),
        )

    def _reason(self, reader: Reader) -> str:
        return pgettext("letter", "You get this letter because %(email)s subscribed to %(site)s.") % {
            "email": one_line(reader.email),
            "site": self.publisher.site_name,
        }

    def _cards(self, order: LetterOrder, shown: Shown, own: Links) -> Piece:
        """The papers, and what else there is to say of papers."""
        language, marks = _language(order), self.fragments.marks
        html, text = [], []
        for number, (pick, detail) in enumerate(zip(shown.picks, shown.details, strict=True), start=1):
            card = self.fragments.card(pick.rank, language, detail)
            why = self.fragments.why(pick.reasons, language)
            html.append(card.html.filled({marks.why: why.html, marks.feedback: own.feedback}))
            text.append(
                card.text.filled({marks.why: why.text, marks.number: f"{number}.", marks.feedback: own.feedback})
            )
        more, notices = self._more(shown, language, own), self._notices(order)
        return Piece(
            "".join([*html, more.html, notices.html]),
            "\n\n".join(filter(None, [*text, more.text, notices.text])),
        )

    def _more(self, shown: Shown, language: str, own: Links) -> Piece:
        """Nothing where all that matched is here in full."""
        if not shown.briefer and not shown.more:
            return Piece("", "")
        marks = self.fragments.marks
        brief, more = _brief(shown.briefer), _more_on_the_web(shown.more)
        address = own.matches if shown.more else links.edition(self.publisher, self.contents.day)
        lines = [fold(brief)] if brief else []
        lines.append(f"{more}{wording.before_address()}{address}")
        return self.fragments.more(language).filled(
            {marks.brief: escape(brief), marks.more: escape(more), marks.address: escape(address)},
            {marks.brief: "\n".join(lines), marks.more: ""},
        )

    def _notices(self, order: LetterOrder) -> Piece:
        """Nothing where none of the papers sent before was replaced or withdrawn."""
        if not order.notices:
            return Piece("", "")
        language, mark = _language(order), self.fragments.marks.notices
        told = [self.fragments.notice(rank, language) for rank in order.notices]
        return self.fragments.notices(language).filled(
            {mark: "".join(each.html for each in told)}, {mark: "\n".join(each.text for each in told)}
        )


def _language(order: LetterOrder) -> str:
    return order.language if order.language in LANGUAGES else "en"


def _brief(count: int) -> str:
    if not count:
        return ""
    return npgettext(
        "letter",
        "One paper is shown in brief, so that no mail program cuts this letter off.",
        "%(count)d papers are shown in brief, so that no mail program cuts this letter off.",
        count,
    ) % {"count": count}


def _more_on_the_web(count: int) -> str:
    if not count:
        return pgettext("letter", "The whole edition on the web")
    return npgettext("letter", "%(count)d more on the web", "%(count)d more on the web", count) % {"count": count}
