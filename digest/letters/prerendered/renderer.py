"""Assembles letters from prepared pieces and the reader's own links and reasons, in one joining of bytes."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from digest.domain import EditionContents, Letter, LetterOrder
from digest.letters import links, mail_message
from digest.letters.links import ReaderLinks
from digest.letters.prerendered import mime
from digest.letters.prerendered.fragments import Fragments
from digest.letters.prerendered.language_cache import LanguageCache
from digest.letters.prerendered.pieces import BLANK_LINE, FEEDBACK_PLACEHOLDER, NO_BYTES, FragmentBytes
from digest.letters.sender import Sender
from digest.letters.size_limit import MAX_LETTER_BYTES, ShownPicks, fit_picks
from digest.letters.text_layout import one_line
from subscriptions.letter_languages import LETTER_LANGUAGES
from subscriptions.reader import Reader


class ReaderParts(NamedTuple):
    """The parts of a letter that are one reader's own."""

    links: ReaderLinks
    to: str
    boundary: bytes
    headers: bytes
    # Why the reader gets letters at all.
    reason: FragmentBytes


class BodyParts(NamedTuple):
    """Both parts of a letter, or of a part of it, to be joined."""

    text: list[bytes]
    html: list[bytes]
    # Whether only the mail library can encode them.
    careful: bool = False


class LetterRenderer:
    """Assembles an edition's letters. Keep one per edition: what it prepared for one reader serves the next."""

    def __init__(self, contents: EditionContents, sender: Sender) -> None:
        self.contents = contents
        self.sender = sender
        self.fragments = Fragments(contents, sender)
        self._from_header = mime.make_header("From", sender.from_address)
        self._reply_to_header = mime.make_header("Reply-To", sender.reply_to) if sender.reply_to else b""
        self._link_signer = links.LinkSigner(sender, contents.day)
        self._language_cache = lru_cache(
            lambda language: LanguageCache(self.fragments, language, links.max_feedback_bytes(sender))
        )

    def letter(self, reader: Reader, order: LetterOrder) -> Letter:
        """Return the letter of an order. The same order gives the same bytes. It asks the database nothing.

        Raises ValueError for an order without papers and IndexError for a paper that the edition does not have.
        """
        if not order.picks:
            raise ValueError("nobody gets an empty letter")
        cache = self._language_cache(order.language if order.language in LETTER_LANGUAGES else "en")
        own = self._make_reader_parts(cache, reader, order)
        more = order.matched - len(order.picks)
        data, careful = self._join_letter(cache, order, own, ShownPicks(order.picks, (), 0, more if more > 0 else 0))
        if len(data) > MAX_LETTER_BYTES:
            feedback_bytes = len(own.links.feedback)
            shown = fit_picks(order, len(data), lambda rank, detail: cache.cards(detail)[rank].size(feedback_bytes))
            data, careful = self._join_letter(cache, order, own, shown)
        return Letter(
            own.to,
            order.message_id,
            mail_message.encode_message(data, self.sender.from_address, own.to) if careful else data,
        )

    def _make_reader_parts(self, cache: LanguageCache, reader: Reader, order: LetterOrder) -> ReaderParts:
        second, to = int(order.date.timestamp()), reader.email
        reader_links = self._link_signer.of_letter(reader, order.delivery_id, second)
        if mime.PLAIN_ADDRESS.fullmatch(to):
            address = to.encode()
            receiver, reason = b"To: %b\r\n" % address, cache.reason_for_plain(address)
        else:
            to = one_line(to)
            receiver, reason = mime.make_header("To", to), cache.reason(to)
        boundary, message_id = mime.boundary_and_message_id(order.message_id)
        headers = b"%b%b%b%bList-Unsubscribe: <%b>\r\n" % (
            receiver,
            self._reply_to_header,
            message_id,
            mime.date_header(second),
            reader_links.unsubscribe,
        )
        return ReaderParts(reader_links, to, boundary, headers, reason)

    def _join_letter(
        self, cache: LanguageCache, order: LetterOrder, own: ReaderParts, shown: ShownPicks
    ) -> tuple[bytes, bool]:
        """Return the message, and whether only the mail library can encode it."""
        ranks = [pick[0] for pick in shown.picks[:3]]
        head, shell = cache.subjects.head(ranks[0], len(shown.picks) - 1, order.preview), cache.shell(order.covers_from)
        values = {
            "subject": head.title,
            "preheader": cache.subjects.preheader(ranks),
            "reason": own.reason.text,
            "html_reason": own.reason.html,
            "preferences": own.links.preferences,
            "unsubscribe": own.links.unsubscribe,
            "view": own.links.view,
        }
        papers, rest = _join_cards(cache, order, shown), self._render_rest(cache, order, own, shown)
        text = (*shell.text.filled(values), *papers.text, *rest.text, *shell.text_end.filled(values))
        html = (*shell.html.filled(values), *papers.html, *rest.html, *shell.html_end.filled(values))
        data = mime.join_message(own.boundary, (head.line, self._from_header, own.headers, cache.headers), text, html)
        return data.replace(FEEDBACK_PLACEHOLDER, own.links.feedback), papers.careful or shell.careful

    def _render_rest(self, cache: LanguageCache, order: LetterOrder, own: ReaderParts, shown: ShownPicks) -> BodyParts:
        """Return what else the letter says of papers: what it left out, and notices."""
        text: list[bytes] = []
        html: list[bytes] = []
        if shown.brief or shown.more:
            address = own.links.matches if shown.more else self._link_signer.edition
            line = cache.more(shown.brief, shown.more)
            text += (line.text, address, line.text_end)
            html += (line.html, address, line.html_end)
        if order.notices:
            notices = cache.notices(order.notices)
            text.append(notices.text)
            html.append(notices.html)
        return BodyParts(text, html)


def _join_cards(cache: LanguageCache, order: LetterOrder, shown: ShownPicks) -> BodyParts:
    if shown.details:
        cards = [cache.cards(each)[pick.rank] for pick, each in zip(shown.picks, shown.details, strict=True)]
    else:
        cards_of_rank = cache.cards(order.detail)
        cards = [cards_of_rank[rank] for rank, _, _ in shown.picks]
    before, after, unmarked, html_after, careful, _, _ = zip(*cards, strict=True)
    texts, htmls, needles = zip(*cache.reasons.of_picks([pick[2] for pick in shown.picks]), strict=True)
    text_reasons, html_reasons = list(texts), list(htmls)
    if order.relations:
        related = {relation.rank: cache.relation(relation) for relation in order.relations}
        added = [related.get(pick[0], NO_BYTES) for pick in shown.picks]
        text_reasons = [why + more.text for why, more in zip(text_reasons, added, strict=True)]
        html_reasons = [why + more.html for why, more in zip(html_reasons, added, strict=True)]
    html_before, is_careful = list(unmarked), True in careful
    for place, of_card in enumerate(needles):
        if of_card:
            html_before[place] = cards[place].markable.mark(of_card)
            is_careful = is_careful or cards[place].careful_marked
    text = _interleave(_number_labels(len(cards)), before, text_reasons, after)
    return BodyParts(text, _interleave(html_before, html_reasons, html_after), is_careful)


def _interleave(*strands: Sequence[bytes]) -> list[bytes]:
    """Return the first of each, then the second of each, and so on."""
    whole = [b""] * (len(strands) * len(strands[0]))
    for start, strand in enumerate(strands):
        whole[start :: len(strands)] = strand
    return whole


@lru_cache(maxsize=64)
def _number_labels(count: int) -> Sequence[bytes]:
    """Return what the first *count* papers of the plain part begin with."""
    return [b"%b%d." % (BLANK_LINE if number > 1 else b"", number) for number in range(1, count + 1)]
