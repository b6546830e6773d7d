"""Rate limits on letters that a stranger may ask for: by network, by mailbox, by domain.

They are counted in the database, in windows of fixed length, so that all processes share the counts and none is lost.
Whoever is over the limit of a network or a mailbox sees the same page as everybody else, and gets nothing. A domain
that is full puts letters off instead: strangers fill it too, and must not use it up for honest people. So a network's
first letter to a domain goes before every other network's second one (`take_turn`).
"""

import hmac
import logging
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from subscriptions import email_addresses
from subscriptions.client_networks import find_client_networks
from subscriptions.mailboxes import find_mailbox
from subscriptions.models import Count

log = logging.getLogger(__name__)

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class Limit(NamedTuple):
    """At most so many letters in a window of this length."""

    letters: int
    window: timedelta


PER_CLIENT = Limit(30, HOUR)
# What the /48 of an IPv6 client may ask for, of what its /64 may.
SHARE_OF_WIDE_NETWORK = 5
PER_MAILBOX = Limit(6, DAY)
PER_DOMAIN = Limit(50, 10 * MINUTE)
# Strangers share these domains.
PER_PUBLIC_DOMAIN = Limit(1000, 10 * MINUTE)
PER_READER = Limit(6, DAY)
# No queue is remembered for longer, as the privacy page promises of all counters; so no page tells of a longer wait.
LONGEST_QUEUE = DAY
# A look at a preview counts as LOOK, and each of its filters as one more: about a tenth of a processor for each client.
PREVIEWS_PER_CLIENT = Limit(20_000, 10 * MINUTE)
LOOK = 10
# A search among 100,000 papers takes a twentieth of a second: a twentieth of a processor for each client.
SEARCHES_PER_CLIENT = Limit(600, 10 * MINUTE)
# Most of the API's answers cost less than a search.
API_REQUESTS_PER_CLIENT = Limit(600, 10 * MINUTE)
# Tries to log in to the admin.
PER_OPERATOR = Limit(10, 15 * MINUTE)
MAX_TURN = 1000
# What is counted, by the name of its counters, for the log.
COUNTED = {
    "letter": "letters asked for by one network",
    "mailbox": "letters to one mailbox",
    "domain": "letters to one domain",
    "address": "changes of address by one reader",
    "delete": "requests to delete by one reader",
    "goodbye": "goodbyes to one reader",
    "link": "links asked for from the letters of one reader",
    "preview": "previews for one network",
    "search": "searches by one network",
    "api": "requests to the API by one network",
    "log-in": "tries to log in from one place",
}

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


class Allowance(NamedTuple):
    """What a client may still ask for in this window."""

    is_allowed: bool
    limit: int
    remaining: int
    # Until the window ends.
    wait: timedelta


class DomainFull(Exception):
    """No more letters go to this domain until then."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"until {until}")
        self.until = until


def allow_client(request: HttpRequest) -> bool:
    """Return whether this client may ask for one more letter, and count the request."""
    return _count_client("letter", find_client_networks(request), PER_CLIENT)


def allow_letter(email: str, *, turn: int = 0, is_subscriber: bool = False) -> bool:
    """Return whether one more letter that a stranger may have asked for goes to *email*, and count it.

    Raises DomainFull where it may go later; then it is not counted. *turn* is what `take_turn` returned. Letters to an
    active subscriber count for no domain, as nobody can invent such addresses.
    """
    domain = email_addresses.domain(email)
    limit = find_domain_limit(domain, turn)
    if not is_subscriber and (until := find_full_until(email, turn)):
        raise DomainFull(until)
    if not _count_within("mailbox", find_mailbox(email), PER_MAILBOX):
        return False
    if not is_subscriber and not _count_within("domain", domain, limit):
        raise DomainFull(find_full_until(email, turn) or timezone.now())
    return True


def find_full_until(email: str, turn: int) -> datetime | None:
    """Return until when no more letters of this *turn* go to the domain of *email*; None while they do."""
    domain = email_addresses.domain(email)
    limit = find_domain_limit(domain, turn)
    full = _find_count("domain", domain, limit.window, timezone.now()).filter(number__gte=limit.letters).first()
    if full is None:
        return None
    _log_once("domain", domain, limit.window, "Many letters are asked for to %s: some of them wait.", domain)
    return full.until


def find_domain_limit(domain: str, turn: int) -> Limit:
    """Return how many letters go to a domain. Half of them are kept for networks that had none to it yet."""
    letters, window = PER_PUBLIC_DOMAIN if domain in PUBLIC_DOMAINS else PER_DOMAIN
    return Limit(-(-letters // 2) if turn else letters, window)


def take_turn(request: HttpRequest, email: str) -> int:
    """Return how many letters to the domain of *email* this client's network has asked for before, and count this one.

    They are counted for a day. Letters to a domain go in the order of these numbers, so that networks take turns: who
    asks for many waits for all who ask for one. Where no network can be told it is 0, and they go as they came.
    """
    networks = find_client_networks(request)
    if not networks:
        return 0
    counted = f"{networks[-1]} {email_addresses.domain(email)}"
    _count_within("turn", counted, Limit(MAX_TURN, DAY), is_logged=False)
    numbers = _find_count("turn", counted, DAY, timezone.now()).values_list("number", flat=True)
    return min(numbers.first() or 1, MAX_TURN) - 1


def take_place(email: str, turn: int, now: datetime) -> timedelta:
    """Return how long the letter to this request may have to wait for its domain, and queue the next one behind it.

    Requests are counted, never letters: these depend on whether an address is known, which no page may tell. *turn* is
    what `take_turn` returned: requests of turn 0 wait for each other, and for those of others that go at once.
    """
    domain = email_addresses.domain(email)
    wait_of_others = _queue(f"{domain} others", find_domain_limit(domain, 1), now)
    if turn and wait_of_others:
        return wait_of_others
    return _queue(domain, find_domain_limit(domain, 0), now)


def allow_reader(subscriber_id: int, letter: Literal["address", "delete", "goodbye", "link"]) -> bool:
    """Return whether one more of these letters is sent on a reader's behalf, and count it.

    Each kind is counted apart: whoever has a forwarded letter can ask for one to delete, and must not use up the other.
    """
    return _count_within(letter, str(subscriber_id), PER_READER)


def allow_preview(request: HttpRequest, filters: int) -> bool:
    """Return whether this client may look at one more preview with so many filters, and count it."""
    return _count_client("preview", find_client_networks(request), PREVIEWS_PER_CLIENT, amount=LOOK + filters)


def allow_search(request: HttpRequest, *, amount: int = 1) -> Allowance:
    """Return whether this client may search once more, and count that, as *amount* searches if it costs so much."""
    return _use_allowance(request, "search", SEARCHES_PER_CLIENT, amount=amount)


def allow_api_request(request: HttpRequest) -> Allowance:
    """Return whether this client may ask the API once more, and count the request."""
    return _use_allowance(request, "api", API_REQUESTS_PER_CLIENT)


def allow_log_in(visitors: tuple[str, ...]) -> bool:
    """Return whether *visitors*, the networks of a client or one browser, may try one more password; count the try."""
    return _count_client("log-in", visitors, PER_OPERATOR)


def note_full_outbox(window: timedelta = DAY) -> None:
    """Log, once in a window, that so many requests wait that some are given up."""
    _log_once("outbox", "", window, "Too many account requests wait: those of the busiest networks are given up.")


def delete_expired(now: datetime) -> None:
    """Delete counts whose window is over, and those of a clock that was far ahead."""
    Count.objects.filter(Q(until__lte=now) | Q(until__gt=now + 2 * DAY)).delete()


def _queue(subject: str, limit: Limit, now: datetime) -> timedelta:
    """Return how long it takes until a queue has served one more, and add that one.

    A queue is a counter of those who are served in its last window, which may be one that is still to come.
    """
    row = Count.objects.filter(bucket=_name_bucket("queue", subject))
    last_window = row.filter(until__gt=now, until__lte=now + LONGEST_QUEUE)
    is_added = last_window.filter(number__lt=limit.letters).update(number=F("number") + 1)
    if not is_added:
        # The drain that opens the next window comes within a minute.
        next_window = limit.window + MINUTE
        full_window = last_window.filter(number__gte=limit.letters, until__lte=now + LONGEST_QUEUE - next_window)
        is_added = full_window.update(number=1, until=F("until") + next_window)
    if not is_added and not last_window.exists():
        _open_window("queue", subject, now + limit.window)
    until = row.values_list("until", flat=True).first() or now
    return max(until - limit.window - now, timedelta(0))


def _count_client(kind: str, networks: tuple[str, ...], limit: Limit, *, amount: int = 1) -> bool:
    """Count *amount* more for the networks of a client, from the smallest on, and return whether none is over a limit.

    A client that cannot be told apart is not counted: it would be one with all others of its kind.
    """
    if not networks:
        _log_once(
            "unknown", "", DAY, "A request does not say where it comes from, and is not counted: see TRUSTED_PROXIES."
        )
        return True
    wide = Limit(limit.letters * SHARE_OF_WIDE_NETWORK, limit.window)
    limits = (limit, *[wide] * (len(networks) - 1))
    return all(
        _count_within(kind, network, each, amount=amount) for network, each in zip(networks, limits, strict=True)
    )


def _use_allowance(request: HttpRequest, kind: str, limit: Limit, *, amount: int = 1) -> Allowance:
    """Count *amount* more for the networks of a client, and return what it may still ask for."""
    networks = find_client_networks(request)
    is_allowed = _count_client(kind, networks, limit, amount=amount)
    now, number, until = timezone.now(), 0, None
    if networks:
        row = _find_count(kind, networks[0], limit.window, now).values_list("number", "until").first()
        number, until = row or (0, None)
    wait = (until or now + limit.window) - now
    return Allowance(is_allowed, limit.letters, max(0, limit.letters - number), wait)


def _count_within(kind: str, subject: str, limit: Limit, *, amount: int = 1, is_logged: bool = True) -> bool:
    """Count *amount* more unless the limit is reached, and return whether it was not."""
    now = timezone.now()
    counted = _find_count(kind, subject, limit.window, now)
    if counted.filter(number__lt=limit.letters).update(number=F("number") + amount):
        return True
    if not counted.exists():
        _open_window(kind, subject, now + limit.window, amount)
        return True
    if is_logged:
        text = "A limit holds: %s, at most %d in %d minutes. More are refused for now."
        _log_once(kind, "", limit.window, text, COUNTED[kind], limit.letters, limit.window / MINUTE)
    return False


def _open_window(kind: str, subject: str, until: datetime, number: int = 1) -> None:
    """Begin to count anew: in one statement, because another process may do the same."""
    Count.objects.bulk_create(
        [Count(bucket=_name_bucket(kind, subject), number=number, until=until)],
        update_conflicts=True,
        unique_fields=["bucket"],
        update_fields=["number", "until"],
    )


def _find_count(kind: str, subject: str, window: timedelta, now: datetime) -> QuerySet[Count]:
    """Return the count of the window that is open now, if there is one."""
    # A window that ends later than it can is one of a clock that was set back since.
    return Count.objects.filter(bucket=_name_bucket(kind, subject), until__gt=now, until__lte=now + window)


def _name_bucket(kind: str, subject: str) -> str:
    """Return the name of a counter. It is keyed: the table holds no addresses, and nobody aims at another's counter."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"{kind} {subject}".encode(), "sha256")
    return f"{kind}:{int.from_bytes(digest[:8], 'big') >> 64 - BUCKET_BITS:x}"


def _log_once(kind: str, subject: str, window: timedelta, text: str, *values: object) -> None:
    """Log that a limit holds unless that was said in this window, of this kind and subject."""
    if _count_within("said", f"{kind} {subject}", Limit(1, window), is_logged=False):
        log.warning(text, *values)
