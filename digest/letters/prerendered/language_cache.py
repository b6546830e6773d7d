"""The prepared pieces of one language, as bytes: each is rendered and encoded once, when it is first asked for.

A piece with a line that mail does not take is *careful*: the mail library has to encode the letter that holds it.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache, partial
from typing import NamedTuple

from django.utils import translation
from django.utils.html import escape
from django.utils.translation import pgettext

from digest.domain import Reason, ToldRelation
from digest.letters import headers, rendering, wording
from digest.letters.marked_words import MARK_BEGINS, MARK_ENDS, MAX_MARKS, MarkableCard, cut_regions
from digest.letters.prerendered import mime
from digest.letters.prerendered.fragments import Fragments
from digest.letters.prerendered.pieces import (
    BLANK_LINE,
    CRLF,
    FEEDBACK_PLACEHOLDER,
    MAX_CACHED_PIECES,
    NO_BYTES,
    ByteTemplate,
    FragmentBytes,
    SplitFragment,
    longest_line_bytes,
    to_mail_bytes,
)
from digest.letters.prerendered.reason_line_cache import ReasonLineCache, ReasonWords
from digest.letters.prerendered.subject_cache import SubjectCache
from digest.letters.reasons import ReasonGroup, explain_group, tell_share
from digest.letters.rendering import Fragment
from digest.letters.text_layout import fold_text
from subscriptions.letter_languages import django_code

# Bytes, by RFC 5322.
MAX_LINE_BYTES = 998

# Stands for each character of a plain address.
ADDRESS_CHARACTER = "~"


# The reader's own words around the papers, besides the reason.
SHELL_PLACEHOLDERS = ("subject", "preheader", "preferences", "unsubscribe", "view")


class CardBytes(NamedTuple):
    """A paper's piece, around the reason in each part. Before the text goes the paper's number."""

    text: bytes
    text_end: bytes
    html: bytes
    html_end: bytes
    careful: bool
    # `html`, with where its words stand: found when the card is prepared, so that marking costs a reader little.
    markable: MarkableCard
    # Whether only the mail library can encode it with marks.
    careful_marked: bool

    def size(self, own: int) -> int:
        """Return the bytes with the reader's *own* address in them."""
        return sum(len(piece) + (own - 1) * piece.count(FEEDBACK_PLACEHOLDER) for piece in self[:4])


class ShellBytes(NamedTuple):
    """The bytes around the papers."""

    text: ByteTemplate
    text_end: ByteTemplate
    html: ByteTemplate
    html_end: ByteTemplate
    careful: bool


class CardCache(dict[int, CardBytes]):
    """Cards by rank, each prepared when it is first asked for."""

    def __init__(self, prepare: Callable[[int], CardBytes]) -> None:
        self._prepare = prepare

    def __missing__(self, rank: int) -> CardBytes:
        card = self[rank] = self._prepare(rank)
        return card


class LanguageCache:
    def __init__(self, fragments: Fragments, language: str, max_own_bytes: int) -> None:
        """*max_own_bytes* is how many bytes the beginning of a feedback link may have."""
        self._fragments, self._language, self._max_own_bytes = fragments, language, max_own_bytes
        contents, sender = fragments.contents, fragments.sender
        self.cards = lru_cache(None)(lambda detail: CardCache(partial(self._prepare_card, detail)))
        self.subjects = SubjectCache(contents, fragments.titles, language)
        with self._in_language():
            separator = pgettext("letter: between two reasons", "; ")
        words = ReasonWords(self._prepare_reasons, self._explain_group, self._tell_share, separator)
        self.reasons = ReasonLineCache(words)
        shared = headers.shared_headers(sender, language, contents.day)
        self.headers = b"".join(mime.make_header(name, value) for name, value in shared.items())
        self.shell = lru_cache(None)(self._prepare_shell)
        self.relation = lru_cache(MAX_CACHED_PIECES)(self._prepare_relation)
        self.more = lru_cache(MAX_CACHED_PIECES)(self._prepare_more)
        self._notice = lru_cache(None)(self._prepare_notice)
        self._around_address = lru_cache(None)(self._prepare_around_address)
        self._heading = lru_cache(None)(self._prepare_heading)

    # --- papers -----------------------------------------------------------------------------------------------------
    def _prepare_card(self, detail: str, rank: int) -> CardBytes:
        with self._in_language():
            return self._split_card(self._fragments.card(rank, self._language, detail))

    def _split_card(self, piece: Fragment) -> CardBytes:
        marks = self._fragments.marks
        parts = *piece.text.removeprefix(marks.number).split(marks.why), *piece.html.split(marks.why)
        text, text_end, html, html_end = (
            to_mail_bytes(part).replace(marks.feedback.encode(), FEEDBACK_PLACEHOLDER) for part in parts
        )
        html, regions = cut_regions(html, marks.region)
        longest = [longest_line_bytes(each, self._max_own_bytes) for each in (text, text_end, html, html_end)]
        careful = max(longest) > MAX_LINE_BYTES
        careful_marked = careful or longest[2] > MAX_LINE_BYTES - MAX_MARKS * len(MARK_BEGINS + MARK_ENDS)
        return CardBytes(text, text_end, html, html_end, careful, MarkableCard(html, regions), careful_marked)

    def _prepare_reasons(self, reasons: tuple[Reason, ...], following: int) -> Fragment:
        with self._in_language():
            return self._fragments.why(reasons, following, self._language)

    def _prepare_relation(self, relation: ToldRelation) -> FragmentBytes:
        """Return the sentence that relates a paper to one that the reader kept."""
        with self._in_language():
            html, text = rendering.render_relation(relation)
        return FragmentBytes(to_mail_bytes(f"\n{fold_text(text)}\n"), to_mail_bytes(html))

    def _explain_group(self, cause: ReasonGroup) -> str:
        with self._in_language():
            return explain_group(cause)

    def _tell_share(self, share: int, is_first: bool) -> str:
        with self._in_language():
            return tell_share(share, is_first=is_first)

    def _in_language(self) -> translation.override:
        return translation.override(django_code(self._language))

    # --- what stands around them ------------------------------------------------------------------------------------
    def _prepare_shell(self, first_day: date | None) -> ShellBytes:
        """Return the shell of letters of the day alone, or of those that cover all days from *first_day* on."""
        marks = self._fragments.marks
        with self._in_language():
            shell = self._fragments.shell(self._language, first_day)
        careful = any(longest_line_bytes(to_mail_bytes(each), 0) > MAX_LINE_BYTES for each in shell)
        own = {name: getattr(marks, name) for name in SHELL_PLACEHOLDERS}
        text, text_end = (
            ByteTemplate.cut({**own, "reason": marks.reason}, half) for half in shell.text.split(marks.cards)
        )
        html, html_end = (
            ByteTemplate.cut({**own, "html_reason": marks.reason}, half) for half in shell.html.split(marks.cards)
        )
        return ShellBytes(text, text_end, html, html_end, careful)

    def reason(self, address: str) -> FragmentBytes:
        """Return why they get letters at all. *address* is on one line."""
        with self._in_language():
            words = pgettext("letter", "You get this letter because %(email)s subscribed to %(site)s.")
        sentence = words % {"email": address, "site": self._fragments.sender.site_name}
        return FragmentBytes(to_mail_bytes(fold_text(sentence)), to_mail_bytes(escape(sentence)))

    def reason_for_plain(self, address: bytes) -> FragmentBytes:
        """Return the reason for a plain address, quickly: the words fold alike for all addresses of one length."""
        text, text_end, html, html_end = self._around_address(len(address))
        return FragmentBytes(b"%b%b%b" % (text, address, text_end), b"%b%b%b" % (html, address, html_end))

    def _prepare_around_address(self, length: int) -> SplitFragment:
        address = ADDRESS_CHARACTER * length
        text, html = self.reason(address)
        return SplitFragment(*text.split(address.encode()), *html.split(address.encode()))

    def _prepare_more(self, brief_count: int, more: int) -> SplitFragment:
        """Return the line that says what the letter could not hold, around an address."""
        marks = self._fragments.marks
        with self._in_language():
            html, brief = self._fragments.more(self._language), wording.describe_brief_papers(brief_count)
            sentence, colon = wording.describe_more_on_the_web(more), wording.before_address()
        text = f"{fold_text(brief)}\n{sentence}{colon}" if brief else f"{sentence}{colon}"
        html = html.replace(marks.brief, escape(brief)).replace(marks.more, escape(sentence))
        return SplitFragment(BLANK_LINE + to_mail_bytes(text), CRLF, *map(to_mail_bytes, html.split(marks.address)))

    def notices(self, ranks: Sequence[int]) -> FragmentBytes:
        """Return the notices; nothing where no paper sent before was replaced or withdrawn."""
        if not ranks:
            return NO_BYTES
        text, text_end, html, html_end = self._heading()
        notices = [self._notice(rank) for rank in ranks]
        whole = b"".join((BLANK_LINE, text, CRLF.join(each.text for each in notices), text_end))
        return FragmentBytes(whole, b"".join((html, *(each.html for each in notices), html_end)))

    def _prepare_heading(self) -> SplitFragment:
        mark = self._fragments.marks.notices
        with self._in_language():
            html, text = self._fragments.notices(self._language)
        return SplitFragment(*map(to_mail_bytes, (*text.split(mark), *html.split(mark))))

    def _prepare_notice(self, rank: int) -> FragmentBytes:
        with self._in_language():
            html, text = self._fragments.notice(rank, self._language)
        return FragmentBytes(to_mail_bytes(text), to_mail_bytes(html))
