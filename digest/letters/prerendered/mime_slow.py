"""A letter as a message of Django's: the same bytes as in `wire.py`, by the mail library, which encodes everything."""

from typing import Any

from django.core.mail import EmailMultiAlternatives

from digest.letters.prerendered import mime
from digest.parsed_letter import ParsedLetter, parse_letter


class StableMessage(EmailMultiAlternatives):
    """A message that comes out as the same bytes every time: the boundary follows from the Message-ID.

    Its headers are not folded: a signed link is one long word, and a header whose value begins on the second line is
    legal but read wrongly by some.
    """

    def message(self, **options: Any) -> Any:
        message: Any = super().message(**options)
        message.policy = message.policy.clone(max_line_length=mime.MAX_HEADER_LINE)
        if message.is_multipart():
            message.set_boundary(mime.make_boundary(str(self.extra_headers.get("Message-ID", ""))))
        return message

    def as_bytes(self) -> bytes:
        """`message()` as it is sent, with the line ends of mail."""
        return bytes(self.message().as_bytes(linesep="\r\n"))


def encode_message(data: bytes, sender: str, to: str) -> bytes:
    """The letter that *data* would be if mail took lines of any length."""
    said = parse_letter(data)
    return build_message(said, sender, to).as_bytes()


def build_message(said: ParsedLetter, sender: str, to: str) -> StableMessage:
    found = StableMessage(said.subject, said.text, sender, [to], headers=dict(said.headers))
    found.attach_alternative(said.html, "text/html")
    return found
