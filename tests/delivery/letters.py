"""Small letters for tests of sending, in which the words do not matter."""

from digest.domain import Letter, LetterOrder
from digest.letters import mail_message
from digest.parsed_letter import ParsedLetter
from subscriptions.reader import Reader

SENDER = "Preprint Post <letters@post.example>"
HEADERS = {
    "Message-ID": "<one@post.example>",
    "Date": "Fri, 23 Jan 2026 08:00:00 +0000",
    "List-Unsubscribe": f"<https://post.example/unsubscribe/{'t' * 150}/>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "List-Id": "Preprint Post <letters.post.example>",
}


def letter(
    message_id: str = HEADERS["Message-ID"],
    to: str = "ada@example.org",
    subject: str = "Two papers",
    text: str = "Attention, café.\n",
    html: str = "<h1>Attention, café.</h1>",
    **headers: str,
) -> Letter:
    own = {**HEADERS, "Message-ID": message_id, **{name.replace("_", "-"): value for name, value in headers.items()}}
    message = mail_message.build_message(ParsedLetter(subject, text, html, own), SENDER, to)
    return Letter(to, message_id, message.as_bytes())


class TinyRenderer:
    """Assembles a letter from an order without a template. Readers in *broken* make it fail."""

    def __init__(self, broken: frozenset[int] = frozenset()) -> None:
        self.broken = broken

    def letter(self, reader: Reader, order: LetterOrder) -> Letter:
        if reader.id in self.broken:
            raise KeyError("no such paper")
        return letter(order.message_id, reader.email, f"{len(order.picks)} papers")
