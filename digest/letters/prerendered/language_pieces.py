"""The prepared pieces of an edition's letters in one language, as bytes: each is rendered when it is first asked for.

They are the pieces of ../rendering.py. Call every method with the language switched on.
"""

from collections.abc import Hashable, Sequence
from datetime import date
from functools import lru_cache
from html import escape  # Django's looks for lazy texts first, which takes longer than the escaping
from itertools import chain
from typing import NamedTuple

from django.utils.translation import pgettext

from digest.domain import Pick, Reason, ReasonKind, ToldRelation
from digest.letters import headers, links, rendering, subject, wording
from digest.letters.card_content import CardWriter
from digest.letters.card_levels import CardLevel
from digest.letters.marked_words import (
    MARK_BEGINS,
    MARK_ENDS,
    MAX_MARKS,
    MarkableCard,
    Needle,
    cut_regions,
    list_needles,
)
from digest.letters.prerendered import mime
from digest.letters.prerendered.byte_template import (
    FEEDBACK_PLACEHOLDER,
    ByteTemplate,
    longest_line_bytes,
    to_mail_bytes,
)
from digest.letters.reasons import (
    MAX_FILTERS_NAMED,
    ReasonGroup,
    explain_group,
    find_causes,
    group_reasons,
    join_groups,
    place_reasons,
    show_text,
    tell_share,
    word_group,
)
from digest.letters.rendering import Fragment, Placeholders
from digest.letters.sender import Sender
from digest.letters.text_layout import break_long_lines, fold_text, one_line

# Bytes, by RFC 5322.
MAX_LINE_BYTES = 998
# Bytes that the marks of a card may add to a line of its HTML.
MARKS_BYTES = MAX_MARKS * len(MARK_BEGINS + MARK_ENDS)
# Pieces of a kind that are kept where nobody knows how many there will be; the least used ones are forgotten.
MAX_CACHED_PIECES = 10_000

# The reader's own words in the shell, and the cards.
SHELL_PLACEHOLDERS = ("subject", "preheader", "reason", "cards", "preferences", "unsubscribe", "view")


NOTHING = Fragment(b"", b"")


class PreparedCard(NamedTuple):
    """A paper's card, cut where its number and the reasons go. The text begins with the number."""

    html: bytes
    # From the number to the reasons, with where its words stand, so that marking costs a reader little.
    html_words: MarkableCard
    html_end: bytes
    text: bytes
    text_end: bytes
    # Whether a line is too long for mail, so that the mail library has to encode the letter.
    is_careful: bool

    def size(self, own: int) -> int:
        """Return the bytes with the reader's *own* address in them."""
        pieces = (self.text, self.text_end, self.html, self.html_words.html, self.html_end)
        return sum(len(piece) + (own - 1) * piece.count(FEEDBACK_PLACEHOLDER) for piece in pieces)


class ExplainedPick(NamedTuple):
    """Why a paper is there."""

    causes: Hashable
    # Its reasons in words.
    words: str
    # What to mark in its card.
    needles: Sequence[Needle]


class LanguagePieces:
    def __init__(self, cards: CardWriter, sender: Sender, marks: Placeholders, language: str) -> None:
        self._cards, self._contents = cards, cards.contents
        self._sender, self._marks, self._language = sender, marks, language
        self._max_own_bytes = links.max_feedback_bytes(sender)
        shared = headers.shared_headers(sender, language, cards.contents.day)
        self.headers = b"".join(mime.make_header(name, value) for name, value in shared.items())
        # A day's papers are known, so all their cards are kept.
        self.card = lru_cache(None)(self._prepare_card)
        self.shell = lru_cache(None)(self._prepare_shell)
        self.notices = lru_cache(MAX_CACHED_PIECES)(self._prepare_notices)
        self.relation = lru_cache(MAX_CACHED_PIECES)(self._prepare_relation)
        self.subject = lru_cache(MAX_CACHED_PIECES)(self._prepare_subject)
        self.shortened = lru_cache(MAX_CACHED_PIECES)(self._prepare_shortened)
        self._more = lru_cache(MAX_CACHED_PIECES)(self._prepare_more)
        self.explain = lru_cache(MAX_CACHED_PIECES)(self._prepare_explanation)
        self._reasons_line = lru_cache(MAX_CACHED_PIECES)(self._prepare_reasons_line)
        self._refer_to_reasons = lru_cache(None)(wording.refer_to_reasons)
        self._group_frame = lru_cache(MAX_CACHED_PIECES)(self._prepare_group_frame)
        self._tell_share = lru_cache(None)(tell_share)
        self._why_subscribed = wording.tell_why_subscribed(marks.address, sender.site_name).split(marks.address)
        self._separator = pgettext("letter: between two reasons", "; ")
        self._reason_frame = lru_cache(MAX_CACHED_PIECES)(self._prepare_reason_frame)

    def _prepare_card(self, level: CardLevel, rank: int) -> PreparedCard:
        marks = self._marks
        card = rendering.render_card(self._cards.describe_card(rank, self._language, level), marks)
        html, html_rest = card.html.split(marks.number)
        texts = *card.text.removeprefix(marks.number).split(marks.why), html, *html_rest.split(marks.why)
        text, text_end, html_start, html_words, html_end = (
            to_mail_bytes(each).replace(marks.feedback.encode(), FEEDBACK_PLACEHOLDER) for each in texts
        )
        html_words, edges = cut_regions(html_words, marks.region)
        rows = (text, text_end, html_start + html_words, html_end)
        longest = max(longest_line_bytes(row, self._max_own_bytes) for row in rows)
        words = MarkableCard(html_words, edges)
        return PreparedCard(html_start, words, html_end, text, text_end, longest > MAX_LINE_BYTES - MARKS_BYTES)

    def tell_reasons(self, causes: Sequence[Hashable], words: Sequence[str]) -> list[Fragment[bytes]]:
        """Return why each paper is there, once for papers of the same causes; see `reasons.place_reasons`."""
        lines = [NOTHING] * len(words)
        for place, first, following in place_reasons(causes, words):
            said = words[first] if place == first else self._refer_to_reasons(first + 1)
            lines[place] = self._reasons_line(said, following)
        return lines

    def _prepare_explanation(self, reasons: tuple[Reason, ...]) -> ExplainedPick:
        groups = group_reasons(reasons)
        words = join_groups(groups, self._explain_group, self._tell_share, self._separator)
        return ExplainedPick(find_causes(groups), words, list_needles(reasons))

    def _explain_group(self, group: ReasonGroup) -> str:
        """Return what `reasons.explain_group` gives, without looking up translations for each reader."""
        kind, texts, liked, _ = group
        if kind == "perhaps_author":
            return explain_group(group)
        shown = [show_text(kind, text) for text in texts[:MAX_FILTERS_NAMED]]
        if not all(shown):
            return explain_group(group)
        before, *after = self._group_frame(kind, len(texts), liked)
        return before + "".join(chain.from_iterable(zip(shown, after, strict=False)))

    def _prepare_group_frame(self, kind: ReasonKind, count: int, liked: int) -> Sequence[str]:
        """Return what stands around the texts of a group."""
        place = self._marks.why
        return word_group(kind, [place] * min(count, MAX_FILTERS_NAMED), count, liked).split(place)

    def _prepare_reasons_line(self, words: str, following: int) -> Fragment[bytes]:
        """Return what `rendering.render_reasons` gives, without rendering its template for each reader."""
        label, html, html_end = self._reason_frame(following)
        text = f"\n{fold_text(label + words)}\n"
        line = break_long_lines(f"{html}{escape(words)}{html_end}")
        return Fragment(to_mail_bytes(line), to_mail_bytes(text))

    def _prepare_reason_frame(self, following: int) -> tuple[str, str, str]:
        """Return the label, and the HTML before and after the words."""
        place, label = self._marks.why, wording.label_reasons(following)
        html, html_end = rendering.render_labelled("emails/_reasons.html", label, place).html.split(place)
        return label + wording.after_label(), html, html_end

    def _prepare_relation(self, relation: ToldRelation) -> Fragment[bytes]:
        return _to_bytes(rendering.render_relation(relation))

    def _prepare_shortened(self, count: int) -> Fragment[bytes]:
        return _to_bytes(rendering.render_shortened(count, links.edition_url(self._sender, self._contents.day)))

    def more(self, count: int, address: bytes) -> Fragment[bytes]:
        """Return the line that says how many papers the letter does not hold."""
        html, text = self._more(count)
        return Fragment(address.join(html), address.join(text))

    def _prepare_more(self, count: int) -> tuple[Sequence[bytes], Sequence[bytes]]:
        """Return both parts of that line, cut where the address goes."""
        html, text = rendering.render_more(count, self._marks.address)
        place = self._marks.address.encode()
        return to_mail_bytes(html).split(place), to_mail_bytes(text).split(place)

    def _prepare_notices(self, changed: tuple[int, ...], news: tuple[int, ...]) -> Fragment[bytes]:
        notices = rendering.render_notices(
            self._contents, self._cards.titles, changed, news, self._language, self._marks
        )
        return _to_bytes(notices)

    def _prepare_shell(self, kind: str, first_day: date | None) -> tuple[ByteTemplate, ByteTemplate, bool]:
        """Return what stands around the papers, for both parts, and whether only the mail library can encode it."""
        shell = rendering.render_shell(self._contents, self._sender, self._language, self._marks, kind, first_day)
        places = {name: getattr(self._marks, name) for name in SHELL_PLACEHOLDERS}
        is_careful = any(longest_line_bytes(to_mail_bytes(part), 0) > MAX_LINE_BYTES for part in shell)
        return ByteTemplate.cut(shell.html, places), ByteTemplate.cut(shell.text, places), is_careful

    def _prepare_subject(self, rank: int, more: int, preview: bool) -> tuple[bytes, bytes]:
        """Return the subject as the line of a header and as the title of the page."""
        written = one_line(subject.format_subject(self._cards.titles[rank], more, preview=preview))
        return mime.make_header("Subject", written), to_mail_bytes(escape(written))

    def preheader(self, picks: Sequence[Pick]) -> bytes:
        """Return the preheader of a letter with these papers."""
        titles = [self._cards.titles[rank] for rank, _, _ in picks[:3]]
        words = self._cards.preheader_words(picks[0].rank, self._language)
        return to_mail_bytes(escape(subject.format_preheader(titles, words)))

    def why_subscribed(self, address: str) -> Fragment[bytes]:
        """Return why a reader gets letters at all. *address* is on one line."""
        reason = address.join(self._why_subscribed)
        return Fragment(to_mail_bytes(escape(reason)), to_mail_bytes(fold_text(reason)))


def _to_bytes(fragment: Fragment[str]) -> Fragment[bytes]:
    return Fragment(to_mail_bytes(fragment.html), to_mail_bytes(fragment.text))
