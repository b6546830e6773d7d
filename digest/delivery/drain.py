"""Sends what waits in the outbox. Read `drain` first: it is the table of contents."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _

from digest.delivery import outbox, pause
from digest.delivery.letter_order import order_for_delivery
from digest.delivery.outcomes import retry, unknown
from digest.delivery.outcomes.classify import Outcome, TransportDown, clean_reason
from digest.delivery.outcomes.record import record_outcome, suppress_unknown_address
from digest.delivery.rate_limits.admission import AdmissionControl
from digest.delivery.transports.base import Transport, create_transport
from digest.delivery.transports.envelope import Envelope, envelope_address
from digest.delivery.workers import identity, shutdown
from digest.delivery.workers.batch_size import BatchSize
from digest.delivery.workers.journal import FileJournal, NullJournal
from digest.delivery.workers.recovery import recover_deliveries
from digest.domain import Letter, LetterOrder, ProgressCallback, no_progress
from digest.infra.database_retry import retry_on_disconnect
from digest.infra.gc_tuning import collect_seldom
from digest.models import Delivery, Edition
from subscriptions import selectors
from subscriptions.reader import Reader

log = logging.getLogger(__name__)

# Letters read at a time for a rehearsal.
ROWS_PER_DRY_RUN_QUERY = 500

Clock = Callable[[], datetime]
PreparedLetter = tuple[Delivery, Envelope]


class Renderer(Protocol):
    """digest.letters.prerendered.renderer.LetterRenderer."""

    def letter(self, reader: Reader, order: LetterOrder) -> Letter: ...


@dataclass(frozen=True, slots=True)
class Drained:
    """What became of the letters of one drain. Deferred ones wait for their next attempt."""

    accepted: int = 0
    failed: int = 0
    uncertain: int = 0
    excluded: int = 0
    deferred: int = 0
    # Somebody asked it to stop.
    stopped: bool = False
    # Why it ended although letters wait; empty if it did not.
    halted: str = ""


def drain(
    edition: Edition,
    press: Renderer,
    worker: str | None = None,
    *,
    now: Clock = timezone.now,
    stop: shutdown.ShouldStop = shutdown.never_stop,
    tick: ProgressCallback = no_progress,
) -> Drained:
    """Send every letter of *edition* that is ready. Any number of drains may work at once, on any number of machines.

    Killed at any instruction, it leaves rows from which the next drain goes on without sending anything twice. A
    database that restarts is waited for.
    """
    work = _SendWorker(edition, press, worker or identity.make_worker_name(), now, tick)
    with shutdown.listen_for_signals(stop) as asked, collect_seldom():
        try:
            retry_on_disconnect(work.take_over)
            while not asked() and not work.halted and (batch := retry_on_disconnect(work.claim)):
                work.deliver(batch, asked)
        finally:
            work.leave()
        return work.drained(stopped=asked())


def dry_run(edition: Edition, press: Renderer, tick: ProgressCallback = no_progress) -> int:
    """Assemble every waiting letter and send none. Gives how many would go out."""
    would_send, after = 0, 0
    waiting = Delivery.objects.filter(edition=edition, state=outbox.State.PENDING).order_by("id")
    total = waiting.count()
    while batch := list(waiting.filter(id__gt=after)[:ROWS_PER_DRY_RUN_QUERY]):
        after = batch[-1].id
        reasons, readers = _find_exclusions(edition, batch), _read_readers(batch)
        would_send += sum(_can_be_assembled(press, row, readers) for row in batch if row.id not in reasons)
        tick(would_send, total)
    return would_send


class _SendWorker:
    """One drain at work."""

    def __init__(self, edition: Edition, press: Renderer, worker: str, now: Clock, tick: ProgressCallback) -> None:
        self.edition, self.press, self.worker, self.now, self.tick = edition, press, worker, now, tick
        self.log = _open_journal(worker)
        self.post = _open_transport(self.log)
        self.portion = BatchSize(self.log)
        self.gate = AdmissionControl(worker, now)
        self.sender = envelope_address(settings.DEFAULT_FROM_EMAIL)
        self.counts: Counter[str] = Counter()
        self.trouble = retry.CircuitBreaker()
        self.halted = ""
        self.total = 0
        self.claiming = False
        self.settled = True

    def take_over(self) -> None:
        """What dead drains had begun; after it all that waits is known."""
        recover_deliveries(
            self.edition.id, self.now(), idempotent=self.post.idempotent, window=self.post.repeatable_for
        )
        self.total = outbox.ready_deliveries(self.edition.id, self.now()).count()

    def claim(self) -> list[Delivery]:
        """Nothing while the edition is paused."""
        if (paused := pause.find_pause_reason(self.edition.id)) is not None:
            self.halted = paused or _("The edition is paused.")
            return []
        if self.claiming:  # the database went away, and perhaps it had written that they are ours
            outbox.release_claimed(self.edition.id, self.worker)
        self.claiming = True
        batch = outbox.claim(self.edition.id, self.worker, self.gate.at_once(self.portion.size), self.now())
        self.claiming = False
        return batch

    def deliver(self, batch: Sequence[Delivery], asked: shutdown.ShouldStop) -> None:
        """Assemble, write down that we send, send, write down the outcomes: no transaction while sending.

        What the limits hold back is free again; if that is all, it waits a little.
        """
        readers = retry_on_disconnect(lambda: _read_readers(batch))
        letters = self.assemble(retry_on_disconnect(lambda: self.gate.let_through(batch, readers)), readers)
        if letters and self.reached() and (ours := self.submit(letters)):
            with self.portion.timed():
                self.send(ours, asked)
        if not self.judge() and (reason := self.gate.wait(asked)):
            self.halt(reason)

    def assemble(self, batch: Sequence[Delivery], readers: Mapping[int, Reader]) -> list[PreparedLetter]:
        """A letter that cannot be assembled fails alone; several in a row end the drain."""
        made = ((row, self.parcel(row, readers.get(row.subscriber_id or 0))) for row in batch if not self.halted)
        return [(row, parcel) for row, parcel in made if parcel]

    def parcel(self, row: Delivery, reader: Reader | None) -> Envelope | None:
        if reader is None:
            self.exclude([row])
            return None
        try:
            letter = self.press.letter(reader, order_for_delivery(row))
            return Envelope(row.id, letter, self.sender, envelope_address(letter.to))
        except (ImproperlyConfigured, DatabaseError):
            raise  # no fault of this letter: all are put back for when it is mended
        except Exception as error:  # whatever is wrong with one letter is no reason to keep back the others
            log.exception("The letter of delivery %s could not be assembled.", row.id)
            self.settle(row, Outcome("failed", clean_reason(f"assembling: {type(error).__name__}: {error}")))
            self.judge()
            return None

    def reached(self) -> bool:
        try:
            self.post.open()
        except TransportDown as error:
            self.halt(str(error))
        return not self.halted

    def submit(self, letters: Sequence[PreparedLetter]) -> list[PreparedLetter]:
        """Those that are still ours and still wanted; who left since the planning, a moment ago too, is excluded."""
        letters = [each for each in letters if unknown.may_repeat(each[0], self.now(), self.post.repeatable_for)]
        self.settled = False  # from now on only the logbook tells that none has left, should the answer be lost
        ids = [row.id for row, _parcel in letters]
        ours = retry_on_disconnect(lambda: outbox.submit(ids, self.worker, self.now(), self.edition.day))
        self.settled = not ours
        if len(ours) < len(letters):
            self.exclude([row for row, _parcel in letters if row.id not in ours])
        return [each for each in letters if each[0].id in ours]

    def exclude(self, rows: Sequence[Delivery]) -> None:
        """Whoever leaves while the answer to their letter is unknown may have got it."""
        reasons = retry_on_disconnect(lambda: _find_exclusions(self.edition, rows))
        if any(row.doubted_at for row in rows):
            self.count(
                "uncertain",
                retry_on_disconnect(lambda: unknown.leave_claimed_uncertain(reasons, self.worker, self.now())),
            )
        self.count("excluded", retry_on_disconnect(lambda: outbox.mark_excluded(reasons, self.worker, self.now())))

    def send(self, letters: Sequence[PreparedLetter], asked: shutdown.ShouldStop) -> None:
        """The answers stand in the logbook at once, and in the database when the group is through."""
        rows, told, taken = {row.id: row for row, _parcel in letters}, set(), {}
        parcels = [parcel for _row, parcel in letters]
        for parcel, outcome in self.post.carry(parcels, lambda: not (asked() or self.judge() or self.portion.over)):
            told.add(parcel.key)
            if outcome.kind == "accepted":
                taken[parcel.key] = outcome.provider_id
                self.count("accepted")
            else:
                self.settle(rows[parcel.key], outcome)
                self.learn(parcel.letter.to, outcome)
        retry_on_disconnect(lambda: outbox.mark_accepted(taken, self.worker, self.now()))
        retry_on_disconnect(lambda: outbox.put_back(rows.keys() - told, self.worker))
        self.log.forget()
        self.settled = True

    def settle(self, row: Delivery, outcome: Outcome) -> None:
        again = partial(record_outcome, idempotent=self.post.idempotent, window=self.post.repeatable_for)
        written = retry_on_disconnect(lambda: again(row, outcome, self.worker, self.now()))
        if written == "waiting":
            self.halt(outcome.reason)
        else:
            self.count(written)

    def learn(self, address: str, outcome: Outcome) -> None:
        """What an answer says of more than its letter."""
        retry_on_disconnect(lambda: suppress_unknown_address(address, outcome))
        retry_on_disconnect(lambda: self.gate.heed(address, outcome))

    def count(self, outcome: str, number: int = 1) -> None:
        self.counts[outcome] += number
        if outcome != "excluded":
            self.trouble.note(outcome, number)
        done = self.counts.total()
        self.tick(done, max(done, self.total))

    def judge(self) -> bool:
        """Whether to end here. A reason to pause the edition is written down."""
        if not self.halted:
            if reason := self.trouble.reason_to_pause():
                retry_on_disconnect(lambda: self.pause(reason))
                self.halt(reason)
            elif reason := self.trouble.reason_to_wait():
                self.halt(reason)
        return bool(self.halted)

    def pause(self, reason: str) -> None:
        Edition.objects.filter(id=self.edition.id).update(paused=True, pause_reason=reason[:300])

    def halt(self, reason: str) -> None:
        log.warning("Letters of %s wait: %s", self.edition.day, reason)
        self.halted = reason

    def leave(self) -> None:
        """What was claimed and not begun is free at once; what was begun and not settled is for the next drain."""
        try:
            retry_on_disconnect(lambda: outbox.release_claimed(self.edition.id, self.worker))
        finally:
            try:
                self.post.close()
            finally:  # last: once it is unlocked, others believe that nothing is on its way
                self.log.close(settled=self.settled)

    def drained(self, *, stopped: bool) -> Drained:
        return Drained(**self.counts, stopped=stopped, halted=self.halted)


def _open_journal(worker: str) -> FileJournal | NullJournal:
    try:
        return FileJournal(worker)
    except OSError as error:
        log.warning("Letters go out in small groups, as nothing can be written to %s: %s", settings.LOGBOOKS, error)
        return NullJournal()


def _open_transport(log: FileJournal | NullJournal) -> Transport:
    """A way that cannot be opened as the settings have it leaves no logbook behind."""
    try:
        return create_transport(log)
    except BaseException:
        log.close(settled=True)
        raise


def _can_be_assembled(press: Renderer, row: Delivery, readers: Mapping[int, Reader]) -> bool:
    try:
        press.letter(readers[row.subscriber_id or 0], order_for_delivery(row))
    except Exception:  # as in a real drain
        log.exception("The letter of delivery %s could not be assembled.", row.id)
        return False
    return True


def _read_readers(rows: Sequence[Delivery]) -> Mapping[int, Reader]:
    return selectors.get_readers([row.subscriber_id for row in rows if row.subscriber_id is not None])


def _find_exclusions(edition: Edition, rows: Sequence[Delivery]) -> dict[int, str]:
    """Delivery id → why its reader must get nothing now."""
    ids = [row.subscriber_id for row in rows if row.subscriber_id is not None]
    found = selectors.find_exclusions(ids, edition.day)
    reasons = {row.id: found.get(row.subscriber_id, "") if row.subscriber_id else "deleted" for row in rows}
    return {key: reason for key, reason in reasons.items() if reason}
