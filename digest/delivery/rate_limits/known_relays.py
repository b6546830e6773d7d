"""Relays that publish how many letters they take, for whoever has set no RATE_LIMIT."""

from fnmatch import fnmatchcase
from typing import NamedTuple


class KnownRelay(NamedTuple):
    # Host name of the mail server, or the module of Anymail's backend; * stands for any part of it.
    pattern: str
    name: str
    # As RATE_LIMIT is written.
    rate: str
    # Where the provider says so.
    source: str
    # What it asks to have in the SPF record of the sender's domain, and which selectors its customers' DKIM keys have.
    spf_include: str = ""
    dkim_selectors: tuple[str, ...] = ()


_SES_QUOTAS = "https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html"
_MICROSOFT_LIMITS = "https://learn.microsoft.com/exchange/troubleshoot/send-emails/smtp-submission-improvements"

KNOWN_RELAYS = (
    KnownRelay("email-smtp*.amazonaws.com", "Amazon SES", "14/s", _SES_QUOTAS),
    KnownRelay("anymail.backends.amazon_ses*", "Amazon SES", "14/s", _SES_QUOTAS),
    KnownRelay(
        "smtp.office365.com",
        "Microsoft 365",
        "30/m",
        _MICROSOFT_LIMITS,
        "spf.protection.outlook.com",
        ("selector1", "selector2"),
    ),
    KnownRelay("smtp-mail.outlook.com", "Outlook.com", "30/m", _MICROSOFT_LIMITS),
    KnownRelay(
        "smtp-relay.gmail.com",
        "Google's SMTP relay",
        "10000/d",
        "https://support.google.com/a/answer/2956491",
        "_spf.google.com",
        ("google",),
    ),
    KnownRelay(
        "smtp.gmail.com",
        "Gmail",
        "2000/d",
        "https://support.google.com/a/answer/166852",
        "_spf.google.com",
        ("google",),
    ),
    KnownRelay("smtp.mail.yahoo.com", "Yahoo Mail", "500/d", "https://help.yahoo.com/kb/SLN3353.html"),
    KnownRelay("smtp.mail.me.com", "iCloud Mail", "1000/d", "https://support.apple.com/102198"),
)


def find_known_relay(*names: str) -> KnownRelay | None:
    """Return the relay that one of *names* belongs to: the mail server's host and the backend's dotted path."""
    written = [name.rstrip(".").lower() for name in names]
    return next((relay for relay in KNOWN_RELAYS if any(fnmatchcase(name, relay.pattern) for name in written)), None)
