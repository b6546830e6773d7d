"""Tells the operator, by mail and at the addresses of ALERT_URL, of what waits for somebody."""

import logging
from email.utils import make_msgid
from smtplib import SMTPException
from urllib.parse import urlsplit

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import get_connection
from django.utils.translation import gettext as _

from digest.infra import operator_webhooks
from subscriptions.transit_safe_mail import TransitSafeMessage, indent_from_lines

log = logging.getLogger(__name__)


def send_alert(subject: str, body: str, *, is_over: bool = False) -> bool:
    """Tell the operator by mail to ALERT_EMAIL and by ALERT_URL, and return whether one of them took it.

    The mail goes through ALERT_EMAIL_URL where that is set: the usual way may be what is broken. *is_over* says that
    nothing is wrong any more. What cannot be sent is logged. Without either setting nobody is told; then the report and
    the admin's first page say the same.
    """
    told = [_post(address, subject, body, "" if is_over else "fail") for address in settings.ALERT_URLS]
    if settings.ALERT_EMAIL:
        told.append(_mail_alert(subject, body))
    return any(told) or not told


def ping_good_day() -> bool:
    """Say at the ping addresses of ALERT_URL that a day went well: they miss us when no more of them come.

    Return whether all of them took it.
    """
    pings = [address for address in settings.ALERT_URLS if operator_webhooks.is_ping(address)]
    taken = [operator_webhooks.ping(address) for address in pings]
    return all(taken)


def send_test() -> bool:
    """Tell the operator that this is a test, and return whether all took it. At ping addresses it changes nothing."""
    subject, body = _("A test of the alarms"), _("This is a test. There is nothing to do.") + "\n"
    taken = [_post(address, subject, body, "log") for address in settings.ALERT_URLS]
    if settings.ALERT_EMAIL:
        taken.append(_mail_alert(subject, body))
    return all(taken) and bool(taken)


def _post(address: str, subject: str, body: str, event: operator_webhooks.PingEvent) -> bool:
    """Post to a chat, or ping with an event, as the address wants it. Return whether it was taken."""
    if operator_webhooks.is_ping(address):
        return operator_webhooks.ping(address, body, event=event)
    return operator_webhooks.post_to_chat(address, f"{subject}\n\n{body}")


def _mail_alert(subject: str, body: str) -> bool:
    message = TransitSafeMessage(" ".join(subject.split()), indent_from_lines(body), to=[settings.ALERT_EMAIL])
    message_id = make_msgid(domain=urlsplit(settings.SITE_URL).hostname)
    message.extra_headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated"}
    try:
        message.connection = get_connection(**settings.ALERT_MAIL_SERVER)
        message.send()
    except (OSError, SMTPException, AnymailError, ValueError) as error:
        log.error("The operator could not be told by mail: %s", type(error).__name__)
        return False
    return True
