"""Mails to the operator, where sending waits for somebody."""

import logging
from email.utils import make_msgid
from smtplib import SMTPException
from urllib.parse import urlsplit

from anymail.exceptions import AnymailError
from django.conf import settings
from django.core.mail import get_connection

from subscriptions.transit_safe_mail import TransitSafeMessage, indent_from_lines

log = logging.getLogger(__name__)


def send_alert(subject: str, body: str) -> None:
    """Send a mail to ALERT_EMAIL, through ALERT_EMAIL_URL where that is set: the usual way may be what is broken.

    A mail that cannot be sent is logged. The report and the admin's first page say the same as it.
    """
    if not settings.ALERT_EMAIL:
        return
    message = TransitSafeMessage(" ".join(subject.split()), indent_from_lines(body), to=[settings.ALERT_EMAIL])
    message_id = make_msgid(domain=urlsplit(settings.SITE_URL).hostname)
    message.extra_headers = {"Message-ID": message_id, "Auto-Submitted": "auto-generated"}
    try:
        message.connection = get_connection(**settings.ALERT_MAIL_SERVER)
        message.send()
    except (OSError, SMTPException, AnymailError, ValueError) as error:
        log.error("The operator could not be told by mail that letters wait: %s", type(error).__name__)
