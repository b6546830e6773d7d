"""Asks the models for many papers at once, bounded in number, time and money; one error ends it where all would fail.

One thread decides and keeps the books; the others only wait for an answer each. They are daemons and no executor's: an
executor joins its threads at exit, so that a server that hangs would hold up Ctrl-C and the end of the run.
"""

import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from digest.domain import SummaryText
from digest.models.model_calls import ModelCall
from digest.summaries.jobs import JobResult, SummaryJob
from digest.summaries.llm import relating_sentence, validation
from digest.summaries.llm.attempt import Attempt, build_messages
from digest.summaries.llm.budget import CallBooks
from digest.summaries.llm.client import ModelReply, ModelService
from digest.summaries.llm.configured_models import ModelWriter
from digest.summaries.llm.errors import OVERDUE_ERROR, ModelError
from digest.summaries.llm.prompt import Message
from digest.summaries.llm.validation import SummaryFault

log = logging.getLogger(__name__)

MAX_RETRIES = 2
# The same after calls that took all the time that a call may take.
MAX_SLOW_RETRIES = 1

# Seconds before the first retry; twice as many before the second.
BACKOFF_SECONDS = 1.0

# So many papers failed by an outage, with no answer between, and a service counts as down.
MAX_OUTAGES_IN_A_ROW = 5

# Seconds beyond the time of a call, in which the client may notice by itself.
GRACE_SECONDS = 1.0

REASON_TIME_OVER = "the time for the model was over"

AnswerQueue = queue.SimpleQueue[tuple[int, ModelReply | ModelError]]


def write_all(
    writers: Sequence[ModelWriter], jobs: Iterable[SummaryJob], books: CallBooks, *, concurrency: int, seconds: float
) -> Generator[JobResult]:
    """Yield one result per job, as they come. After *seconds* the jobs that are left fail without being waited for."""
    dispatcher = _Dispatcher(writers, jobs, books, concurrency, time.monotonic() + seconds)
    try:
        yield from dispatcher.results()
    finally:
        for writer in writers:
            writer.service.close()


@dataclass(slots=True)
class _PendingCall:
    attempt: Attempt
    row: ModelCall
    deadline: float


class _Dispatcher:
    """Holds at most *concurrency* jobs at a time: each waits for an answer, or for the moment of its next call.

    A model begins with one paper; the others follow when it has answered.
    """

    def __init__(
        self, writers: Sequence[ModelWriter], jobs: Iterable[SummaryJob], books: CallBooks, concurrency: int, end: float
    ) -> None:
        self._writers, self._jobs, self._books = writers, iter(jobs), books
        self._concurrency, self._end = concurrency, end
        self._may_have_jobs = True
        self._waiting: list[Attempt] = []
        self._calls: dict[int, _PendingCall] = {}
        self._answers: AnswerQueue = queue.SimpleQueue()
        self._call_numbers = count()
        self._results: deque[JobResult] = deque()
        # Why no model is called any more; empty while they are.
        self._halt_reason = ""

    def results(self) -> Generator[JobResult]:
        """Yield the result of each job."""
        while True:
            started = self._start_next()
            while self._results:
                yield self._results.popleft()
            if started:
                continue
            if not (self._may_have_jobs or self._waiting or self._calls):
                return
            self._wait_for_answer()

    def _start_next(self) -> bool:
        """Call a model for the next attempt, or end it. Return False if nothing can be begun now."""
        attempt = self._take_waiting() or self._take_new()
        if attempt is None:
            return False
        if self._halt_reason:
            self._fail(attempt, self._halt_reason)
        elif attempt.writer.dropped_because:
            self._try_next_model(attempt, attempt.writer.dropped_because)
        else:
            self._call_model(attempt)
        return True

    def _take_waiting(self) -> Attempt | None:
        """Return the first waiting attempt whose moment has come, or that cannot succeed any more."""
        now = time.monotonic()
        for attempt in self._waiting:
            writer = attempt.writer
            is_ready = max(attempt.not_before, writer.not_before) <= now and not self._is_on_trial(writer)
            if self._halt_reason or writer.dropped_because or is_ready:
                self._waiting.remove(attempt)
                return attempt
        return None

    def _take_new(self) -> Attempt | None:
        """Return the first attempt at the next job; None if there is no job left, or no room for one now."""
        writer = self._first_usable_writer()
        if not self._may_have_jobs or (not self._halt_reason and writer and not self._has_room(writer)):
            return None
        job = next(self._jobs, None)
        self._may_have_jobs = job is not None
        if job is None:
            return None
        return Attempt(job, writer or self._writers[0], build_messages(job))

    def _has_room(self, writer: ModelWriter) -> bool:
        """Return whether one more paper may be given to the model now."""
        if len(self._waiting) + len(self._calls) >= self._concurrency or writer.not_before > time.monotonic():
            return False
        is_tried_again = not writer.proven and any(attempt.writer is writer for attempt in self._waiting)
        return not is_tried_again and not self._is_on_trial(writer)

    def _is_on_trial(self, writer: ModelWriter) -> bool:
        """Return whether a call will tell if more are of any use: a refused key is one call, not a dozen."""
        return not writer.proven and any(call.attempt.writer is writer for call in self._calls.values())

    def _first_usable_writer(self) -> ModelWriter | None:
        return next((writer for writer in self._writers if not writer.dropped_because), None)

    def _call_model(self, attempt: Attempt) -> None:
        writer = attempt.writer
        row = self._books.open(attempt.job, writer.name, writer.prompt_version, writer.estimate(attempt.messages))
        if isinstance(row, str):
            self._halt(row)
            self._fail(attempt, row)
            return
        number = next(self._call_numbers)
        writer.service.prepare()
        self._calls[number] = _PendingCall(attempt, row, time.monotonic() + writer.service.timeout + GRACE_SECONDS)
        json_format = writer.takes_json_format and not attempt.without_json_format
        arguments = (self._answers, number, writer.service, attempt.messages, json_format)
        threading.Thread(target=_ask_in_thread, args=arguments, daemon=True, name=f"llm-{number}").start()

    def _wait_for_answer(self) -> None:
        """Wait for an answer, or until the next moment at which something is to be done."""
        try:
            number, answer = self._answers.get(timeout=max(self._next_moment() - time.monotonic(), 0))
        except queue.Empty:
            self._end_overdue_calls()
            return
        if call := self._calls.pop(number, None):  # else it was given up, and its answer comes too late
            self._receive(call, answer)

    def _next_moment(self) -> float:
        moments = [call.deadline for call in self._calls.values()]
        free = [attempt for attempt in self._waiting if not self._is_on_trial(attempt.writer)]
        moments += [max(attempt.not_before, attempt.writer.not_before) for attempt in free]
        if (writer := self._first_usable_writer()) and self._may_have_jobs and writer.not_before > time.monotonic():
            moments.append(writer.not_before)
        return min([*moments, self._end])

    def _end_overdue_calls(self) -> None:
        now = time.monotonic()
        if now >= self._end:
            self._halt(REASON_TIME_OVER)
        for number, call in list(self._calls.items()):
            if self._halt_reason == REASON_TIME_OVER or call.deadline <= now:
                self._receive(self._calls.pop(number), OVERDUE_ERROR)

    def _receive(self, call: _PendingCall, answer: ModelReply | ModelError) -> None:
        if isinstance(answer, ModelError):
            self._books.failed(call.row, answer)
            self._handle_error(call.attempt, answer)
        else:
            self._handle_reply(call, answer)

    def _handle_reply(self, call: _PendingCall, reply: ModelReply) -> None:
        attempt, writer = call.attempt, call.attempt.writer
        writer.outages_in_a_row, writer.proven = 0, True
        writer.takes_json_format = writer.takes_json_format and not attempt.without_json_format
        attempt.add_cost(reply)
        text_or_faults = _check_reply(reply, attempt.job)
        if isinstance(text_or_faults, SummaryText):
            self._books.answered(call.row, reply)
            self._results.append(attempt.written(text_or_faults))
            return
        complaint = "; ".join(fault.complaint for fault in text_or_faults)
        self._books.answered(call.row, reply, text_or_faults[0].reason, complaint)
        attempt.tried = True
        if attempt.answer < writer.max_answers and not reply.refusal:
            attempt.ask_again(reply.content, complaint)
            self._waiting.append(attempt)
        else:
            self._try_next_model(attempt, f"the answer cannot be used: {complaint}")

    def _handle_error(self, attempt: Attempt, error: ModelError) -> None:
        writer = attempt.writer
        max_retries = MAX_SLOW_RETRIES if error.slow else MAX_RETRIES
        if error.fatal:
            self._drop_model(writer, error.reason)
        writer.proven = writer.proven or error.slow
        if error.bad_request and not attempt.without_json_format and writer.takes_json_format:
            attempt.without_json_format = True
            self._waiting.append(attempt)
        elif error.temporary and attempt.retries < max_retries and not self._halt_reason:
            self._postpone(attempt, error)
        else:
            writer.outages_in_a_row = writer.outages_in_a_row + 1 if error.outage else 0
            if writer.outages_in_a_row >= MAX_OUTAGES_IN_A_ROW:
                self._drop_model(writer, error.reason)
            writer.proven = writer.proven or not error.outage
            attempt.tried = attempt.tried or not (error.outage or error.fatal)
            self._try_next_model(attempt, error.reason)

    def _postpone(self, attempt: Attempt, error: ModelError) -> None:
        """Postpone the next call for this paper; those for all papers where the service asks to wait."""
        wait = BACKOFF_SECONDS * 2**attempt.retries if error.retry_after is None else error.retry_after
        attempt.retries += 1
        attempt.not_before = time.monotonic() + wait
        if error.retry_after is not None:
            attempt.writer.not_before = max(attempt.writer.not_before, attempt.not_before)
        self._waiting.append(attempt)

    def _drop_model(self, writer: ModelWriter, reason: str) -> None:
        if not writer.dropped_because:
            writer.dropped_because = reason
            log.error("The model %s is not asked any more in this run: %s", writer.name, reason)

    def _halt(self, reason: str) -> None:
        if not self._halt_reason:
            self._halt_reason = reason
            log.error("No model is asked any more in this run: %s", reason)

    def _try_next_model(self, attempt: Attempt, reason: str) -> None:
        """Let the next model begin with the paper; without one the attempt fails."""
        later = self._writers[self._writers.index(attempt.writer) + 1 :]
        writer = next((each for each in later if not each.dropped_because), None)
        if writer is None or self._halt_reason:
            self._fail(attempt, reason)
            return
        attempt.reasons.append(reason)
        attempt.begin_with(writer)
        self._waiting.append(attempt)

    def _fail(self, attempt: Attempt, reason: str) -> None:
        attempt.reasons.append(reason)
        self._results.append(attempt.failed())


def _ask_in_thread(
    answers: AnswerQueue, number: int, service: ModelService, messages: Sequence[Message], json_format: bool
) -> None:
    try:
        answer = service.request(messages, json_format=json_format)
    except Exception as error:  # a summary is never worth a run; the log keeps what happened
        log.exception("The client of the model service broke")
        answer = ModelError(f"the client broke: {type(error).__name__}", billed=True)
    answers.put((number, answer))


def _check_reply(reply: ModelReply, job: SummaryJob) -> SummaryText | list[SummaryFault]:
    try:
        if job.kept is not None:
            return relating_sentence.read_reply(reply, job.paper, job.kept, job.language)
        return validation.read_reply(reply, job.paper, job.language)
    except Exception as error:  # as above
        log.exception("The checks broke on version %s", job.version_id)
        return [SummaryFault("our mistake", f"the checks broke: {type(error).__name__}")]
