"""Sends an edition's letters within one run: drains it, and again once letters that were put off are due.

A run without a scheduler has nobody who tries again after it. So it waits itself, for as long as it is told to.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import fields
from datetime import datetime, timedelta
from time import sleep

from django.utils import timezone

from digest.delivery import outbox, pause
from digest.delivery.drain import Drained, drain
from digest.delivery.edition_renderer import EditionRenderer
from digest.delivery.workers import shutdown
from digest.domain import ProgressCallback, no_progress
from digest.models import Edition

# After a drain that ended in the middle, although the mail server had taken letters before.
PAUSE_AFTER_HALT = timedelta(minutes=1)
POLL_SECONDS = 1.0

# Shows that a run waits until the moment it is called with.
ShowWait = Callable[[datetime], AbstractContextManager[ProgressCallback]]


def drain_repeatedly(
    edition: Edition,
    renderer: EditionRenderer,
    max_wait: timedelta,
    show_wait: ShowWait,
    tick: ProgressCallback = no_progress,
) -> Drained:
    """Send the edition's letters, and those put off when their next attempt is due. Return the counts of all drains.

    It waits *max_wait* in all and no longer. Ctrl-C and SIGTERM end it after the letters on their way. Without
    *max_wait* there is one drain.
    """
    total = Drained()
    with shutdown.listen_for_signals() as is_asked_to_stop:
        while True:
            outdated = shutdown.throttle(renderer.is_outdated)
            total = _add(total, drain(edition, renderer, stop=_either(is_asked_to_stop, outdated), tick=tick))
            if is_asked_to_stop():
                return total
            if total.stopped:
                renderer.renew()
                continue
            now = timezone.now()
            moment = _next_attempt(edition, total, now)
            if moment is None or moment - now > max_wait:
                return total
            max_wait -= moment - now
            with show_wait(moment) as tick_wait:
                _wait(moment - now, is_asked_to_stop, tick_wait)
            if is_asked_to_stop():
                return _add(total, Drained(stopped=True))


def _next_attempt(edition: Edition, drained: Drained, now: datetime) -> datetime | None:
    """Return when to drain again; None where nothing waits, or waiting alone mends nothing.

    A mail server that has taken no letter yet and puts none off is away, or lets nobody in. An operator should know
    that now and not after the wait.
    """
    if pause.find_pause_reason(edition.id) is not None:
        return None
    moments = []
    if outbox.ready_deliveries(edition.id, now).exists():
        if not drained.halted:
            return now
        if drained.accepted:
            moments.append(now + PAUSE_AFTER_HALT)
    if (postponed_until := outbox.first_postponed_until(edition.id, now)) is not None:
        moments.append(postponed_until)
    return min(moments, default=None)


def _wait(duration: timedelta, should_stop: shutdown.ShouldStop, tick: ProgressCallback) -> None:
    seconds = duration.total_seconds()
    passed = 0.0
    while passed < seconds and not should_stop():
        tick(int(passed), int(seconds))
        sleep(min(POLL_SECONDS, seconds - passed))
        passed += POLL_SECONDS


def _either(one: shutdown.ShouldStop, other: shutdown.ShouldStop) -> shutdown.ShouldStop:
    return lambda: one() or other()


def _add(before: Drained, last: Drained) -> Drained:
    """Return the sums of the counts. Letters put off, and why a drain ended, are those of the last one."""
    counts = {
        field.name: getattr(before, field.name) + getattr(last, field.name)
        for field in fields(Drained)
        if field.name in ("accepted", "failed", "uncertain", "excluded")
    }
    return Drained(**counts, deferred=last.deferred, stopped=last.stopped, halted=last.halted, is_down=last.is_down)
