"""A Letter as a Django e-mail message: the same for SMTP, for files and for every provider behind Anymail."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.crypto import salted_hmac

from digest.delivery import wire
from digest.records import Letter

SALT = "digest.delivery.messages"


def message_id(delivery_id: int, planned: datetime) -> str:
    """The Message-ID of a delivery's letter, with angle brackets: always the same one, so a duplicate can be proved.

    *planned* is the delivery's created_at: after a restart with an empty database the numbers begin again at 1, and a
    new letter must not pass for an old one.
    """
    value = f"{delivery_id} {planned.astimezone(UTC).isoformat()}"
    digest = salted_hmac(SALT, value, algorithm="sha256").hexdigest()[:40]
    return f"<{digest}@{urlsplit(settings.SITE_URL).hostname}>"


OWN = {"date", "message-id"}
"""Headers without which Django makes its own,"""
NOT_OWN = {"subject", "from", "to", "cc", "bcc", "reply-to", "content-type", "mime-version"}
"""and such as it takes from elsewhere."""


class LetterMessage(EmailMultiAlternatives):
    """A message that comes out as the same bytes every time: the boundary follows from the Message-ID.

    Its headers are not folded: a signed link is one long word, and a header whose value begins on the second line is
    legal but read wrongly by some.
    """

    def message(self, **options: Any) -> Any:
        message: Any = super().message(**options)
        message.policy = message.policy.clone(max_line_length=wire.LONGEST_LINE)
        if message.is_multipart():
            message.set_boundary(self._boundary())
        return message

    def as_bytes(self) -> bytes:
        """`message()` as it is sent, with the line ends of mail."""
        return self._joined() or bytes(self.message().as_bytes(linesep="\r\n"))

    def _joined(self) -> bytes | None:
        """Nothing if it is more, or less, than the letter that `email` makes."""
        own = {name.lower() for name in self.extra_headers}
        more = self.cc or self.bcc or self.reply_to or self.attachments or self.encoding or own & NOT_OWN
        if more or len(self.alternatives) != 1 or not own >= OWN or not self.to:
            return None
        headers = {"Subject": str(self.subject), "From": self.from_email, "To": ", ".join(self.to)}
        html = str(self.alternatives[0][0])
        return wire.joined({**headers, **self.extra_headers}, str(self.body), html, self._boundary())

    def _boundary(self) -> str:
        own = str(self.extra_headers.get("Message-ID", ""))
        return f"=_{hashlib.sha256(own.encode()).hexdigest()[:40]}"


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


def sent_bytes(message: EmailMessage) -> bytes:
    """What a mail server is given."""
    if isinstance(message, LetterMessage):
        return message.as_bytes()
    whole: Any = message.message()
    return bytes(whole.as_bytes(linesep="\r\n"))


def provider_id(message: EmailMultiAlternatives) -> str:
    """The provider's own number for a sent message where it gave one (Anymail), else the Message-ID."""
    given = getattr(getattr(message, "anymail_status", None), "message_id", None)
    return str(given or message.extra_headers.get("Message-ID", ""))[:300]
