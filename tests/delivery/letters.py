"""Small letters for tests that are about the way, not about the words."""

from digest.records import Letter, LetterOrder
from subscriptions.readers import Reader


def letter(message_id: str = "<one@post.example>", to: str = "ada@example.org", subject: str = "Two papers") -> Letter:
    headers = {
        "Message-ID": message_id,
        "Date": "Fri, 23 Jan 2026 08:00:00 +0000",
        "List-Unsubscribe": f"<https://post.example/unsubscribe/{'t' * 150}/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": "Preprint Post <letters.post.example>",
    }
    return Letter(to=to, subject=subject, text="Attention, café.\n", html="<h1>Attention, café.</h1>", headers=headers)


class TinyPress:
    """Assembles a letter from an order without a template. Readers in *broken* make it fail."""

    def __init__(self, broken: frozenset[int] = frozenset()) -> None:
        self.broken = broken

    def letter(self, reader: Reader, order: LetterOrder) -> Letter:
        if reader.id in self.broken:
            raise KeyError("no such paper")
        return letter(order.message_id, reader.email, f"{len(order.picks)} papers")
