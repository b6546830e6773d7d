"""The short letters of this app: confirmation, link to the account, change of address, deletion, goodbye.

They go out one by one, in the language of the person, without tracking of any kind.
"""

import logging
from collections.abc import Mapping
from contextlib import suppress
from email.utils import make_msgid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from subscriptions.email import outage
from subscriptions.email.failures import MAIL_ERRORS, find_failure
from subscriptions.email.interests import describe_interests
from subscriptions.email.mail_answers import Fault
from subscriptions.letter_languages import LETTER_LANGUAGES, django_code
from subscriptions.links import tokens
from subscriptions.links.lookup import address_epoch, departure_epoch
from subscriptions.links.tokens import COME_BACK_DAYS, CONFIRMATION_DAYS, RESTORE_DAYS, Purpose
from subscriptions.models import AddressChange, Subscriber
from subscriptions.preference_defaults import DEFAULT_LANGUAGE
from subscriptions.transit_safe_mail import TransitSafeMessage, indent_from_lines

log = logging.getLogger(__name__)


class MailUnavailable(Exception):
    """The letter did not leave for a reason of ours: the mail server is away, or refuses us. It waits until then."""

    def __init__(self, *, concerns_everybody: bool = True) -> None:
        super().__init__("the mail server does not take the letter now")
        # Whether no other letter would leave either.
        self.concerns_everybody = concerns_everybody


class LetterPutOff(MailUnavailable):
    """The recipient's server refused the letter, for now or in words that leave it open. A few more attempts may do."""

    def __init__(self) -> None:
        super().__init__(concerns_everybody=False)


class LetterRefused(Exception):
    """The mailbox does not exist: the letter will never be taken."""


def send_confirmation(subscriber: Subscriber, *, reminder: bool = False) -> None:
    """Send the letter whose button confirms a sign-up, with the interests it is about."""
    with translation.override(django_code(subscriber.language)):
        interests = describe_interests(subscriber.preferences())
    context = {"link": _own_link("confirm", "confirm", subscriber), "days": CONFIRMATION_DAYS, "interests": interests}
    _send("confirm", subscriber, subscriber.email, reminder=reminder, **context)


def send_link(subscriber: Subscriber) -> None:
    """Send the link that opens the account to whoever asked for it."""
    _send("link", subscriber, subscriber.email, link=_own_link("account", "account", subscriber))


def send_already_subscribed(subscriber: Subscriber) -> None:
    """Tell somebody who signed up again that they are subscribed, with the link that opens their account."""
    link = _own_link("account", "account", subscriber)
    _send("link", subscriber, subscriber.email, link=link, already=True)


def send_deletion_link(subscriber: Subscriber) -> None:
    """Send the link whose button deletes everything."""
    _send("delete", subscriber, subscriber.email, link=_own_link("delete", "delete", subscriber))


def send_address_check(subscriber: Subscriber) -> None:
    """Ask the new address to confirm that letters may go there."""
    token = tokens.make("address", subscriber.id, address_epoch(subscriber))
    context = {"link": _absolute_link("address", token), "days": CONFIRMATION_DAYS}
    _send("address", subscriber, subscriber.new_email, **context)


def send_address_changed(subscriber: Subscriber, change: AddressChange) -> None:
    """Tell the old address that letters go elsewhere from now on, with the link that takes this back."""
    link = _absolute_link("restore", tokens.make("restore", change.id, subscriber.key))
    _send("moved", subscriber, change.old_email, link=link, days=RESTORE_DAYS)


def send_goodbye(subscriber: Subscriber) -> None:
    """Tell somebody who left that no more letters come, with the link that brings them back."""
    link = _absolute_link("return", tokens.make("return", subscriber.id, departure_epoch(subscriber)))
    _send("goodbye", subscriber, subscriber.email, link=link, days=COME_BACK_DAYS)


def build_letter(name: str, language: str, to: str, context: Mapping[str, object]) -> TransitSafeMessage:
    """Return the letter of templates/emails/<name>.{subject.txt,txt,html}, in a language of letters."""
    spoken = LETTER_LANGUAGES.get(language, LETTER_LANGUAGES[DEFAULT_LANGUAGE])
    with translation.override(spoken.django_code):
        told = {
            **context,
            "language": spoken.html_code,
            "direction": "rtl" if translation.get_language_bidi() else "ltr",
            "to": to,
            "site_name": settings.SITE_NAME,
            "site_url": settings.SITE_URL,
            "postal_address": settings.POSTAL_ADDRESS,
            "contact_email": settings.CONTACT_EMAIL,
        }
        told["subject"] = subject = " ".join(render_to_string(f"emails/{name}.subject.txt", told).split())
        text, html = (indent_from_lines(render_to_string(f"emails/{name}.{kind}", told)) for kind in ("txt", "html"))
    reply_to = [settings.REPLY_TO] if settings.REPLY_TO else None
    message = TransitSafeMessage(subject, text, to=[to], reply_to=reply_to)
    message.attach_alternative(html, "text/html")
    message.extra_headers = {
        "Message-ID": make_msgid(domain=urlsplit(settings.SITE_URL).hostname),
        "Auto-Submitted": "auto-replied",
        # `All` would stop bounces as well: Exchange then sends no reports of letters that cannot be delivered.
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }
    return message


def _send(name: str, subscriber: Subscriber, to: str, **context: object) -> None:
    """Send a letter of `build_letter`. Raises MailUnavailable, LetterPutOff or LetterRefused."""
    message = build_letter(name, subscriber.language, to, context)
    try:
        message.connection = get_connection()
        message.send()
    except MAIL_ERRORS as error:
        failure = find_failure(error, to)
        # What servers answer often holds the address: the reason has none.
        log.warning("A %s letter could not be sent (%s): %s", name, failure.fault, failure.reason)
        if failure.fault.is_ours:
            outage.note_failure(failure.reason, "" if failure.concerns_everybody else to.rpartition("@")[2].lower())
            raise MailUnavailable(concerns_everybody=failure.concerns_everybody) from None
        raise (LetterRefused if failure.fault == Fault.GONE else LetterPutOff) from None
    finally:
        # Django leaves a connection open that was refused while it was being set up.
        with suppress(*MAIL_ERRORS):
            if message.connection is not None:
                message.connection.close()
    outage.note_success()


def _own_link(page: str, purpose: Purpose, subscriber: Subscriber) -> str:
    return _absolute_link(page, tokens.make(purpose, subscriber.id, subscriber.epoch))


def _absolute_link(page: str, token: str) -> str:
    return settings.SITE_URL + reverse(f"subscriptions:{page}", args=(token,))
