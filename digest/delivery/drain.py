"""A send worker: it sends the letters that wait in the outbox. Read `drain` first, it names every step."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from digest.delivery import outages, outbox, pause
from digest.delivery.letter_order import order_for_delivery
from digest.delivery.outcomes import retry, unknown, unreachable
from digest.delivery.outcomes.circuit_breaker import CircuitBreaker
from digest.delivery.outcomes.classify import Outcome, clean_reason
from digest.delivery.outcomes.record import record_outcome
from digest.delivery.rate_limits.admission import AdmissionControl
from digest.delivery.recipient_domain import domain_of
from digest.delivery.sending_errors import TransportDown
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
from digest.picking.letter_days import find_current_day
from subscriptions import selectors
from subscriptions.email.mail_answers import Fault, Stage
from subscriptions.reader import Reader

log = logging.getLogger(__name__)

ROWS_PER_DRY_RUN_QUERY = 500

Clock = Callable[[], datetime]
PreparedLetter = tuple[Delivery, Envelope]


class Renderer(Protocol):
    """Renders the letter of one reader, as digest.letters.prerendered.renderer.LetterRenderer does."""

    def letter(self, reader: Reader, order: LetterOrder) -> Letter: ...


@dataclass(frozen=True, slots=True)
class Drained:
    """The result of one drain: how many letters ended in which way. Deferred ones wait for their next attempt."""

    accepted: int = 0
    failed: int = 0
    uncertain: int = 0
    excluded: int = 0
    deferred: int = 0
    # Whether a signal or the caller asked it to stop.
    stopped: bool = False
    # Why it ended although letters wait; empty where it went through all of them.
    halted: str = ""
    # Whether that is because the mail server cannot be reached, or lets nobody in.
    is_down: bool = False


def drain(
    edition: Edition,
    renderer: Renderer,
    worker: str | None = None,
    *,
    now: Clock = timezone.now,
    stop: shutdown.ShouldStop = shutdown.never_stop,
    tick: ProgressCallback = no_progress,
    only: int | None = None,
) -> Drained:
    """Work as a send worker: send every letter of *edition* that is ready, or *only* one, and return the counts.

    Any number of drains may work at once, on any number of machines. A drain that is killed at any instruction leaves
    rows from which the next one goes on. Nothing is sent twice, unless UNCERTAIN_LETTERS is "retry". A database that
    restarts is waited for.
    """
    work = _SendWorker(edition, renderer, worker or identity.make_worker_name(), now, tick, only)
    with shutdown.listen_for_signals(stop) as should_stop, collect_seldom():
        try:
            retry_on_disconnect(work.recover)
            while not should_stop() and not work.halted and (batch := retry_on_disconnect(work.claim)):
                work.deliver(batch, should_stop)
            work.give_up_unreachable()
        finally:
            work.close()
        return Drained(**work.counts, stopped=should_stop(), halted=work.halted, is_down=work.is_down)


@dataclass(frozen=True, slots=True)
class DryRun:
    """The result of a dry run: how many of the waiting letters would go out, and how many would not."""

    would_send: int
    # Letters that cannot be assembled.
    broken: int
    # By reason: letters of readers who may get none any more.
    excluded: Counter[str]


def dry_run(edition: Edition, renderer: Renderer, tick: ProgressCallback = no_progress) -> DryRun:
    """Assemble every waiting letter, send none, and return what would become of them."""
    would_send, broken, excluded, after = 0, 0, Counter[str](), 0
    waiting = Delivery.objects.filter(edition=edition, state=outbox.State.PENDING).order_by("id")
    total = waiting.count()
    while batch := list(waiting.filter(id__gt=after)[:ROWS_PER_DRY_RUN_QUERY]):
        after = batch[-1].id
        reasons, readers = _find_exclusions(edition, batch, timezone.now()), _read_readers(batch)
        assembled = [_can_be_assembled(renderer, row, readers) for row in batch if row.id not in reasons]
        would_send, broken = would_send + assembled.count(True), broken + assembled.count(False)
        excluded.update(reasons.values())
        tick(would_send, total)
    return DryRun(would_send, broken, excluded)


class _SendWorker:
    """The state of one drain, and its steps in the order in which `drain` takes them."""

    def __init__(
        self,
        edition: Edition,
        renderer: Renderer,
        worker: str,
        now: Clock,
        tick: ProgressCallback,
        only: int | None = None,
    ) -> None:
        self.edition, self.renderer, self.worker, self.now, self.tick = edition, renderer, worker, now, tick
        self.only = only
        self.journal = _open_journal(worker)
        self.transport = _create_transport(self.journal)
        self.batch_size = BatchSize(self.journal)
        self.admission = AdmissionControl(worker, now)
        self.sender = envelope_address(settings.DEFAULT_FROM_EMAIL)
        self.counts: Counter[str] = Counter()
        self.breaker = CircuitBreaker()
        self.brake = unreachable.Brake()
        # Domains that refuse us: their letters will wait once the batch has ended.
        self.to_hold: set[str] = set()
        # Why no further batch is claimed; empty while the drain goes on.
        self.halted = ""
        # Whether it ended as the transport takes no letters at all.
        self.is_down = False
        self.total = 0
        # Whether a claim was begun whose answer never came: the database may have written it.
        self.claim_unanswered = False
        # Whether the database knows the outcome of every letter that was submitted. If not, the journal must stay.
        self.settled = True

    def recover(self) -> None:
        """Take over the letters that dead workers had begun, and count what waits."""
        recover_deliveries(
            self.edition.id, self.now(), idempotent=self.transport.idempotent, window=self.transport.repeatable_for
        )
        self.total = outbox.ready_deliveries(self.edition.id, self.now()).count()

    def claim(self) -> list[Delivery]:
        """Claim the next batch. Return an empty list once nothing is ready, or while the edition is paused."""
        if (paused := pause.find_pause_reason(self.edition.id)) is not None:
            self.halted = paused or _("The edition is paused.")
            return []
        if self.claim_unanswered:
            outbox.release_claimed(self.edition.id, self.worker)
        self.claim_unanswered = True
        size = self.admission.claim_size(self.batch_size.size)
        held_up = self.admission.find_held_up_domains()
        batch = outbox.claim(self.edition.id, self.worker, size, self.now(), except_domains=held_up, only=self.only)
        if held_up and not batch:
            batch = outbox.claim(self.edition.id, self.worker, size, self.now(), only=self.only)
        self.claim_unanswered = False
        return batch

    def deliver(self, batch: Sequence[Delivery], should_stop: shutdown.ShouldStop) -> None:
        """Assemble the letters of a batch, submit them, send them, and record the outcomes.

        No transaction is open while letters are sent. Letters that a rate limit holds back are released; where it holds
        back all of them, the drain waits a little.
        """
        readers = retry_on_disconnect(lambda: _read_readers(batch))
        admitted = retry_on_disconnect(lambda: self.admission.admit(batch, readers))
        letters = self.assemble(admitted, readers)
        if letters and self.open_transport() and (submitted := self.submit(letters)):
            with self.batch_size.timed():
                self.send(submitted, should_stop)
        if not self.must_halt() and (reason := self.admission.wait(should_stop)):
            self.halt(reason, passes=True)

    def assemble(self, batch: Sequence[Delivery], readers: Mapping[int, Reader]) -> list[PreparedLetter]:
        """Return the letters that can be sent. One that cannot be assembled fails; many in a row end the drain."""
        letters = []
        for row in batch:
            if self.halted:
                break
            if envelope := self.make_envelope(row, readers.get(row.subscriber_id or 0)):
                letters.append((row, envelope))
        return letters

    def make_envelope(self, row: Delivery, reader: Reader | None) -> Envelope | None:
        """Return the letter of *row* in its envelope, or None once it is recorded why there is none."""
        if reader is None:
            self.exclude([row])
            return None
        try:
            letter = self.renderer.letter(reader, order_for_delivery(row))
            return Envelope(row.id, letter, self.sender, envelope_address(letter.to))
        except (ImproperlyConfigured, DatabaseError):
            raise  # no fault of this letter: all are put back until the cause is mended
        except Exception as error:  # a fault of this letter must not hold back the others
            log.exception("The letter of delivery %s could not be assembled.", row.id)
            self.record(row, Outcome("failed", clean_reason(f"assembling: {type(error).__name__}: {error}")))
            self.must_halt()
            return None

    def open_transport(self) -> bool:
        """Return whether letters can be sent now. Where the relay throttles they are given back until it takes some."""
        try:
            self.transport.open()
        except TransportDown as error:
            if retry_on_disconnect(partial(self.admission.learn_from_refused_connection, error)):
                retry_on_disconnect(lambda: outbox.release_claimed(self.edition.id, self.worker))
                return False
            self.halt_for_outage(str(error))
        return not self.halted

    def submit(self, letters: Sequence[PreparedLetter]) -> list[PreparedLetter]:
        """Mark letters as submitting, and return those that this worker still holds and may send.

        Readers who left since the planning, be it a moment ago, are excluded. A letter in doubt that its provider no
        longer recognises stays claimed; `unknown.expire_repeatable` ends it once it waits again.
        """
        window = self.transport.repeatable_for
        letters = [(row, envelope) for row, envelope in letters if unknown.may_repeat(row, self.now(), window)]
        self.settled = False  # should the database's answer be lost, only the journal tells that no letter has left
        ids = [row.id for row, _envelope in letters]
        day = find_current_day(self.edition, self.now())
        submitted_ids = retry_on_disconnect(lambda: outbox.submit(ids, self.worker, self.now(), day))
        self.settled = not submitted_ids
        if len(submitted_ids) < len(letters):
            self.exclude([row for row, _envelope in letters if row.id not in submitted_ids])
        return [(row, envelope) for row, envelope in letters if row.id in submitted_ids]

    def exclude(self, rows: Sequence[Delivery]) -> None:
        """Exclude the readers who must get nothing now. A letter that may have left before becomes uncertain."""
        reasons = retry_on_disconnect(lambda: _find_exclusions(self.edition, rows, self.now()))
        if any(row.doubted_at for row in rows):
            uncertain = retry_on_disconnect(lambda: unknown.leave_claimed_uncertain(reasons, self.worker, self.now()))
            self.count("uncertain", uncertain)
        excluded = retry_on_disconnect(lambda: outbox.mark_excluded(reasons, self.worker, self.now()))
        self.count("excluded", excluded)

    def send(self, letters: Sequence[PreparedLetter], should_stop: shutdown.ShouldStop) -> None:
        """Send a batch. The journal knows each answer at once, the database knows all of them at the end."""
        rows = {row.id: row for row, _envelope in letters}
        envelopes = [envelope for _row, envelope in letters]
        answered: set[int] = set()
        provider_ids: dict[int, str] = {}

        def may_send_next() -> bool:
            return not (
                should_stop()
                or self.must_halt()
                or self.to_hold
                or self.batch_size.is_over
                or self.admission.is_throttled
            )

        for envelope, outcome in self.transport.send_all(envelopes, may_send_next, self.admission.pacing):
            if outcome.kind == "accepted":
                answered.add(envelope.key)
                provider_ids[envelope.key] = outcome.provider_id
                self.count("accepted", domain=domain_of(envelope.letter.to))
                self.admission.note_accepted(envelope.letter.to)
            elif not self.learn_from_answer(envelope.letter.to, outcome):
                answered.add(envelope.key)
                self.record(rows[envelope.key], outcome, domain=_find_domain_of_policy(envelope, outcome))
            if outcome.kind in ("accepted", "failed"):
                self.brake.note(envelope.letter.to, outcome.fault)
        retry_on_disconnect(lambda: outbox.mark_accepted(provider_ids, self.worker, self.now()))
        if provider_ids and not self.is_down:
            retry_on_disconnect(outages.end_outages)
        retry_on_disconnect(lambda: outbox.put_back(rows.keys() - answered, self.worker))
        self.hold_domains()
        self.journal.forget()
        self.settled = True

    def hold_domains(self) -> None:
        """Let the letters to domains that refuse us wait, while those of others go on."""
        if domains := self.to_hold:
            until = self.now() + retry.RETRY_DELAYS[-1]
            retry_on_disconnect(lambda: outbox.hold_domains(self.edition.id, domains, until, self.now()))
            self.to_hold = set()

    def record(self, row: Delivery, outcome: Outcome, domain: str = "") -> None:
        """Record why a letter was not accepted. A transport that takes no letters at all ends the drain.

        *domain* is the recipient's where its own server may have refused it.
        """
        recorded = retry_on_disconnect(
            lambda: record_outcome(
                row,
                outcome,
                self.worker,
                self.now(),
                idempotent=self.transport.idempotent,
                window=self.transport.repeatable_for,
            )
        )
        if recorded == "waiting":
            self.halt_for_outage(outcome.reason)
        else:
            self.count(recorded, is_about_us=outcome.is_about_us, domain=domain)
            if domain and row.reason == outbox.DOMAIN_HELD:
                self.breaker.suspect(domain)

    def learn_from_answer(self, address: str, outcome: Outcome) -> bool:
        """Learn from an answer, and return whether the relay only throttles: the letter is put back, untried."""
        return retry_on_disconnect(lambda: self.admission.learn_from_answer(address, outcome))

    def count(self, outcome: str, number: int = 1, *, is_about_us: bool = True, domain: str = "") -> None:
        """Count letters for the result, the circuit breaker and the progress."""
        self.counts[outcome] += number
        if outcome != "excluded":
            self.breaker.note(outcome, number, is_about_us=is_about_us, domain=domain)
        done = self.counts.total()
        self.tick(done, max(done, self.total))

    def must_halt(self) -> bool:
        """Return whether the drain ends here. Pause the edition where the circuit breaker or the brake says so."""
        if not self.halted:
            if reason := self.breaker.reason_to_pause() or self.brake.reason_to_pause(is_over=False):
                self.pause(reason)
            elif domains := self.breaker.find_domains_to_hold():
                if retry_on_disconnect(lambda: outbox.is_only_at(self.edition.id, domains)):
                    self.pause(self.breaker.describe_failures())
                else:
                    self.breaker.hold(domains)
                    self.to_hold |= domains
            elif reason := self.breaker.reason_to_wait():
                self.halt(reason, passes=True)
        return bool(self.halted)

    def pause(self, reason: str) -> None:
        """Pause the edition and end the drain. The operator is told at its end: letters on their way come first."""
        retry_on_disconnect(lambda: pause.pause_by_itself(self.edition, reason, self.now()))
        self.halt(reason)

    def give_up_unreachable(self) -> None:
        """Suppress addresses that do not exist or are worn out, or pause if the relay must be wrong about them."""
        if reason := retry_on_disconnect(lambda: unreachable.judge_and_give_up(self.edition, self.now())):
            self.halt(reason)
        if self.halted:
            pause.tell_operator(self.edition, self.now())
        if self.is_down:
            outages.tell_of_outage(self.edition, self.now())

    def halt_for_outage(self, reason: str) -> None:
        """End the drain, as the mail server takes nobody's letter, and write down since when and why."""
        self.is_down = True
        retry_on_disconnect(lambda: outages.begin_outage(self.edition, reason, self.now()))
        self.halt(reason)

    def halt(self, reason: str, *, passes: bool = False) -> None:
        """End the drain after what is on its way. A halt that *passes* by itself is not worth a warning."""
        log.log(logging.INFO if passes else logging.WARNING, "Letters of %s wait: %s", self.edition.day, reason)
        self.halted = reason

    def close(self) -> None:
        """Release what was claimed and not submitted. The next drain recovers what has no outcome."""
        try:
            retry_on_disconnect(lambda: outbox.release_claimed(self.edition.id, self.worker))
            if accepted := self.counts["accepted"]:
                # Not tried again: an answer that was lost after it was written would count twice, and stop the edition.
                with suppress(DatabaseError):
                    Edition.objects.filter(id=self.edition.id).update(handed_over=F("handed_over") + accepted)
        finally:
            try:
                self.transport.close()
            finally:  # last: once the journal is unlocked, other drains believe that this one sends nothing more
                self.journal.close(settled=self.settled)


def _find_domain_of_policy(envelope: Envelope, outcome: Outcome) -> str:
    """Return the recipient's domain where its own server may have refused us by its policy; else an empty text."""
    is_policy = outcome.stage in (Stage.RCPT, Stage.DATA) and outcome.fault in (Fault.SENDER, Fault.CONTENT)
    return domain_of(envelope.letter.to) if is_policy and outcome.kind == "failed" else ""


def _open_journal(worker: str) -> FileJournal | NullJournal:
    """Return the worker's journal, or one that records nothing where its file cannot be written."""
    try:
        return FileJournal(worker)
    except OSError as error:
        log.warning("Letters go out in small groups, as nothing can be written to %s: %s", settings.LOGBOOKS, error)
        return NullJournal()


def _create_transport(journal: FileJournal | NullJournal) -> Transport:
    """Return the transport of the settings. Where these are wrong, no journal is left behind."""
    try:
        return create_transport(journal)
    except BaseException:
        journal.close(settled=True)
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


def _find_exclusions(edition: Edition, rows: Sequence[Delivery], now: datetime) -> dict[int, str]:
    """Return, by delivery id, why its reader must get nothing now. Readers who may get their letter are left out."""
    reader_ids = [row.subscriber_id for row in rows if row.subscriber_id is not None]
    exclusions = selectors.find_exclusions(reader_ids, find_current_day(edition, now))
    reasons = {row.id: exclusions.get(row.subscriber_id, "") if row.subscriber_id else "deleted" for row in rows}
    return {delivery_id: reason for delivery_id, reason in reasons.items() if reason}
