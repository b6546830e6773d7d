"""A letter as a message of Django's: the same bytes as in `wire.py`, by the mail library, which encodes everything."""

from typing import Any

from django.core.mail import EmailMultiAlternatives

from digest.letters.prerendered import mime
from digest.parsed_letter import Opened, opened


class StableMessage(EmailMultiAlternatives):
    """A message that comes out as the same bytes every time: the boundary follows from the Message-ID.

    Its headers are not folded: a signed link is one long word, and a header whose value begins on the second line is
    legal but read wrongly by some.
    """

    def message(self, **options: Any) -> Any:
        message: Any = super().message(**options)
        message.policy = message.policy.clone(max_line_length=mime.LONGEST_LINE)
        if message.is_multipart():
            message.set_boundary(mime.boundary(str(self.extra_headers.get("Message-ID", ""))))
        return message

    def as_bytes(self) -> bytes:
        """`message()` as it is sent, with the line ends of mail."""
        return bytes(self.message().as_bytes(linesep="\r\n"))


def encoded(data: bytes, sender: str, to: str) -> bytes:
    """The letter that *data* would be if mail took lines of any length."""
    said = opened(data)
    return message(said, sender, to).as_bytes()


def message(said: Opened, sender: str, to: str) -> StableMessage:
    found = StableMessage(said.subject, said.text, sender, [to], headers=dict(said.headers))
    found.attach_alternative(said.html, "text/html")
    return found
