"""The short letters of this app: confirmation, link to the preferences, change of address, deletion.

They go out one by one, in the language of the person, without tracking of any kind.
"""

import logging
from email.utils import make_msgid
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from urllib.parse import urlsplit

from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from subscriptions.email.interests import describe_interests
from subscriptions.letter_languages import django_code
from subscriptions.links import tokens
from subscriptions.links.lookup import address_epoch
from subscriptions.links.tokens import CONFIRMATION_DAYS, Purpose
from subscriptions.models import Subscriber
from subscriptions.transit_safe_mail import TransitSafeMessage, indent_from_lines

log = logging.getLogger(__name__)

# SMTPException is an OSError in today's Python. It is named all the same, because it is what we mean.
MAIL_ERRORS = (OSError, SMTPException, AnymailError)
# From this number on an answer of SMTP is final (RFC 5321, 4.2.1).
FIRST_FINAL_SMTP_CODE = 500


class MailUnavailable(Exception):
    """The mail server did not take the letter now; it may later."""


class LetterRefused(Exception):
    """The mail server will never take the letter."""


def send_confirmation(subscriber: Subscriber, *, reminder: bool = False) -> None:
    """Send the letter whose button confirms a sign-up, with the interests it is about."""
    with translation.override(django_code(subscriber.language)):
        interests = describe_interests(subscriber.preferences())
    context = {"link": _own_link("confirm", "confirm", subscriber), "days": CONFIRMATION_DAYS, "interests": interests}
    _send("confirm", subscriber, subscriber.email, reminder=reminder, **context)


def send_link(subscriber: Subscriber) -> None:
    """Send the link to the preferences to whoever asked for it."""
    _send("link", subscriber, subscriber.email, link=_own_link("preferences", "manage", subscriber))


def send_already_subscribed(subscriber: Subscriber) -> None:
    """Tell somebody who signed up again that they are subscribed, with the link to the preferences."""
    link = _own_link("preferences", "manage", subscriber)
    _send("link", subscriber, subscriber.email, link=link, already=True)


def send_deletion_link(subscriber: Subscriber) -> None:
    """Send the link whose button deletes everything."""
    _send("delete", subscriber, subscriber.email, link=_own_link("delete", "delete", subscriber))


def send_address_check(subscriber: Subscriber) -> None:
    """Ask the new address to confirm that letters may go there."""
    token = tokens.make("address", subscriber.id, address_epoch(subscriber))
    context = {"link": _absolute_link("address", token), "days": CONFIRMATION_DAYS}
    _send("address", subscriber, subscriber.new_email, **context)


def send_address_changed(subscriber: Subscriber, old_email: str) -> None:
    """Tell the old address that letters go elsewhere from now on."""
    _send("moved", subscriber, old_email)


def _send(name: str, subscriber: Subscriber, to: str, **context: object) -> None:
    """Send templates/emails/<name>.{subject.txt,txt,html}. Raises MailUnavailable or LetterRefused."""
    context |= {
        "subscriber": subscriber,
        "to": to,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "postal_address": settings.POSTAL_ADDRESS,
        "contact_email": settings.CONTACT_EMAIL,
    }
    with translation.override(django_code(subscriber.language)):
        subject = " ".join(render_to_string(f"emails/{name}.subject.txt", context).split())
        text, html = (indent_from_lines(render_to_string(f"emails/{name}.{kind}", context)) for kind in ("txt", "html"))
        reply_to = [settings.REPLY_TO] if settings.REPLY_TO else None
        message = TransitSafeMessage(subject, text, to=[to], reply_to=reply_to)
        message.attach_alternative(html, "text/html")
    message.extra_headers = {
        "Message-ID": make_msgid(domain=urlsplit(settings.SITE_URL).hostname),
        "Auto-Submitted": "auto-replied",
        # `All` would stop bounces as well: Exchange then sends no reports of letters that cannot be delivered.
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }
    try:
        message.send()
    except MAIL_ERRORS as error:
        codes = _smtp_codes(error)
        # What servers answer often holds the address: the log has the numbers only.
        log.warning("A %s letter could not be sent: %s %s", name, type(error).__name__, codes or "")
        is_final = isinstance(error, AnymailRecipientsRefused) or (codes and min(codes) >= FIRST_FINAL_SMTP_CODE)
        raise (LetterRefused if is_final else MailUnavailable) from None


def _smtp_codes(error: Exception) -> list[int]:
    """Return the numbers of the mail server's answer; none where there was no answer."""
    if isinstance(error, SMTPRecipientsRefused):
        return sorted({code for code, _text in error.recipients.values()})
    return [error.smtp_code] if isinstance(error, SMTPResponseException) else []


def _own_link(page: str, purpose: Purpose, subscriber: Subscriber) -> str:
    return _absolute_link(page, tokens.make(purpose, subscriber.id, subscriber.epoch))


def _absolute_link(page: str, token: str) -> str:
    return settings.SITE_URL + reverse(f"subscriptions:{page}", args=(token,))
