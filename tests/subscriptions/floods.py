"""What strangers can do with thousands of requests: to one domain, to one mailbox, and from places nobody can tell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import time_machine
from django.core import mail
from django.http import HttpRequest
from django.test import RequestFactory, override_settings

from subscriptions import rate_limits
from subscriptions.account_requests.drain import drain_outbox
from subscriptions.models import Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import signup

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CHOSEN = Preferences(filters=("attention",))
HONEST = "ada@university.example"
HOME = "192.0.2.1"

ONE_64 = [f"2001:db8:1:2::{number:x}" for number in range(1, 10_001)]
ONE_48 = [f"2001:db8:1:{number:x}::1" for number in range(1, 10_001)]
# Not a multiple of what a domain takes: two of them may share a counter by chance.
NETWORKS = [f"198.18.{number // 250}.{number % 250}" for number in range(1_040)]


@dataclass
class Flood:
    """An attempt, what came of it once, and what must come of it."""

    name: str
    once: str
    now: str
    attempt: Callable[[], str]


def ask(email: str, place: str, forwarded: str = "") -> timedelta | None:
    """Sign up from *place* as the page does. Return how long its letter may take; None if refused."""
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request: HttpRequest = RequestFactory().post("/", REMOTE_ADDR=place, headers=headers)
    if not rate_limits.allow_client(request):
        return None
    return signup.sign_up(email, CHOSEN, turn=rate_limits.take_turn(request, email))


def wait_for_letter(email: str, most: timedelta = 7 * DAY) -> timedelta | None:
    """Drain every minute from noon on, until the letter to *email* has left, and return when that was."""
    now = NOON
    while now <= NOON + most:
        with time_machine.travel(now, tick=False):
            drain_outbox(now)
        if Subscriber.objects.filter(email=email).exclude(mailed_at=None).exists():
            return now - NOON
        now += MINUTE
    return None


def flood_domain(places: Sequence[str], requests: int) -> tuple[timedelta | None, timedelta | None]:
    """Have strangers sign up *requests* invented addresses at a university, and then an honest person.

    Return what the page told that person of the wait, and how long it was.
    """
    with override_settings(ERRANDS_INLINE=False), time_machine.travel(NOON, tick=False):
        for number in range(requests):
            ask(f"p{number}@university.example", places[number % len(places)])
        told = ask(HONEST, HOME)
    return told, wait_for_letter(HONEST)


def describe_flood(places: Sequence[str], requests: int) -> str:
    """Return when the honest person's letter leaves, in words."""
    told, waited = flood_domain(places, requests)
    if told is None or waited is None:
        return "the honest letter never comes"
    if not waited:
        return "the honest letter comes at once"
    # Networks share counters by chance, so that the minutes differ from key to key.
    hours = -(-waited // timedelta(hours=1))
    return f"the honest letter comes within {hours} hours, {'no' if waited <= told else 'but'} later than told"


def bomb_mailbox(names: Sequence[str]) -> str:
    """Ask for a letter to each of the names, every time from another network."""
    mail.outbox.clear()
    with override_settings(ERRANDS_INLINE=True), time_machine.travel(NOON, tick=False):
        for name, place in zip(names, NETWORKS, strict=False):
            ask(name, place)
    return f"{len(mail.outbox)} letters in a day"


def hide_origin(requests: int) -> str:
    """A proxy that writes what we cannot read; one stranger behind it asks for many letters, and then Ada for hers."""
    with override_settings(TRUSTED_PROXIES=1), time_machine.travel(NOON, tick=False):
        for number in range(requests):
            ask(f"p{number}@d{number}.example", "127.0.0.1", "unknown")
        return "Ada gets no letter" if ask(HONEST, "127.0.0.1", "unknown") is None else "Ada gets her letter"


YAHOO = [f"ada-shop{number}@yahoo.com" for number in range(1_000)]
FASTMAIL = [f"shop{number}@ada.fastmail.com" for number in range(1_000)]

FLOODS = [
    Flood(
        "10,000 sign-ups at a university's domain from one /64, then an honest one",
        "the honest letter comes at once",
        "the honest letter comes at once",
        lambda: describe_flood(ONE_64, 10_000),
    ),
    Flood(
        "The same from one /48",
        "the honest letter never comes",
        "the honest letter comes at once",
        lambda: describe_flood(ONE_48, 10_000),
    ),
    Flood(
        "The same from 1,040 networks",
        "the honest letter never comes",
        "the honest letter comes within 4 hours, no later than told",
        lambda: describe_flood(NETWORKS, 10_000),
    ),
    Flood(
        "Bomb a Yahoo mailbox by 1,000 of its names",
        "1000 letters in a day",
        "6 letters in a day",
        lambda: bomb_mailbox(YAHOO),
    ),
    Flood(
        "Bomb a Fastmail mailbox by 1,000 of its names",
        "300 letters in a day",
        "6 letters in a day",
        lambda: bomb_mailbox(FASTMAIL),
    ),
    Flood(
        "Use up the letters of all whom the proxy does not name",
        "Ada gets no letter",
        "Ada gets her letter",
        lambda: hide_origin(100),
    ),
]
