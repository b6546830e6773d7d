"""The short letters of this app: confirmation, link to the preferences, change of address, deletion.

They go out one by one, in the language of the person, and carry no tracking of any kind.
"""

import logging
from email.utils import make_msgid
from hashlib import sha256
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit

from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from subscriptions.email.interests import wishes
from subscriptions.links import tokens
from subscriptions.links.lookup import AGES
from subscriptions.links.tokens import Claim, Purpose
from subscriptions.models import Subscriber
from subscriptions.preferences import profile_of
from subscriptions.reader import LANGUAGES

log = logging.getLogger(__name__)

# SMTPException is an OSError in today's Python; named all the same, as it is what we mean.
FAILURES = (OSError, SMTPException, AnymailError)
# From this number on an answer of SMTP is final.
FOR_GOOD = 500


class MailUnavailable(Exception):
    """The mail server did not take the letter now; it may later."""


class LetterRefused(Exception):
    """The mail server will never take the letter."""


def send_confirmation(subscriber: Subscriber, *, reminder: bool = False) -> None:
    link = _address("confirm", "confirm", subscriber)
    with translation.override(_language(subscriber)):
        chosen = wishes(profile_of(subscriber))
    _send("confirm", subscriber, subscriber.email, link=link, reminder=reminder, wishes=chosen)


def send_link(subscriber: Subscriber) -> None:
    _send("link", subscriber, subscriber.email, link=_address("preferences", "manage", subscriber))


def send_already(subscriber: Subscriber) -> None:
    link = _address("preferences", "manage", subscriber)
    _send("link", subscriber, subscriber.email, link=link, already=True)


def send_deletion(subscriber: Subscriber) -> None:
    _send("delete", subscriber, subscriber.email, link=_address("delete", "delete", subscriber))


def send_address_check(subscriber: Subscriber) -> None:
    token = tokens.make("address", subscriber.id, address_epoch(subscriber))
    _send("address", subscriber, subscriber.new_email, link=_absolute("address", token))


def send_moved(subscriber: Subscriber, old: str) -> None:
    """Tell the old address."""
    _send("moved", subscriber, old)


def address_epoch(subscriber: Subscriber) -> int:
    """Ties the token to the new address: it confirms that one and no other."""
    return int.from_bytes(sha256(f"{subscriber.epoch} {subscriber.new_email}".encode()).digest()[:4], "big")


def read_address_token(token: str) -> Claim:
    return tokens.read("address", token, max_age=AGES["address"])


def _send(name: str, subscriber: Subscriber, to: str, **context: object) -> None:
    """Send templates/emails/<name>.{subject.txt,txt,html}. Raises MailUnavailable or LetterRefused."""
    with translation.override(_language(subscriber)):
        message = _message(name, to, {"subscriber": subscriber, "to": to, **_publisher(), **context})
    try:
        message.send()
    except FAILURES as error:
        codes = _codes(error)
        # What servers say often holds the address: the log has the numbers only.
        log.warning("A %s letter could not be sent: %s %s", name, type(error).__name__, codes or "")
        final = isinstance(error, AnymailRecipientsRefused) or (codes and min(codes) >= FOR_GOOD)
        raise (LetterRefused if final else MailUnavailable) from None


def _codes(error: Exception) -> list[int]:
    """The numbers of the mail server's answer, if it was one."""
    if isinstance(error, SMTPRecipientsRefused):
        return sorted({code for code, _text in error.recipients.values()})
    return [error.smtp_code] if isinstance(error, SMTPResponseException) else []


def _language(subscriber: Subscriber) -> str:
    return LANGUAGES.get(subscriber.language, settings.LANGUAGE_CODE)


def _message(name: str, to: str, context: dict[str, object]) -> EmailMultiAlternatives:
    subject = " ".join(render_to_string(f"emails/{name}.subject.txt", context).split())
    message = EmailMultiAlternatives(subject, render_to_string(f"emails/{name}.txt", context), to=[to])
    message.attach_alternative(render_to_string(f"emails/{name}.html", context), "text/html")
    message.extra_headers = {
        "Message-ID": make_msgid(domain=urlsplit(settings.SITE_URL).hostname),
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "All",
    }
    return message


def _publisher() -> dict[str, object]:
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "postal_address": settings.POSTAL_ADDRESS,
        "contact_email": settings.CONTACT_EMAIL,
    }


def _address(page: str, purpose: Purpose, subscriber: Subscriber) -> str:
    return _absolute(page, tokens.make(purpose, subscriber.id, subscriber.epoch))


def _absolute(page: str, token: str) -> str:
    return settings.SITE_URL + reverse(f"subscriptions:{page}", args=(token,))
