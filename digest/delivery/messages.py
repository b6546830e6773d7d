"""A Letter as a Django e-mail message: the same for SMTP, for files and for every provider behind Anymail."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.crypto import salted_hmac

from digest.records import Letter

SALT = "digest.delivery.messages"
LONGEST_LINE = 900
"""Characters; RFC 5322 allows 998."""


def message_id(delivery_id: int, planned: datetime) -> str:
    """The Message-ID of a delivery's letter, with angle brackets: always the same one, so a duplicate can be proved.

    *planned* is the delivery's created_at: after a restart with an empty database the numbers begin again at 1, and a
    new letter must not pass for an old one.
    """
    value = f"{delivery_id} {planned.astimezone(UTC).isoformat()}"
    digest = salted_hmac(SALT, value, algorithm="sha256").hexdigest()[:40]
    return f"<{digest}@{urlsplit(settings.SITE_URL).hostname}>"


class LetterMessage(EmailMultiAlternatives):
    """A message that comes out as the same bytes every time: the boundary follows from the Message-ID.

    Its headers are not folded: a signed link is one long word, and a header whose value begins on the second line is
    legal but read wrongly by some.
    """

    def message(self, **options: Any) -> Any:
        message: Any = super().message(**options)
        message.policy = message.policy.clone(max_line_length=LONGEST_LINE)
        if message.is_multipart():
            own = str(self.extra_headers.get("Message-ID", ""))
            message.set_boundary(f"=_{hashlib.sha256(own.encode()).hexdigest()[:40]}")
        return message


def email(letter: Letter, connection: BaseEmailBackend | None = None) -> LetterMessage:
    """One message to one person, text and HTML. A line break in a header raises BadHeaderError when it is sent."""
    message = LetterMessage(
        subject=letter.subject,
        body=letter.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[letter.to],
        headers=dict(letter.headers),
        connection=connection,
    )
    message.attach_alternative(letter.html, "text/html")
    return message


def provider_id(message: EmailMultiAlternatives) -> str:
    """The provider's own number for a sent message where it gave one (Anymail), else the Message-ID."""
    given = getattr(getattr(message, "anymail_status", None), "message_id", None)
    return str(given or message.extra_headers.get("Message-ID", ""))[:300]
