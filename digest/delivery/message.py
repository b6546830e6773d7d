"""A Letter as a Django e-mail message: the same for SMTP, for files and for every provider behind Anymail."""

import hmac
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import utf8_charset_qp

from digest.domain import Letter
from digest.letters.mail_message import StableMessage

SALT = "digest.delivery.messages"  # keeps its first spelling: another one would change every Message-ID
_OURS = re.compile(r"([1-9]\d{0,17})\.[0-9a-f]{32}@[^@\s]+")


def make_message_id(delivery_id: int, planned: datetime) -> str:
    """Return the Message-ID of a delivery's letter, with angle brackets. It never changes, so duplicates show.

    It begins with the delivery's id, and `parse_delivery_id` finds that again. *planned* is the delivery's created_at:
    after a restart with an empty database the numbers begin again at 1, and a new letter must not pass for an old one.
    """
    value = b"%d %b" % (delivery_id, _encode_moment(planned))
    signature = hmac.digest(_derive_signing_key(settings.SECRET_KEY), value, "sha256").hex()[:32]
    return f"<{delivery_id}.{signature}@{_site_host(settings.SITE_URL)}>"


def parse_delivery_id(message_id: str) -> int | None:
    """Return the delivery id that a Message-ID names, or None. Anyone can forge one: compare it with the row's."""
    found = _OURS.fullmatch(message_id.strip().strip("<>"))
    return int(found[1]) if found else None


@lru_cache(maxsize=64)
def _encode_moment(planned: datetime) -> bytes:
    """Readers are planned a thousand at a time, all at the same moment."""
    return planned.astimezone(UTC).isoformat().encode("ascii")


@lru_cache(maxsize=4)
def _derive_signing_key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), SALT.encode(), "sha256")


@lru_cache(maxsize=4)
def _site_host(site: str) -> str:
    return urlsplit(site).hostname or "localhost"


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
