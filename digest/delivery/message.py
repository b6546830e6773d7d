"""A Letter as a Django e-mail message: the same for SMTP, for files and for every provider behind Anymail."""

from typing import Any

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import utf8_charset_qp

from digest.domain import Letter
from digest.letters.mail_message import StableMessage


class LetterMessage(StableMessage):
    """A letter's message, whose bytes are the letter's while nobody changes it."""

    def __init__(self, letter: Letter, connection: BaseEmailBackend | None = None) -> None:
        parsed = letter.parse()
        super().__init__(
            parsed.subject, parsed.text, to=[letter.to], headers=dict(parsed.headers), connection=connection
        )
        self.attach_alternative(parsed.html, "text/html")
        self._data, self._initial_state = letter.data, self._state()

    def as_bytes(self) -> bytes:
        return self._data if self._state() == self._initial_state else super().as_bytes()

    def _state(self) -> tuple[Any, ...]:
        people = (self.from_email, *(tuple(each) for each in (self.to, self.cc, self.bcc, self.reply_to)))
        bodies = (self.subject, self.body, tuple(self.alternatives), tuple(self.attachments), self.encoding)
        return (*people, *bodies, tuple(self.extra_headers.items()))


def build_message(letter: Letter, connection: BaseEmailBackend | None = None) -> LetterMessage:
    """Return a letter as a Django message to one person, text and HTML."""
    return LetterMessage(letter, connection)


def encode_seven_bit(letter: Letter) -> bytes:
    """Return the bytes of a letter for a mail server that does not take 8BITMIME."""
    message = build_message(letter)
    message.encoding = utf8_charset_qp
    return message.as_bytes()


def message_bytes(message: EmailMessage) -> bytes:
    """Return the bytes that a mail server is given."""
    if isinstance(message, LetterMessage):
        return message.as_bytes()
    whole: Any = message.message()
    return bytes(whole.as_bytes(linesep="\r\n"))


def provider_id(message: EmailMultiAlternatives) -> str:
    """Return the provider's own id for a sent message, or an empty text where it gave none (Anymail)."""
    message_id = getattr(getattr(message, "anymail_status", None), "message_id", None)
    return "".join(character for character in str(message_id or "") if character.isprintable())[:300]
