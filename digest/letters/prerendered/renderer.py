"""Assembles letters from prepared pieces and the reader's own links and reasons, in one joining of bytes.

The steps are those of ../plain.py.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import lru_cache

from django.utils import translation

from digest.domain import EditionContents, Letter, LetterOrder
from digest.letters import mail_message
from digest.letters.card_content import CardWriter
from digest.letters.links import LinkSigner, ReaderLinks
from digest.letters.prerendered import mime
from digest.letters.prerendered.byte_template import FEEDBACK_PLACEHOLDER
from digest.letters.prerendered.language_pieces import LanguagePieces
from digest.letters.rendering import Placeholders
from digest.letters.sender import Sender
from digest.letters.size_limit import MAX_LETTER_BYTES, ShownPicks, fit_picks, show_all
from digest.letters.text_layout import one_line
from subscriptions.letter_languages import LETTER_LANGUAGES, django_code
from subscriptions.reader import Reader

# Between two things of the plain part; each ends with a line's end of its own.
BLANK_LINE = b"\r\n\r\n"


class LetterRenderer:
    """Assembles an edition's letters. Keep one per edition: what it prepared for one reader serves the next."""

    def __init__(self, contents: EditionContents, sender: Sender) -> None:
        self.contents, self.sender = contents, sender
        marks = Placeholders()
        cards = CardWriter(contents, marks.feedback)
        self._pieces = lru_cache(None)(lambda language: LanguagePieces(cards, sender, marks, language))
        self._link_signer = LinkSigner(sender, contents.day)
        self._from_header = mime.make_header("From", sender.from_address)
        self._reply_to_header = mime.make_header("Reply-To", sender.reply_to) if sender.reply_to else b""

    def letter(self, reader: Reader, order: LetterOrder) -> Letter:
        """Return the letter of an order. The same order gives the same bytes. It asks the database nothing.

        Raises ValueError for an order without papers and IndexError for a paper that the edition does not have.
        """
        if not order.picks:
            raise ValueError("nobody gets an empty letter")
        language = order.language if order.language in LETTER_LANGUAGES else "en"
        to, code = one_line(reader.email), django_code(language)
        # To switch a language on that is on already takes as long as to sign a link.
        with nullcontext() if translation.get_language() == code else translation.override(code):
            pieces = self._pieces(language)
            own = self._link_signer.of_letter(reader, order.delivery_id, int(order.date.timestamp()))
            data, is_careful = self._join_letter(pieces, order, own, to, show_all(order))
            if len(data) > MAX_LETTER_BYTES:
                own_bytes = len(own.feedback)
                shown = fit_picks(order, len(data), lambda rank, level: pieces.card(level, rank).size(own_bytes))
                data, is_careful = self._join_letter(pieces, order, own, to, shown)
        if is_careful:
            data = mail_message.encode_message(data, self.sender.from_address, to)
        return Letter(to, order.message_id, data)

    def _join_letter(
        self, pieces: LanguagePieces, order: LetterOrder, own: ReaderLinks, to: str, shown: ShownPicks
    ) -> tuple[bytes, bool]:
        """Return the message, and whether only the mail library can encode it."""
        shell_html, shell_text, is_careful = pieces.shell(order.kind, order.covers_from)
        html, text, has_careful_card = _join_papers(pieces, order, own, shown)
        subject, title = pieces.subject(shown.picks[0].rank, len(shown.picks) - 1, order.preview)
        reason = pieces.why_subscribed(to)
        values = {
            "subject": title,
            "preheader": pieces.preheader(shown.picks),
            "reason": reason.text,
            "cards": text,
            "preferences": own.preferences,
            "unsubscribe": own.unsubscribe,
            "view": own.view,
        }
        boundary, message_id = mime.boundary_and_message_id(order.message_id)
        headers = (
            subject,
            self._from_header,
            mime.make_header("To", to),
            self._reply_to_header,
            message_id,
            mime.date_header(int(order.date.timestamp())),
            b"List-Unsubscribe: <%b>\r\n" % own.unsubscribe,
            pieces.headers,
        )
        in_html = {**values, "reason": reason.html, "cards": html}
        data = mime.join_message(boundary, headers, shell_text.fill(values), shell_html.fill(in_html))
        return data.replace(FEEDBACK_PLACEHOLDER, own.feedback), is_careful or has_careful_card


def _join_papers(
    pieces: LanguagePieces, order: LetterOrder, own: ReaderLinks, shown: ShownPicks
) -> tuple[bytes, bytes, bool]:
    """Return both parts of what was shortened, the cards, what the letter does not hold, and the notices.

    Also whether only the mail library can encode them.
    """
    text: list[bytes] = []
    html: list[bytes] = []
    is_careful = False
    if shown.shortened:
        shortened = pieces.shortened(shown.shortened)
        text.append(shortened.text)
        html.append(shortened.html)
    relations = {relation.rank: pieces.relation(relation) for relation in order.relations}
    causes, words, sought = zip(*[pieces.explain(reasons) for _, _, reasons in shown.picks], strict=True)
    numbers = _label_numbers(len(shown.picks))
    papers = zip(shown.picks, shown.levels, numbers, sought, pieces.tell_reasons(causes, words), strict=True)
    for pick, level, number, needles, why in papers:
        card = pieces.card(level, pick[0])
        is_careful = is_careful or card.is_careful
        html_why, text_why = why
        if relations and (relation := relations.get(pick[0])):
            html_why, text_why = html_why + relation.html, text_why + relation.text
        marked = card.html_words.mark(needles) if needles else card.html_words.html
        text += (BLANK_LINE if text else b"", number, card.text, text_why, card.text_end)
        html += (card.html, number, marked, html_why, card.html_end)
    if shown.more:
        more = pieces.more(shown.more, own.matches)
        text += (BLANK_LINE, more.text)
        html.append(more.html)
    if order.notices or order.news:
        notices = pieces.notices(order.notices, order.news)
        text += (BLANK_LINE, notices.text)
        html.append(notices.html)
    return b"".join(html), b"".join(text), is_careful


@lru_cache(maxsize=256)
def _label_numbers(count: int) -> Sequence[bytes]:
    """Return what stands before each of so many papers."""
    return [b"%d." % number for number in range(1, count + 1)]
