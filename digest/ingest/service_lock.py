"""A lock per outside service: one request at a time and a pause after each, over all processes and machines.

The lock is a lease on a row of `Turn`. No row is locked while a client waits or asks; a holder who was killed loses the
lock when the lease runs out. After a refusal (403) nobody asks the service for a while. An endpoint of the service that
asks for a longer wait than ours is paused alone, and the other endpoints are still asked.
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
FORBIDDEN_PAUSE = timedelta(hours=1)
# Others may have much to ask; a client that waits longer than this gives up.
MAX_WAIT = timedelta(minutes=15)
# A longer Retry-After pauses only the endpoint that asked for it, instead of the service.
MAX_SERVICE_PAUSE = timedelta(seconds=ARXIV_POLITENESS.max_retry_after)
# A server may ask for more; it could be a mistake.
MAX_ENDPOINT_PAUSE = timedelta(days=1)
# Seconds between two looks at a lock that another client holds: most requests end long before their lease.
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
    """Holds the service during a request: `with service_lock(): ask()`. One object per client, used by one thread.

    Entering raises Forbidden while the service is paused after a refusal, and SourceUnavailable while the endpoint is
    paused or when others have held the lock for MAX_WAIT.
    """

    def __init__(
        self,
        name: str = "arxiv",
        delay: float = ARXIV_POLITENESS.delay,
        *,
        endpoint: str = "",
        lease: timedelta = LEASE_DURATION,
        clock: Callable[[], datetime] = database_time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._name, self._delay, self._lease = name, timedelta(seconds=delay), lease
        self._endpoint = f"{name} {endpoint}"
        self._clock, self._sleep = clock, sleep
        self._holder = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(4)}"

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self._acquire()
        pause = self._delay
        try:
            yield
        except Forbidden as refusal:
            self._pause_service(str(refusal))
            raise
        except TryAgain as problem:
            # When one client is asked to wait, all wait.
            wait = timedelta(seconds=min(problem.retry_after, MAX_ENDPOINT_PAUSE.total_seconds()))
            if wait > MAX_SERVICE_PAUSE:
                self._pause_endpoint(wait, str(problem))
            else:
                pause = max(pause, wait)
            raise
        finally:
            self._release(pause)

    def _acquire(self) -> None:
        now = self._clock()
        if paused := Turn.objects.filter(name=self._endpoint, refused_until__gt=now).first():
            raise SourceUnavailable(_format_until(paused, now))
        give_up_at = now + MAX_WAIT
        while not self._try_acquire():
            row = Turn.objects.get(name=self._name)
            now = self._clock()
            if row.refused_until and row.refused_until > now:
                raise Forbidden(_format_until(row, now))
            if now >= give_up_at:
                raise SourceUnavailable(f"Others have been asking {self._name} for long. Try again later.")
            self._sleep(_seconds_until_next_look(row, now))

    def _pause_endpoint(self, wait: timedelta, reason: str) -> None:
        text = f"{self._endpoint} asked us to come back later ({reason})."[:500]
        pause = {"refused_until": self._clock() + wait, "refusal": text}
        Turn.objects.update_or_create(name=self._endpoint, defaults=pause)

    def _try_acquire(self) -> bool:
        now = self._clock()
        is_free = Q(holder="", free_at=None) | Q(holder="", free_at__lte=now) | Q(until__lte=now)
        is_not_paused = Q(refused_until=None) | Q(refused_until__lte=now)
        row = Turn.objects.filter(name=self._name)
        if not row.exists():
            Turn.objects.bulk_create([Turn(name=self._name)], ignore_conflicts=True)
        return bool(row.filter(is_free, is_not_paused).update(holder=self._holder, until=now + self._lease))

    def _release(self, pause: timedelta) -> None:
        Turn.objects.filter(name=self._name, holder=self._holder).update(
            holder="", until=None, free_at=self._clock() + pause
        )

    def _pause_service(self, refusal: str) -> None:
        Turn.objects.filter(name=self._name).update(
            refused_until=self._clock() + FORBIDDEN_PAUSE, refusal=refusal[:500]
        )


def _seconds_until_next_look(row: Turn, now: datetime) -> float:
    free_at = row.until if row.holder else row.free_at
    left = (free_at - now).total_seconds() if free_at else 0.0
    return max(min(left, POLL_SECONDS), 0.01)


def _format_until(row: Turn, now: datetime) -> str:
    minutes = round((row.refused_until - now).total_seconds() / 60) if row.refused_until else 0
    return f"{row.refusal} We ask nothing for another {max(minutes, 1)} minutes."
