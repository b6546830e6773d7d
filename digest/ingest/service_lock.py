"""Turns: at most one request at a time to an outside service, and a pause after each, over all processes and machines.

A turn is a lease on a row. Nothing is locked while somebody waits or asks; a holder who was killed loses the turn when
the lease runs out. A refusal (403) is remembered, so that no other worker hammers on; so is a door (a host) that asked
for a longer wait than ours, so that nobody comes back too early while the other doors are still asked.
"""

import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from digest.domain import SourceUnavailable
from digest.models import Turn
from digest.sources.arxiv.politeness import ARXIV_POLITENESS
from digest.sources.http.client import Forbidden, TryAgain

# Longer than any request can take.
LEASE_DURATION = timedelta(seconds=ARXIV_POLITENESS.max_request_seconds + 25)
# For how long after a 403 nobody asks.
PAUSE_MEMORY = timedelta(hours=1)
# Others may have much to ask; whoever waits longer than this gives up.
MAX_WAIT = timedelta(minutes=15)
MAX_PAUSE = timedelta(seconds=ARXIV_POLITENESS.max_retry_after)
# Of a Retry-After, which is somebody else's word.
MAX_REFUSAL = timedelta(days=1)
# Seconds between two looks at a turn that somebody else holds: they mostly end long before their lease.
POLL_SECONDS = 1.0


def database_time() -> datetime:
    """Return the time of one clock for all machines. SQLite serves one machine only, whose own clock does."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now  # type: ignore[no-any-return]


class ServiceLock:
    """Call it for a turn: `with service_lock(): ask()`. One object per client; not for several threads at once."""

    def __init__(
        self,
        name: str = "arxiv",
        delay: float = ARXIV_POLITENESS.delay,
        *,
        door: str = "",
        lease: timedelta = LEASE_DURATION,
        clock: Callable[[], datetime] = database_time,
        sleep: Callable[[float], None] = time.sleep,
        waiting: Callable[[], None] = lambda: None,
    ) -> None:
        self._name, self._delay, self._lease = name, timedelta(seconds=delay), lease
        self._door = f"{name} {door}"
        self._clock, self._sleep, self._waiting = clock, sleep, waiting
        self._holder = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self._wait()
        pause = self._delay
        try:
            yield
        except Forbidden as refusal:
            self._remember(refusal)
            raise
        except TryAgain as problem:
            # Who is asked to wait waits; so does everybody else.
            wait = timedelta(seconds=min(problem.retry_after, MAX_REFUSAL.total_seconds()))
            if wait > MAX_PAUSE:
                self._close_door(wait, str(problem))
            else:
                pause = max(pause, wait)
            raise
        finally:
            self._leave(pause)

    def _wait(self) -> None:
        self._look_at_door()
        give_up = self._clock() + MAX_WAIT
        while not self._take():
            row = Turn.objects.get(name=self._name)
            now = self._clock()
            if row.refused_until and row.refused_until > now:
                raise Forbidden(_format_until(row, now))
            if now >= give_up:
                raise SourceUnavailable(f"Others have been asking {self._name} for long. Try again later.")
            self._waiting()
            self._sleep(_seconds_to_pause(row, now))

    def _look_at_door(self) -> None:
        now = self._clock()
        if closed := Turn.objects.filter(name=self._door, refused_until__gt=now).first():
            raise SourceUnavailable(_format_until(closed, now))

    def _close_door(self, wait: timedelta, reason: str) -> None:
        text = f"{self._door} asked us to come back later ({reason})."[:500]
        closed = {"refused_until": self._clock() + wait, "refusal": text}
        Turn.objects.update_or_create(name=self._door, defaults=closed)

    def _take(self) -> bool:
        now = self._clock()
        free = Q(holder="", free_at=None) | Q(holder="", free_at__lte=now) | Q(until__lte=now)
        welcome = Q(refused_until=None) | Q(refused_until__lte=now)
        row = Turn.objects.filter(name=self._name)
        if not row.exists():
            Turn.objects.bulk_create([Turn(name=self._name)], ignore_conflicts=True)
        return bool(row.filter(free, welcome).update(holder=self._holder, until=now + self._lease))

    def _leave(self, pause: timedelta) -> None:
        Turn.objects.filter(name=self._name, holder=self._holder).update(
            holder="", until=None, free_at=self._clock() + pause
        )

    def _remember(self, refusal: Forbidden) -> None:
        Turn.objects.filter(name=self._name).update(
            refused_until=self._clock() + PAUSE_MEMORY, refusal=str(refusal)[:500]
        )


def _seconds_to_pause(row: Turn, now: datetime) -> float:
    until = row.until if row.holder else row.free_at
    left = (until - now).total_seconds() if until else 0.0
    return max(min(left, POLL_SECONDS), 0.01)


def _format_until(row: Turn, now: datetime) -> str:
    minutes = round((row.refused_until - now).total_seconds() / 60) if row.refused_until else 0
    return f"{row.refusal} We ask nothing for another {max(minutes, 1)} minutes."
