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
from digest.delivery.outcomes import unknown
from digest.delivery.outcomes.circuit_breaker import CircuitBreaker
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
    """Counts of what became of the letters of one drain. Deferred ones wait for their next attempt."""

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
    renderer: Renderer,
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
    work = _SendWorker(edition, renderer, worker or identity.make_worker_name(), now, tick)
    with shutdown.listen_for_signals(stop) as asked, collect_seldom():
        try:
            retry_on_disconnect(work.take_over)
            while not asked() and not work.halted and (batch := retry_on_disconnect(work.claim)):
                work.deliver(batch, asked)
        finally:
            work.leave()
        return work.drained(stopped=asked())


def dry_run(edition: Edition, renderer: Renderer, tick: ProgressCallback = no_progress) -> int:
    """Assemble every waiting letter and send none. Gives how many would go out."""
    would_send, after = 0, 0
    waiting = Delivery.objects.filter(edition=edition, state=outbox.State.PENDING).order_by("id")
    total = waiting.count()
    while batch := list(waiting.filter(id__gt=after)[:ROWS_PER_DRY_RUN_QUERY]):
        after = batch[-1].id
        reasons, readers = _find_exclusions(edition, batch), _read_readers(batch)
        would_send += sum(_can_be_assembled(renderer, row, readers) for row in batch if row.id not in reasons)
        tick(would_send, total)
    return would_send


class _SendWorker:
    """A send worker at work on one edition."""

    def __init__(self, edition: Edition, renderer: Renderer, worker: str, now: Clock, tick: ProgressCallback) -> None:
        self.edition, self.renderer, self.worker, self.now, self.tick = edition, renderer, worker, now, tick
        self.journal = _open_journal(worker)
        self.transport = _open_transport(self.journal)
        self.batch_size = BatchSize(self.journal)
        self.admission = AdmissionControl(worker, now)
        self.sender = envelope_address(settings.DEFAULT_FROM_EMAIL)
        self.counts: Counter[str] = Counter()
        self.breaker = CircuitBreaker()
        self.halted = ""
        self.total = 0
        self.claiming = False
        self.settled = True

    def take_over(self) -> None:
        """Take over the letters that dead workers had begun, and count what waits."""
        recover_deliveries(
            self.edition.id, self.now(), idempotent=self.transport.idempotent, window=self.transport.repeatable_for
        )
        self.total = outbox.ready_deliveries(self.edition.id, self.now()).count()

    def claim(self) -> list[Delivery]:
        """Claim the next batch; nothing while the edition is paused."""
        if (paused := pause.find_pause_reason(self.edition.id)) is not None:
            self.halted = paused or _("The edition is paused.")
            return []
        if self.claiming:  # the database went away, and perhaps it had written that they are ours
            outbox.release_claimed(self.edition.id, self.worker)
        self.claiming = True
        batch = outbox.claim(self.edition.id, self.worker, self.admission.claim_size(self.batch_size.size), self.now())
        self.claiming = False
        return batch

    def deliver(self, batch: Sequence[Delivery], asked: shutdown.ShouldStop) -> None:
        """Assemble, write down that we send, send, write down the outcomes: no transaction while sending.

        What the limits hold back is free again; if that is all, it waits a little.
        """
        readers = retry_on_disconnect(lambda: _read_readers(batch))
        letters = self.assemble(retry_on_disconnect(lambda: self.admission.admit(batch, readers)), readers)
        if letters and self.open_transport() and (ours := self.submit(letters)):
            with self.batch_size.timed():
                self.send(ours, asked)
        if not self.judge() and (reason := self.admission.wait(asked)):
            self.halt(reason)

    def assemble(self, batch: Sequence[Delivery], readers: Mapping[int, Reader]) -> list[PreparedLetter]:
        """A letter that cannot be assembled fails alone; several in a row end the drain."""
        made = ((row, self.make_envelope(row, readers.get(row.subscriber_id or 0))) for row in batch if not self.halted)
        return [(row, envelope) for row, envelope in made if envelope]

    def make_envelope(self, row: Delivery, reader: Reader | None) -> Envelope | None:
        if reader is None:
            self.exclude([row])
            return None
        try:
            letter = self.renderer.letter(reader, order_for_delivery(row))
            return Envelope(row.id, letter, self.sender, envelope_address(letter.to))
        except (ImproperlyConfigured, DatabaseError):
            raise  # no fault of this letter: all are put back for when it is mended
        except Exception as error:  # whatever is wrong with one letter is no reason to keep back the others
            log.exception("The letter of delivery %s could not be assembled.", row.id)
            self.record(row, Outcome("failed", clean_reason(f"assembling: {type(error).__name__}: {error}")))
            self.judge()
            return None

    def open_transport(self) -> bool:
        try:
            self.transport.open()
        except TransportDown as error:
            self.halt(str(error))
        return not self.halted

    def submit(self, letters: Sequence[PreparedLetter]) -> list[PreparedLetter]:
        """Mark letters as submitting and return those that are still ours and still wanted.

        Readers who left since the planning, a moment ago too, are excluded.
        """
        letters = [each for each in letters if unknown.may_repeat(each[0], self.now(), self.transport.repeatable_for)]
        self.settled = False  # from now on only the journal tells that none has left, should the answer be lost
        ids = [row.id for row, _parcel in letters]
        ours = retry_on_disconnect(lambda: outbox.submit(ids, self.worker, self.now(), self.edition.day))
        self.settled = not ours
        if len(ours) < len(letters):
            self.exclude([row for row, _parcel in letters if row.id not in ours])
        return [each for each in letters if each[0].id in ours]

    def exclude(self, rows: Sequence[Delivery]) -> None:
        """Exclude readers who must get nothing now. Letters in doubt become uncertain."""
        reasons = retry_on_disconnect(lambda: _find_exclusions(self.edition, rows))
        if any(row.doubted_at for row in rows):
            self.count(
                "uncertain",
                retry_on_disconnect(lambda: unknown.leave_claimed_uncertain(reasons, self.worker, self.now())),
            )
        self.count("excluded", retry_on_disconnect(lambda: outbox.mark_excluded(reasons, self.worker, self.now())))

    def send(self, letters: Sequence[PreparedLetter], asked: shutdown.ShouldStop) -> None:
        """The answers stand in the journal at once, and in the database when the group is through."""
        rows = {row.id: row for row, _envelope in letters}
        answered: set[int] = set()
        accepted_ids: dict[int, str] = {}
        envelopes = [envelope for _row, envelope in letters]
        for envelope, outcome in self.transport.send_all(
            envelopes, lambda: not (asked() or self.judge() or self.batch_size.over)
        ):
            answered.add(envelope.key)
            if outcome.kind == "accepted":
                accepted_ids[envelope.key] = outcome.provider_id
                self.count("accepted")
            else:
                self.record(rows[envelope.key], outcome)
                self.learn_from(envelope.letter.to, outcome)
        retry_on_disconnect(lambda: outbox.mark_accepted(accepted_ids, self.worker, self.now()))
        retry_on_disconnect(lambda: outbox.put_back(rows.keys() - answered, self.worker))
        self.journal.forget()
        self.settled = True

    def record(self, row: Delivery, outcome: Outcome) -> None:
        again = partial(record_outcome, idempotent=self.transport.idempotent, window=self.transport.repeatable_for)
        written = retry_on_disconnect(lambda: again(row, outcome, self.worker, self.now()))
        if written == "waiting":
            self.halt(outcome.reason)
        else:
            self.count(written)

    def learn_from(self, address: str, outcome: Outcome) -> None:
        """Act on what an answer says about more than its letter: a dead address, a domain that rests."""
        retry_on_disconnect(lambda: suppress_unknown_address(address, outcome))
        retry_on_disconnect(lambda: self.admission.learn_from_answer(address, outcome))

    def count(self, outcome: str, number: int = 1) -> None:
        self.counts[outcome] += number
        if outcome != "excluded":
            self.breaker.note(outcome, number)
        done = self.counts.total()
        self.tick(done, max(done, self.total))

    def judge(self) -> bool:
        """Return whether to end here. A reason to pause the edition is written down."""
        if not self.halted:
            if reason := self.breaker.reason_to_pause():
                retry_on_disconnect(lambda: self.pause(reason))
                self.halt(reason)
            elif reason := self.breaker.reason_to_wait():
                self.halt(reason)
        return bool(self.halted)

    def pause(self, reason: str) -> None:
        Edition.objects.filter(id=self.edition.id).update(paused=True, pause_reason=reason[:300])

    def halt(self, reason: str) -> None:
        log.warning("Letters of %s wait: %s", self.edition.day, reason)
        self.halted = reason

    def leave(self) -> None:
        """Release what was claimed and not begun. What was begun and has no outcome is left for the next drain."""
        try:
            retry_on_disconnect(lambda: outbox.release_claimed(self.edition.id, self.worker))
        finally:
            try:
                self.transport.close()
            finally:  # last: once it is unlocked, others believe that nothing is on its way
                self.journal.close(settled=self.settled)

    def drained(self, *, stopped: bool) -> Drained:
        return Drained(**self.counts, stopped=stopped, halted=self.halted)


def _open_journal(worker: str) -> FileJournal | NullJournal:
    try:
        return FileJournal(worker)
    except OSError as error:
        log.warning("Letters go out in small groups, as nothing can be written to %s: %s", settings.LOGBOOKS, error)
        return NullJournal()


def _open_transport(log: FileJournal | NullJournal) -> Transport:
    """A way that cannot be opened as the settings have it leaves no journal behind."""
    try:
        return create_transport(log)
    except BaseException:
        log.close(settled=True)
        raise


def _can_be_assembled(renderer: Renderer, row: Delivery, readers: Mapping[int, Reader]) -> bool:
    try:
        renderer.letter(readers[row.subscriber_id or 0], order_for_delivery(row))
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
