"""Sends what waits in the outbox. Read `drain` first: it is the table of contents."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from digest.delivery import limits, outbox, stopping, workers
from digest.delivery.messages import LetterMessage, email, provider_id
from digest.delivery.orders import order_of
from digest.delivery.outcomes import Outcome, one_line
from digest.delivery.post import Down, Post
from digest.delivery.settling import settle, suppress_unknown
from digest.delivery.surely import surely
from digest.models import Delivery, Edition
from digest.records import Letter, LetterOrder, Tick, silent
from subscriptions import selectors
from subscriptions.readers import Reader

log = logging.getLogger(__name__)

BATCH = 50
"""Letters claimed at a time."""
REHEARSED = 500
"""Letters read at a time for a rehearsal."""

Clock = Callable[[], datetime]
Prepared = tuple[Delivery, LetterMessage]


class Press(Protocol):
    """digest.assembly.letters.Press."""

    def letter(self, reader: Reader, order: LetterOrder) -> Letter: ...


@dataclass(frozen=True, slots=True)
class Drained:
    """What became of the letters of one drain. Deferred ones wait for their next attempt."""

    accepted: int = 0
    failed: int = 0
    uncertain: int = 0
    excluded: int = 0
    deferred: int = 0
    stopped: bool = False
    """Somebody asked it to stop."""
    halted: str = ""
    """Why it ended although letters wait; empty if it did not."""


def drain(
    edition: Edition,
    press: Press,
    worker: str | None = None,
    *,
    now: Clock = timezone.now,
    stop: stopping.Stop = stopping.never,
    tick: Tick = silent,
) -> Drained:
    """Send every letter of *edition* that is ready. Any number of drains may work at once, on any number of machines.

    Killed at any instruction, it leaves rows from which the next drain goes on without sending anything twice.
    """
    work = _Drain(edition, press, worker or workers.name(), now, tick)
    outbox.reap(edition.id, now(), idempotent=work.post.idempotent)
    work.count_ready()
    with stopping.noticed(stop) as asked:
        try:
            while not asked() and not work.halted and (batch := work.claim()):
                for group in work.groups(batch):
                    if asked() or work.halted:
                        break
                    work.deliver(group)
        finally:
            outbox.release(edition.id, work.worker)
            work.post.close()
        return work.drained(stopped=asked())


def rehearse(edition: Edition, press: Press, tick: Tick = silent) -> int:
    """Assemble every waiting letter and send none. Gives how many would go out."""
    would_send, after = 0, 0
    waiting = Delivery.objects.filter(edition=edition, state=outbox.State.PENDING).order_by("id")
    total = waiting.count()
    while batch := list(waiting.filter(id__gt=after)[:REHEARSED]):
        after = batch[-1].id
        reasons, readers = _exclusions(edition, batch), _readers(batch)
        would_send += sum(_can_be_assembled(press, row, readers) for row in batch if row.id not in reasons)
        tick(would_send, total)
    return would_send


class _Drain:
    """One drain at work."""

    def __init__(self, edition: Edition, press: Press, worker: str, now: Clock, tick: Tick) -> None:
        self.edition, self.press, self.worker, self.now, self.tick = edition, press, worker, now, tick
        self.post = Post()
        self.counts: Counter[str] = Counter()
        self.trouble = limits.Trouble()
        self.halted = ""
        self.total = 0
        self.readers: Mapping[int, Reader] = {}

    def count_ready(self) -> None:
        self.total = outbox.ready(self.edition.id, self.now()).count()

    def claim(self) -> list[Delivery]:
        """Nothing while the edition is paused."""
        paused = Edition.objects.filter(id=self.edition.id, paused=True).values_list("pause_reason", flat=True).first()
        if paused is not None:
            self.halted = paused or _("The edition is paused.")
            return []
        batch = outbox.claim(self.edition.id, self.worker, BATCH, self.now())
        self.readers = _readers(batch)
        return batch

    def groups(self, batch: Sequence[Delivery]) -> list[list[Delivery]]:
        """One letter at a time, so that at most one can become uncertain; all at once where repeating is harmless."""
        size = BATCH if self.post.idempotent else 1
        return [list(batch[start : start + size]) for start in range(0, len(batch), size)]

    def deliver(self, group: Sequence[Delivery]) -> None:
        """Re-check, assemble, write down that we send, send, write down the outcome: no transaction while sending."""
        prepared = self.assemble(self.recheck(group))
        if prepared and self.reached():
            ours = outbox.submit([row.id for row, _message in prepared], self.worker, self.now())
            self.record([(pair, self.post.send(pair[1])) for pair in prepared if pair[0].id in ours])
        self.judge()

    def recheck(self, group: Sequence[Delivery]) -> list[Delivery]:
        """Excludes whoever unsubscribed, paused, was suppressed or deleted since the planning, a second ago too."""
        reasons = _exclusions(self.edition, group)
        outbox.excluded(reasons, self.worker, self.now())
        self.count("excluded", len(reasons))
        return [row for row in group if row.id not in reasons]

    def assemble(self, group: Sequence[Delivery]) -> list[Prepared]:
        """A letter that cannot be assembled fails alone."""
        prepared = []
        for row in group:
            try:
                letter = self.press.letter(self.readers[row.subscriber_id or 0], order_of(row))
                prepared.append((row, email(letter, self.post.connection)))
            except (ImproperlyConfigured, DatabaseError):
                raise  # no fault of this letter: all are put back for when it is mended
            except Exception as error:  # whatever is wrong with one letter is no reason to keep back the others
                log.exception("The letter of delivery %s could not be assembled.", row.id)
                self.settle(row, Outcome("failed", one_line(f"assembling: {type(error).__name__}: {error}")))
        return prepared

    def reached(self) -> bool:
        try:
            self.post.open()
        except Down as error:
            self.halt(str(error))
        return not self.halted

    def record(self, sent: Sequence[tuple[Prepared, Outcome]]) -> None:
        taken = {row.id: provider_id(message) for (row, message), outcome in sent if outcome.kind == "accepted"}
        surely(lambda: outbox.accepted(taken, self.worker, self.now()))
        self.count("accepted", len(taken))
        for (row, message), outcome in sent:
            if outcome.kind != "accepted":
                self.settle(row, outcome)
                suppress_unknown(message.to[0], outcome)

    def settle(self, row: Delivery, outcome: Outcome) -> None:
        write = partial(settle, row, outcome, self.worker, self.now(), idempotent=self.post.idempotent)
        written = surely(write)
        if written == "waiting":
            self.halt(outcome.reason)
        else:
            self.count(written)

    def count(self, outcome: str, number: int = 1) -> None:
        self.counts[outcome] += number
        if outcome != "excluded":
            self.trouble.note(outcome, number)
        done = self.counts.total()
        self.tick(done, max(done, self.total))

    def judge(self) -> None:
        if reason := self.trouble.reason_to_pause():
            Edition.objects.filter(id=self.edition.id).update(paused=True, pause_reason=reason[:300])
            self.halt(reason)
        elif reason := self.trouble.reason_to_wait():
            self.halt(reason)

    def halt(self, reason: str) -> None:
        log.warning("Letters of %s wait: %s", self.edition.day, reason)
        self.halted = reason

    def drained(self, *, stopped: bool) -> Drained:
        return Drained(**self.counts, stopped=stopped, halted=self.halted)


def _can_be_assembled(press: Press, row: Delivery, readers: Mapping[int, Reader]) -> bool:
    try:
        press.letter(readers[row.subscriber_id or 0], order_of(row))
    except Exception:  # as in a real drain
        log.exception("The letter of delivery %s could not be assembled.", row.id)
        return False
    return True


def _readers(rows: Sequence[Delivery]) -> Mapping[int, Reader]:
    return selectors.readers([row.subscriber_id for row in rows if row.subscriber_id is not None])


def _exclusions(edition: Edition, rows: Sequence[Delivery]) -> dict[int, str]:
    """Delivery id → why its reader must get nothing now."""
    ids = [row.subscriber_id for row in rows if row.subscriber_id is not None]
    found = selectors.exclusions(ids, edition.day)
    reasons = {row.id: found.get(row.subscriber_id, "") if row.subscriber_id else "deleted" for row in rows}
    return {key: reason for key, reason in reasons.items() if reason}
