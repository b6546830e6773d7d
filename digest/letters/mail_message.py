"""Builds a letter with Python's mail library. `prerendered/mime.py` joins the same bytes."""

import hashlib
import re
from typing import Any

from digest.parsed_letter import ParsedLetter, parse_letter
from subscriptions.transit_safe_mail import TransitSafeMessage

# A Message-ID of our own.
OWN_MESSAGE_ID = re.compile(r"<([A-Za-z0-9.]{1,60})@[A-Za-z0-9.-]{1,255}>")


class StableMessage(TransitSafeMessage):
    """A message that comes out as the same bytes every time: the boundary follows from the Message-ID."""

    def message(self, **options: Any) -> Any:
        message: Any = super().message(**options)
        if message.is_multipart():
            message.set_boundary(make_boundary(str(self.extra_headers.get("Message-ID", ""))))
        return message

    def as_bytes(self) -> bytes:
        """Return the message as it is sent, with the line ends of mail."""
        return bytes(self.message().as_bytes(linesep="\r\n"))


def encode_message(data: bytes, sender: str, to: str) -> bytes:
    """Return the letter in *data*, whose lines may be of any length, with lines that mail takes."""
    return build_message(parse_letter(data), sender, to).as_bytes()


def build_message(letter: ParsedLetter, sender: str, to: str) -> StableMessage:
    """Return the message of a letter. It is not encoded yet."""
    message = StableMessage(letter.subject, letter.text, sender, [to], headers=dict(letter.headers))
    message.attach_alternative(letter.html, "text/html")
    return message


def make_boundary(message_id: str) -> str:
    """Return a boundary that no text can hold which was written before the Message-ID was known."""
    found = OWN_MESSAGE_ID.fullmatch(message_id)
    return f"=_{found[1] if found else hashlib.sha256(message_id.encode()).hexdigest()[:40]}"
