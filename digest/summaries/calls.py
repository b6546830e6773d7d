"""Many papers to one writer at once: bounded in number and time, and stopped by one error where all would fail."""

import logging
import queue
import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from digest.summaries.writers import PaperText, Writer, WriterFailed, Written

log = logging.getLogger(__name__)

OUTAGES_IN_A_ROW = 5
"""So many papers failed by an outage, with none written between, and the service counts as down."""


@dataclass(frozen=True, slots=True)
class Job:
    version_id: int
    language: str
    paper: PaperText


@dataclass(frozen=True, slots=True)
class Outcome:
    """Either `written`, or the `reason` why not."""

    job: Job
    written: Written | None = None
    reason: str = ""
    fatal: bool = False
    outage: bool = False


def write_all(writer: Writer, jobs: Sequence[Job], *, concurrency: int, seconds: float) -> Generator[Outcome]:
    """One outcome per job, as they come. After *seconds* the jobs that are left fail without being waited for.

    Daemon threads and not an executor: an executor joins its threads at exit, so that a server that hangs would hold
    up Ctrl-C and the end of the run for as long as a request may take.
    """
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    stopped = threading.Event()
    for number in range(min(concurrency, len(jobs))):
        thread = threading.Thread(
            target=_work, args=(writer, waiting, done, stopped), daemon=True, name=f"llm-{number}"
        )
        thread.start()
    try:
        yield from _collect(jobs, done, time.monotonic() + seconds)
    finally:
        stopped.set()
        writer.stop()


def _collect(jobs: Sequence[Job], done: "queue.SimpleQueue[Outcome]", end: float) -> Generator[Outcome]:
    left = {(job.version_id, job.language): job for job in jobs}
    outages, why = 0, ""
    while left and not why:
        try:
            outcome = done.get(timeout=max(end - time.monotonic(), 0))
        except queue.Empty:
            why = "the time for the model was over"
            break
        left.pop((outcome.job.version_id, outcome.job.language))
        outages = outages + 1 if outcome.outage else 0
        yield outcome
        if outcome.fatal or outages >= OUTAGES_IN_A_ROW:
            why = outcome.reason
    if left:
        log.error("The model is not asked any more in this run (%d summaries left): %s", len(left), why)
    for job in left.values():
        yield Outcome(job, reason=why, outage=True)


def _work(
    writer: Writer,
    waiting: "queue.SimpleQueue[Job]",
    done: "queue.SimpleQueue[Outcome]",
    stopped: threading.Event,
) -> None:
    while not stopped.is_set():
        try:
            job = waiting.get_nowait()
        except queue.Empty:
            return
        outcome = _outcome(writer, job)
        if outcome.fatal:
            stopped.set()
        done.put(outcome)


def _outcome(writer: Writer, job: Job) -> Outcome:
    try:
        return Outcome(job, written=writer.write(job.paper, job.language))
    except WriterFailed as failure:
        return Outcome(job, reason=failure.reason, fatal=failure.fatal, outage=failure.outage)
    except Exception as error:  # a summary is never worth a run; the log keeps what happened
        log.exception("The writer broke on version %s", job.version_id)
        return Outcome(job, reason=f"the writer broke: {type(error).__name__}")
