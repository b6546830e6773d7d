"""Rate limits on letters that a stranger may ask for: by IP address, by mailbox, by domain.

They are counted in the database, in windows of fixed length, so that all processes share the counts and none is lost.
Whoever is over a limit sees the same page as everybody else.
"""

import hmac
import logging
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Literal, NamedTuple

from django.conf import settings
from django.db.models import F, Q
from django.http import HttpRequest
from django.utils import timezone

from subscriptions import email_addresses
from subscriptions.models import Count

log = logging.getLogger(__name__)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Limit(NamedTuple):
    """At most so many letters in a window of this length."""

    letters: int
    window: timedelta


PER_CLIENT = Limit(30, HOUR)
PER_MAILBOX = Limit(6, DAY)
PER_DOMAIN = Limit(300, HOUR)
# Strangers share these domains: one of them must not use up what there is for all.
PER_PUBLIC_DOMAIN = Limit(6000, HOUR)
PER_READER = Limit(6, DAY)
# A look at a preview counts as LOOK, and each of its filters as one more: about a tenth of a processor for each client.
PREVIEWS_PER_CLIENT = Limit(20_000, timedelta(minutes=10))
LOOK = 10
# Tries to log in to the admin.
PER_OPERATOR = Limit(10, timedelta(minutes=15))

# fmt: off
PUBLIC_DOMAINS = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com",
    "yahoo.co.jp", "yahoo.co.uk", "icloud.com", "me.com", "mac.com", "aol.com", "proton.me",
    "protonmail.com", "pm.me", "gmx.de", "gmx.net", "gmx.com", "web.de", "t-online.de",
    "mail.com", "fastmail.com", "zoho.com", "yandex.ru", "yandex.com", "mail.ru", "qq.com",
    "163.com", "126.com", "yeah.net", "sina.com", "foxmail.com", "aliyun.com", "naver.com",
    "orange.fr", "free.fr", "laposte.net", "libero.it",
})
# fmt: on
# There are at most 2 ** BUCKET_BITS counters of each kind, whatever comes. Two subjects share one by chance only.
BUCKET_BITS = 18


def allow_client(request: HttpRequest) -> bool:
    """Return whether this client may ask for one more letter, and count the request."""
    return _count_within("ip", client_address(request), PER_CLIENT)


def allow_letter(email: str) -> bool:
    """Return whether one more letter that a stranger may have asked for goes to *email*, and count it."""
    if not _count_within("mailbox", email_addresses.mailbox(email), PER_MAILBOX):
        return False
    domain = email_addresses.domain(email)
    return _count_within(
        "domain", domain, PER_PUBLIC_DOMAIN if domain in PUBLIC_DOMAINS else PER_DOMAIN, logged_name=domain
    )


def allow_reader(subscriber_id: int, letter: Literal["address", "delete"]) -> bool:
    """Return whether one more of these letters is sent on a reader's behalf, and count it.

    Each kind is counted apart: whoever has a forwarded letter can ask for one to delete, and must not use up the other.
    """
    return _count_within(letter, str(subscriber_id), PER_READER)


def allow_preview(request: HttpRequest, filters: int) -> bool:
    """Return whether this client may look at one more preview with so many filters, and count it."""
    return _count_within("preview", client_address(request), PREVIEWS_PER_CLIENT, amount=LOOK + filters)


def allow_log_in(visitor: str) -> bool:
    """Return whether *visitor*, a network or a browser, may try one more password, and count the try."""
    return _count_within("log-in", visitor, PER_OPERATOR)


def client_address(request: HttpRequest) -> str:
    """Return where a request comes from; for IPv6 the network, because one client has millions of addresses."""
    text = str(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUST_FORWARDED_FOR:
        # The last entry is the one that our own proxy wrote; those before it are the sender's word.
        text = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip() or text
    try:
        address = ip_address(text)
    except ValueError:
        return "unknown"
    return str(address) if address.version == 4 else str(ip_network((address, 64), strict=False))


def delete_expired(now: datetime) -> None:
    """Delete counts whose window is over, and those of a clock that was far ahead."""
    Count.objects.filter(Q(until__lte=now) | Q(until__gt=now + 2 * DAY)).delete()


def _count_within(kind: str, subject: str, limit: Limit, *, amount: int = 1, logged_name: str = "") -> bool:
    """Count *amount* more unless the limit is reached, and return whether it was not.

    With a *logged_name* the first one over the limit is logged.
    """
    now = timezone.now()
    # The name of the counter is keyed, so that the table holds no addresses and nobody can aim at another's counter.
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"{kind} {subject}".encode(), "sha256")
    bucket = f"{kind}:{int.from_bytes(digest[:8], 'big') >> 64 - BUCKET_BITS:x}"
    # A window that ends later than it can is one of a clock that was set back since.
    counted = Count.objects.filter(bucket=bucket, until__gt=now, until__lte=now + limit.window)
    if counted.filter(number__lt=limit.letters).update(number=F("number") + amount):
        return True
    if not counted.exists():
        # In one statement, because another process may do the same.
        Count.objects.bulk_create(
            [Count(bucket=bucket, number=amount, until=now + limit.window)],
            update_conflicts=True,
            unique_fields=["bucket"],
            update_fields=["number", "until"],
        )
        return True
    if logged_name and counted.filter(number=limit.letters).update(number=limit.letters + 1):
        log.warning("More than %d letters were asked for to %s: no more for now.", limit.letters, logged_name)
    return False
