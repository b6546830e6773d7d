"""Many papers to the models at once: bounded in number, time and money, and stopped by one error where all would fail.

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
from digest.summaries.llm import models
from digest.summaries.llm.attempt import Attempt, first_attempt
from digest.summaries.llm.budget import CallBooks
from digest.summaries.llm.client import ModelReply, ModelService
from digest.summaries.llm.errors import OVERDUE_ERROR, ModelError
from digest.summaries.llm.models import ModelWriter
from digest.summaries.llm.prompt import Message
from digest.summaries.llm.validation import SummaryFault

log = logging.getLogger(__name__)

MAX_RETRIES = 2
# After calls that cost the whole time of a call.
MAX_SLOW_RETRIES = 1

# Seconds before the first retry; twice as many before the second.
BACKOFF_SECONDS = 1.0

# So many papers failed by an outage, with no answer between, and a service counts as down.
MAX_OUTAGES_IN_A_ROW = 5

# Seconds beyond the time of a call, for the client to notice by itself.
GRACE_SECONDS = 1.0

REASON_TIME_OVER = "the time for the model was over"

AnswerQueue = queue.SimpleQueue[tuple[int, ModelReply | ModelError]]


def write_all(
    writers: Sequence[ModelWriter], jobs: Iterable[SummaryJob], books: CallBooks, *, concurrency: int, seconds: float
) -> Generator[JobResult]:
    """Yield one result per job, as they come. After *seconds* the jobs that are left fail without being waited for."""
    desk = _Dispatcher(writers, jobs, books, concurrency, time.monotonic() + seconds)
    try:
        yield from desk.outcomes()
    finally:
        for writer in writers:
            writer.service.close()


@dataclass(slots=True)
class _PendingCall:
    turn: Attempt
    row: ModelCall
    deadline: float


class _Dispatcher:
    """*concurrency* jobs lie on it at a time: each waits for an answer or for its moment to be asked again.

    A model begins with one paper; the others follow when it has answered."""

    def __init__(
        self, writers: Sequence[ModelWriter], jobs: Iterable[SummaryJob], books: CallBooks, concurrency: int, end: float
    ) -> None:
        self._writers, self._jobs, self._books = writers, iter(jobs), books
        self._concurrency, self._end = concurrency, end
        self._more = True
        self._waiting: list[Attempt] = []
        self._under_way: dict[int, _PendingCall] = {}
        self._answers: AnswerQueue = queue.SimpleQueue()
        self._numbers = count()
        self._finished: deque[JobResult] = deque()
        # Why no call is made any more.
        self._halted = ""

    def outcomes(self) -> Generator[JobResult]:
        while True:
            sent = self._take_one()
            while self._finished:
                yield self._finished.popleft()
            if sent:
                continue
            if not (self._more or self._waiting or self._under_way):
                return
            self._wait()

    def _take_one(self) -> bool:
        """Asks for one turn, or gives it up. False where nothing can be begun now."""
        turn = self._next()
        if turn is None:
            return False
        if self._halted:
            self._give_up(turn, self._halted)
        elif turn.writer.out:
            self._hand_on(turn, turn.writer.out)
        else:
            self._send(turn)
        return True

    def _next(self) -> Attempt | None:
        now = time.monotonic()
        for turn in self._waiting:
            ready = max(turn.ready, turn.writer.not_before) <= now and not self._on_trial(turn.writer)
            if self._halted or turn.writer.out or ready:
                self._waiting.remove(turn)
                return turn
        writer = self._usable()
        full = len(self._waiting) + len(self._under_way) >= self._concurrency
        if not self._more or (not self._halted and writer and (full or writer.not_before > now or self._tries(writer))):
            return None
        job = next(self._jobs, None)
        self._more = job is not None
        return first_attempt(job, writer or self._writers[0]) if job else None

    def _on_trial(self, writer: ModelWriter) -> bool:
        """A call is under way that will tell whether more are of any use: a refused key is one call, not a dozen."""
        return not writer.proven and any(call.turn.writer is writer for call in self._under_way.values())

    def _tries(self, writer: ModelWriter) -> bool:
        """Return whether the model is being tried, or its paper waits for its next try."""
        waits = not writer.proven and any(turn.writer is writer for turn in self._waiting)
        return waits or self._on_trial(writer)

    def _usable(self) -> ModelWriter | None:
        return next((writer for writer in self._writers if not writer.out), None)

    def _send(self, turn: Attempt) -> None:
        writer = turn.writer
        row = self._books.open(turn.job, writer.name, writer.prompt_version, writer.estimate(turn.messages))
        if isinstance(row, str):
            self._halt(row)
            self._give_up(turn, row)
            return
        number = next(self._numbers)
        writer.service.prepare()
        self._under_way[number] = _PendingCall(turn, row, time.monotonic() + writer.service.timeout + GRACE_SECONDS)
        json_format = writer.takes_json_format and not turn.plain
        arguments = (self._answers, number, writer.service, turn.messages, json_format)
        threading.Thread(target=_ask_in_thread, args=arguments, daemon=True, name=f"llm-{number}").start()

    def _wait(self) -> None:
        try:
            number, answer = self._answers.get(timeout=max(self._next_moment() - time.monotonic(), 0))
        except queue.Empty:
            self._drop_the_overdue()
            return
        if call := self._under_way.pop(number, None):  # else it was given up, and its answer comes too late
            self._receive(call, answer)

    def _next_moment(self) -> float:
        moments = [call.deadline for call in self._under_way.values()]
        free = [turn for turn in self._waiting if not self._on_trial(turn.writer)]
        moments += [max(turn.ready, turn.writer.not_before) for turn in free]
        if (writer := self._usable()) and self._more and writer.not_before > time.monotonic():
            moments.append(writer.not_before)
        return min([*moments, self._end])

    def _drop_the_overdue(self) -> None:
        now = time.monotonic()
        if now >= self._end:
            self._halt(REASON_TIME_OVER)
        for number, call in list(self._under_way.items()):
            if self._halted == REASON_TIME_OVER or call.deadline <= now:
                self._receive(self._under_way.pop(number), OVERDUE_ERROR)

    def _receive(self, call: _PendingCall, answer: ModelReply | ModelError) -> None:
        if isinstance(answer, ModelError):
            self._books.failed(call.row, answer)
            self._bear(call.turn, answer)
        else:
            self._read(call, answer)

    def _read(self, call: _PendingCall, reply: ModelReply) -> None:
        turn, writer = call.turn, call.turn.writer
        writer.outages, writer.proven = 0, True
        writer.takes_json_format = writer.takes_json_format and not turn.plain
        turn.spend(reply)
        found = _check_reply(reply, turn.job)
        if isinstance(found, SummaryText):
            self._books.answered(call.row, reply)
            self._finished.append(turn.written(found))
            return
        complaint = "; ".join(fault.complaint for fault in found)
        self._books.answered(call.row, reply, found[0].reason, complaint)
        turn.tried = True
        if turn.answer < writer.answers and not reply.refusal:
            turn.again(reply.content, complaint)
            self._waiting.append(turn)
        else:
            self._hand_on(turn, f"the answer cannot be used: {complaint}")

    def _bear(self, turn: Attempt, trouble: ModelError) -> None:
        writer = turn.writer
        if trouble.fatal:
            self._close(writer, trouble.reason)
        writer.proven = writer.proven or trouble.slow
        if trouble.odd_request and not turn.plain and writer.takes_json_format:
            turn.plain = True
            self._waiting.append(turn)
        elif (
            trouble.passing and turn.retries < (MAX_SLOW_RETRIES if trouble.slow else MAX_RETRIES) and not self._halted
        ):
            self._postpone(turn, trouble)
        else:
            self._count_outage(writer, trouble)
            writer.proven = writer.proven or not trouble.outage
            turn.tried = turn.tried or not (trouble.outage or trouble.fatal)
            self._hand_on(turn, trouble.reason)

    def _postpone(self, turn: Attempt, trouble: ModelError) -> None:
        """Postpone the next calls of all papers where a service asks to wait."""
        wait = BACKOFF_SECONDS * 2**turn.retries if trouble.wait is None else trouble.wait
        turn.retries += 1
        turn.ready = time.monotonic() + wait
        if trouble.wait is not None:
            turn.writer.not_before = max(turn.writer.not_before, turn.ready)
        self._waiting.append(turn)

    def _count_outage(self, writer: ModelWriter, trouble: ModelError) -> None:
        writer.outages = writer.outages + 1 if trouble.outage else 0
        if writer.outages >= MAX_OUTAGES_IN_A_ROW:
            self._close(writer, trouble.reason)

    def _close(self, writer: ModelWriter, reason: str) -> None:
        if not writer.out:
            writer.out = reason
            log.error("The model %s is not asked any more in this run: %s", writer.name, reason)

    def _halt(self, reason: str) -> None:
        if not self._halted:
            self._halted = reason
            log.error("No model is asked any more in this run: %s", reason)

    def _hand_on(self, turn: Attempt, reason: str) -> None:
        turn.reasons.append(reason)
        later = self._writers[self._writers.index(turn.writer) + 1 :]
        writer = next((each for each in later if not each.out), None)
        if writer is None or self._halted:
            self._finished.append(turn.failed())
            return
        turn.hand_on(writer)
        self._waiting.append(turn)

    def _give_up(self, turn: Attempt, reason: str) -> None:
        turn.reasons.append(reason)
        self._finished.append(turn.failed())


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
        return models.read_reply(reply, job.paper, job.language)
    except Exception as error:  # as above
        log.exception("The checks broke on version %s", job.version_id)
        return [SummaryFault("our mistake", f"the checks broke: {type(error).__name__}")]
