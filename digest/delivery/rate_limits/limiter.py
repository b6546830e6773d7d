"""Limits on letters, through the mail server in all and to one domain. All workers share one count.

A window is a minute (or second, hour, day) of the clock. The database counts what was taken from it, so that in none of
them more letters go than its limit allows, however many workers there are on however many machines. Letters to a domain
that is full are told when to come again and hold up nobody else. A domain whose server says that it gets too much rests
for a while, with limits or without. Whoever has set no limit pays nothing for them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from digest.delivery.rate_limits.window import Window
from digest.models import Pace

# The name under which all letters are counted.
ALL_LETTERS = ""
OTHER_DOMAINS = "*"
# How long a domain rests that asks for it the first, second … time in a row.
DOMAIN_REST_DURATIONS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60))
# A domain that was quiet for so long after a rest begins with the first one again.
REST_MEMORY = timedelta(hours=6)
# A drain reads so often which domains rest because another worker was told to slow down.
RELOAD_INTERVAL = timedelta(minutes=1)
COUNTER_RETENTION = timedelta(days=2)
# The window of a counter that was never used.
NEVER_COUNTED = datetime(1970, 1, 1, tzinfo=UTC)

# Delivery ids and the domains they go to.
LetterDomains = Sequence[tuple[int, str]]

# How Gmail, Outlook, Yahoo, QQ and Postfix say that all of us send too much, in the text after 421 or 45x.
SLOW_DOWN_WORDS = re.compile(
    r"\b4\.7\.28\b|\btoo (many|much)\b|\brate.?limit|\bthrottl|\bunusual rate\b|\bunexpected volume\b"
    r"|\b(exceed|quota)\w*\b.{0,40}\b(rate|limit|connections|messages|frequency)\b|\b(connection )?frequency limit",
    re.IGNORECASE,
)
# The same words about this mailbox or this connection are no reason to rest.
SINGLE_MAILBOX_WORDS = re.compile(
    r"\b4\.2\.[12]\b|\bgr[ae]y.?list|\bmailbox\b|\brecipients\b|\b(this|per) connection\b", re.IGNORECASE
)


class Admission(NamedTuple):
    """The decision on a group of letters. Those in neither list wait until *full_until*, first planned first."""

    now: list[int]
    # Delivery id → when to come again, as the domain is full or rests.
    later: dict[int, datetime]
    # Set where no letter may go to anybody until then.
    full_until: datetime | None = None


class RateLimiter:
    """The limits that one drain asks before it sends a group."""

    def __init__(self) -> None:
        self.resting: dict[str, datetime] = {}
        self.loaded_at: datetime | None = None

    def admit(self, letters: LetterDomains, now: datetime) -> Admission:
        """Take places for the letters that may go now, in one short transaction, and return the decision."""
        resting = self._resting_domains(now)
        later = {key: resting[domain] for key, domain in letters if domain in resting}
        not_resting = [(key, domain) for key, domain in letters if key not in later]
        limits = _limits_for({domain for _key, domain in not_resting})
        if not limits or not not_resting:
            return Admission([key for key, _domain in not_resting], later)
        admission = _take_places(not_resting, limits, now)
        return admission._replace(later=admission.later | later)

    def learn_from_answer(self, domain: str, answer: str, now: datetime) -> bool:
        """Let the whole domain rest if a 4xx answer asks for it. Return whether it did."""
        if not asks_to_slow_down(answer):
            return False
        self.resting[domain] = rest_domain(domain, answer, now)
        return True

    def _resting_domains(self, now: datetime) -> Mapping[str, datetime]:
        if self.loaded_at is None or not timedelta(0) <= now - self.loaded_at < RELOAD_INTERVAL:
            # A rest that ends later than any can is from before the clock was set back.
            rows = Pace.objects.filter(rest_until__gt=now, rest_until__lte=now + DOMAIN_REST_DURATIONS[-1])
            self.resting = {row.name: row.rest_until for row in rows if row.rest_until}
            self.loaded_at = now
        return {name: until for name, until in self.resting.items() if until > now}


def domain_of(address: str) -> str:
    """Return the domain of an address as the settings write it."""
    domain = address.rpartition("@")[2].rstrip(".").lower()
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def asks_to_slow_down(answer: str) -> bool:
    return bool(SLOW_DOWN_WORDS.search(answer)) and not SINGLE_MAILBOX_WORDS.search(answer)


def rest_domain(domain: str, answer: str, now: datetime) -> datetime:
    """Let *domain* rest, and return until when. An answer that comes while it rests makes the rest no longer."""
    _create_counters([domain])
    with transaction.atomic():
        row = Pace.objects.select_for_update().get(name=domain)
        if row.rest_until is not None and now < row.rest_until <= now + DOMAIN_REST_DURATIONS[-1]:
            return row.rest_until
        again = row.rest_until is not None and now - row.rest_until < REST_MEMORY
        row.rests = row.rests + 1 if again else 1
        until = now + DOMAIN_REST_DURATIONS[min(row.rests, len(DOMAIN_REST_DURATIONS)) - 1]
        row.rest_until, row.answer = until, answer[:300]
        row.save(update_fields=["rest_until", "rests", "answer"])
    return until


def admit_in_turn(letters: LetterDomains, windows: Mapping[str, Window]) -> Admission:
    """Take a place in *windows* for each letter in turn, and return the decision. This is pure arithmetic."""
    everybody = windows.get(ALL_LETTERS)
    admission = Admission([], {})
    for key, domain in letters:
        window = windows.get(domain) if domain else None
        if window is not None and window.is_full:
            admission.later[key] = window.promise()
        elif everybody is not None and everybody.is_full:
            admission = admission._replace(full_until=everybody.end)
        else:
            for each in (window, everybody):
                if each is not None:
                    each.take()
            admission.now.append(key)
    return admission


def delete_old_counters(now: datetime) -> int:
    """Delete counters that are no longer needed, and return how many."""
    old = Pace.objects.filter(window__lt=now - COUNTER_RETENTION).exclude(rest_until__gt=now - COUNTER_RETENTION)
    return old.delete()[0]


def _limits_for(domains: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return by name how many letters may go in how many seconds."""
    by_domain: Mapping[str, tuple[int, int]] = settings.DOMAIN_RATE_LIMITS
    general = {ALL_LETTERS: settings.RATE_LIMIT} if settings.RATE_LIMIT else {}
    if not by_domain:
        return general
    limits = {domain: by_domain.get(domain) or by_domain.get(OTHER_DOMAINS) for domain in domains if domain}
    return general | {domain: limit for domain, limit in limits.items() if limit}


def _take_places(letters: LetterDomains, limits: Mapping[str, tuple[int, int]], now: datetime) -> Admission:
    with transaction.atomic():
        rows = _lock_counters(limits)
        while missing := sorted(set(limits) - rows.keys()):
            _create_counters(missing)
            rows = _lock_counters(limits)
        windows = {name: Window.of(row, *limits[name], now) for name, row in rows.items()}
        admission = admit_in_turn(letters, windows)
        changed = [
            Pace(name=name, window=row.window, used=row.used, promised=row.promised)
            for name, row in rows.items()
            if windows[name].write(row)
        ]
        # An insert that finds every row there: of a hundred rows Django makes it in an eighth of the time of an update.
        Pace.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["name"], update_fields=["window", "used", "promised"]
        )
    return admission


def _lock_counters(names: Iterable[str]) -> dict[str, Pace]:
    """Lock the counters in one order, so that two workers never wait for each other."""
    rows = Pace.objects.select_for_update().filter(name__in=list(names)).order_by("name")
    return {row.name: row for row in rows}


def _create_counters(names: Iterable[str]) -> None:
    Pace.objects.bulk_create([Pace(name=name, window=NEVER_COUNTED) for name in names], ignore_conflicts=True)
