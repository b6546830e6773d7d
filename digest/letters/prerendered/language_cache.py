"""The prepared pieces of one language, as bytes: what letters share is rendered and encoded once, when first asked for.

A piece with a line that mail does not take is *careful*: the mail library has to encode the letter that holds it.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from django.utils import translation
from django.utils.html import escape
from django.utils.translation import npgettext, pgettext

from digest.domain import Reason
from digest.letters import headers, wording
from digest.letters.prerendered.fragments import Fragments
from digest.letters.prerendered.pieces import (
    CRLF,
    GAP,
    NOTHING,
    OWN,
    REMEMBERED,
    Around,
    Cut,
    Pair,
    Piece,
    longest_line,
    wired,
)
from digest.letters.prerendered.reason_cache import Whys
from digest.letters.prerendered.subject_cache import Inbox
from digest.letters.text_layout import fold

# Bytes, by RFC 5322.
LONGEST_LINE = 998

# Stands for each character of such an address.
ADDRESS = "~"


# What of a reader's own stands around the papers, besides the reason.
OF_SHELL = ("subject", "preheader", "preferences", "unsubscribe", "view")


class Card(NamedTuple):
    """A paper's piece, around the reason in each part. Before the text goes the paper's number."""

    text: bytes
    text_end: bytes
    html: bytes
    html_end: bytes
    careful: bool

    def size(self, own: int) -> int:
        """Bytes with the reader's *own* address in them."""
        return sum(len(piece) + (own - 1) * piece.count(OWN) for piece in self[:4])


class Shell(NamedTuple):
    """What stands around the papers."""

    text: Cut
    text_end: Cut
    html: Cut
    html_end: Cut
    careful: bool


class Shelf(dict[int, Card]):
    """Cards by rank, each prepared when it is first asked for."""

    def __init__(self, prepare: Callable[[int], Card]) -> None:
        self._prepare = prepare

    def __missing__(self, rank: int) -> Card:
        card = self[rank] = self._prepare(rank)
        return card


class Stock:
    def __init__(self, fragments: Fragments, language: str, longest_own: int) -> None:
        """*longest_own* is how many bytes the beginning of a feedback link may have."""
        self._fragments, self._language, self._longest_own = fragments, language, longest_own
        contents, publisher = fragments.contents, fragments.publisher
        self.shelf = lru_cache(None)(self._shelf)
        self.inbox = Inbox(contents, fragments.titles, language)
        self.whys = Whys(self._why, fragments.marks.word)
        self.headers = headers.constant(publisher, language, contents.day)
        self.shell = self._shell()
        self.more = lru_cache(REMEMBERED)(self._more)
        self._notice = lru_cache(None)(self._notice_of)
        self._around = lru_cache(None)(self._around_of)
        self._heading = lru_cache(None)(self._heading_of)

    # --- papers -----------------------------------------------------------------------------------------------------
    def _shelf(self, detail: str) -> "Shelf":
        """The cards of a level of detail."""
        return Shelf(partial(self._card, detail))

    def _card(self, detail: str, rank: int) -> Card:
        with self._speaking():
            return self._cut(self._fragments.card(rank, self._language, detail))

    def _cut(self, piece: Piece) -> Card:
        marks = self._fragments.marks
        parts = *piece.text.removeprefix(marks.number).split(marks.why), *piece.html.split(marks.why)
        text, text_end, html, html_end = (wired(part).replace(marks.feedback.encode(), OWN) for part in parts)
        careful = any(longest_line(each, self._longest_own) > LONGEST_LINE for each in (text, text_end, html, html_end))
        return Card(text, text_end, html, html_end, careful)

    def _why(self, reasons: tuple[Reason, ...]) -> Piece:
        with self._speaking():
            return self._fragments.why(reasons, self._language)

    def _speaking(self) -> translation.override:
        return translation.override(wording.django_language(self._language))

    # --- what stands around them ------------------------------------------------------------------------------------
    def _shell(self) -> Shell:
        marks = self._fragments.marks
        with self._speaking():
            shell = self._fragments.shell(self._language)
        careful = any(longest_line(wired(each), 0) > LONGEST_LINE for each in shell)
        own = {name: getattr(marks, name) for name in OF_SHELL}
        text, text_end = (Cut.at({**own, "reason": marks.reason}, half) for half in shell.text.split(marks.cards))
        html, html_end = (Cut.at({**own, "html_reason": marks.reason}, half) for half in shell.html.split(marks.cards))
        return Shell(text, text_end, html, html_end, careful)

    def reason(self, address: str) -> Pair:
        """Why they get letters at all. *address* is on one line."""
        with self._speaking():
            words = pgettext("letter", "You get this letter because %(email)s subscribed to %(site)s.")
        told = words % {"email": address, "site": self._fragments.publisher.site_name}
        return Pair(wired(fold(told)), wired(escape(told)))

    def reason_for_plain(self, address: bytes) -> Pair:
        """The same for a plain address: the words fold alike for all of one length."""
        text, text_end, html, html_end = self._around(len(address))
        return Pair(b"%b%b%b" % (text, address, text_end), b"%b%b%b" % (html, address, html_end))

    def _around_of(self, length: int) -> Around:
        address = ADDRESS * length
        text, html = self.reason(address)
        return Around(*text.split(address.encode()), *html.split(address.encode()))

    def _more(self, briefer: int, more: int) -> Around:
        """The line that says what the letter could not hold, around an address."""
        marks = self._fragments.marks
        with self._speaking():
            html, brief = self._fragments.more(self._language), _brief(briefer)
            told, colon = _more_on_the_web(more), wording.before_address()
        text = f"{fold(brief)}\n{told}{colon}" if brief else f"{told}{colon}"
        html = html.replace(marks.brief, escape(brief)).replace(marks.more, escape(told))
        return Around(GAP + wired(text), CRLF, *map(wired, html.split(marks.address)))

    def notices(self, ranks: Sequence[int]) -> Pair:
        """Nothing where none of the papers sent before was replaced or withdrawn."""
        if not ranks:
            return NOTHING
        text, text_end, html, html_end = self._heading()
        told = [self._notice(rank) for rank in ranks]
        whole = b"".join((GAP, text, CRLF.join(each.text for each in told), text_end))
        return Pair(whole, b"".join((html, *(each.html for each in told), html_end)))

    def _heading_of(self) -> Around:
        mark = self._fragments.marks.notices
        with self._speaking():
            html, text = self._fragments.notices(self._language)
        return Around(*map(wired, (*text.split(mark), *html.split(mark))))

    def _notice_of(self, rank: int) -> Pair:
        with self._speaking():
            html, text = self._fragments.notice(rank, self._language)
        return Pair(wired(text), wired(html))


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
