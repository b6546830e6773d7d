"""Limits on letters, through the mail server in all and to one domain. All workers share one count.

A window is a minute (or second, hour, day) of the clock. The database counts what was taken from it, so that in none of
them more letters go than its limit allows, however many workers there are on however many machines. Letters to a domain
that is full are told when to come again and hold up nobody else. A domain whose server says that it gets too much rests
for a while, with limits or without. A relay that throttles is sent letters at the rate that it was seen to take
(learned_rate.py). Whoever has set no limit, and meets none, pays nothing for them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from digest.delivery.rate_limits import relay_rate
from digest.delivery.rate_limits.counters import ALL_LETTERS, create_counters, lock_counters
from digest.delivery.rate_limits.learned_rate import LearnedRate, Share
from digest.delivery.rate_limits.window import Window
from digest.models import Pace

OTHER_DOMAINS = "*"
# How long a domain rests that asks for it the first, second … time in a row.
DOMAIN_REST_DURATIONS = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 60))
# A domain that was quiet for so long after a rest begins with the first one again.
REST_MEMORY = timedelta(hours=6)
# A drain reads so often whether another worker was told to slow down.
RELOAD_INTERVAL = timedelta(seconds=10)

# Delivery ids and the domains they go to.
LetterDomains = Sequence[tuple[int, str]]


class Admission(NamedTuple):
    """The decision on a group of letters. Those in neither list wait until *full_until*, first planned first."""

    now: list[int]
    # Delivery id → when to come again, as the domain is full or rests.
    later: dict[int, datetime]
    # Set where no letter may go to anybody until then.
    full_until: datetime | None = None
    # When the letters that may go are to begin, where the relay's rate is known.
    share: Share | None = None


class RateLimiter:
    """The limits that one drain asks before it sends a group."""

    def __init__(self) -> None:
        self.resting: dict[str, datetime] = {}
        self.loaded_at: datetime | None = None
        # Whether this drain keeps to the rate that was learned.
        self.is_paced = False
        self.asked_at: datetime | None = None

    def admit(self, letters: LetterDomains, now: datetime, *, accepted: bool = False) -> Admission:
        """Take places for the letters that may go now, in short transactions, and return the decision.

        *accepted* says whether the relay took one of this drain's letters since the last time.
        """
        self._reload(now)
        self.asked_at = now
        resting = {name: until for name, until in self.resting.items() if until > now}
        later = {key: resting[domain] for key, domain in letters if domain in resting}
        may_go = [(key, domain) for key, domain in letters if key not in later]
        share = relay_rate.take_share(len(may_go), now, accepted=accepted) if self.is_paced and may_go else None
        if share and not share.letters:
            return Admission([], later, share.start)
        self.is_paced = self.is_paced and (share is not None or not may_go)
        may_go = may_go[: share.letters] if share else may_go
        limits = _limits_for({domain for _key, domain in may_go})
        if not limits or not may_go:
            return Admission([key for key, _domain in may_go], later, share=share)
        admission = _take_places(may_go, limits, now)
        return admission._replace(later=admission.later | later, share=share)

    def rest_domain(self, domain: str, answer: str, now: datetime) -> None:
        """Let the whole domain rest, as its server asks for it."""
        self.resting[domain] = rest_domain(domain, answer, now)

    def slow_down(self, answer: str, now: datetime, accepted_per_second: float) -> LearnedRate:
        """Learn from a throttle answer how fast the relay takes letters, and return that.

        *accepted_per_second* is what this drain has sent lately.
        """
        rate = relay_rate.learn_throttling(
            answer,
            now,
            asked_at=self.asked_at or now,
            accepted_per_second=0.0 if self.is_paced else accepted_per_second,
        )
        self.is_paced = True
        return rate

    def rests(self, domain: str, now: datetime) -> bool:
        return domain in self.resting and now < self.resting[domain]

    def forget_throttling(self) -> None:
        """Send as fast as before: the answers from which the relay's rate was learned were about one domain."""
        relay_rate.forget_throttling()
        self.is_paced = False

    def _reload(self, now: datetime) -> None:
        if self.loaded_at is not None and timedelta(0) <= now - self.loaded_at < RELOAD_INTERVAL:
            return
        # A rest that ends later than any can is from before the clock was set back.
        rests = Q(rest_until__gt=now, rest_until__lte=now + DOMAIN_REST_DURATIONS[-1])
        rows = list(Pace.objects.filter(rests | Q(name=ALL_LETTERS)))
        self.resting = {row.name: row.rest_until for row in rows if row.name and row.rest_until}
        rates = [relay_rate.rate_of(row) for row in rows if row.name == ALL_LETTERS]
        self.is_paced = self.is_paced or any(rate and rate.at(now) is not None for rate in rates)
        self.loaded_at = now


def rest_domain(domain: str, answer: str, now: datetime) -> datetime:
    """Let *domain* rest, and return until when. An answer that comes while it rests makes the rest no longer."""
    create_counters([domain])
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
        rows = lock_counters(limits)
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
