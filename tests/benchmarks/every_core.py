"""Work for all stored readers on every core: each process takes the next share when it is done with one."""

import gc
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.benchmarks import population
from tests.benchmarks.measuring import Watch, measured, own_mb

# Readers read and chosen for at a time; more do not fit into a processor's cache.
CHUNK = 500
# Ids that a process takes at a time.
SHARE = 1_000


@dataclass(slots=True)
class Done:
    """What a process did."""

    readers: int = 0
    letters: int = 0
    size: int = 0
    whole: Watch = field(default_factory=Watch)
    choosing: Watch = field(default_factory=Watch)
    assembling: Watch = field(default_factory=Watch)
    # The most that it had, of shared memory its part.
    mb: float = 0.0


class Work(Protocol):
    """What is done for some readers, with whatever was prepared before the processes part."""

    def take(self, readers: Sequence[Any], done: Done) -> None: ...


def read_chunks(start: int) -> Iterator[Sequence[Any]]:
    """The readers whose ids follow *start*, a SHARE of ids."""
    from subscriptions import selectors

    after = start
    while readers := selectors.find_due_readers(
        population.DAY, after_id=after, limit=min(CHUNK, start + SHARE - after)
    ):
        after = readers[-1].id
        yield [reader for reader in readers if reader.id <= start + SHARE]
        if after >= start + SHARE:
            return


def on_every_core(work: Work) -> list[Done]:
    """Each process takes the next share when it is done with one; the first answer is this one's."""
    from django.db import connection, connections

    from subscriptions.models import Subscriber

    last = Subscriber.objects.order_by("-id").values_list("id", flat=True).first() or 0
    connections.close_all()
    if connection.vendor == "postgresql":
        pooled: Any = connection
        pooled.close_pool()  # two processes must not speak over one connection
    gc.collect()
    gc.freeze()
    fork = multiprocessing.get_context("fork")
    taken, answers = fork.Value("q", 0), fork.SimpleQueue()
    others = [fork.Process(target=_answer, args=(work, last, taken, answers)) for _ in range((os.cpu_count() or 1) - 1)]
    for process in others:
        process.start()
    answered = [_work_off(work, last, taken), *(answers.get() for _ in others)]
    for process in others:
        process.join()
    for each in answered:
        if isinstance(each, Exception):
            raise each
    return answered


def _answer(work: Work, last: int, taken: Any, answers: Any) -> None:
    """What it did, or why it could not."""
    try:
        answers.put(_work_off(work, last, taken))
    except Exception as error:
        answers.put(error)


def _work_off(work: Work, last: int, taken: Any) -> Done:
    from digest.infra.gc_tuning import collect_seldom

    done = Done()
    with measured(done.whole), collect_seldom():
        while (start := _next_share(taken)) < last:
            for readers in read_chunks(start):
                work.take(readers, done)
            done.mb = max(done.mb, own_mb())
    return done


def _next_share(taken: Any) -> int:
    with taken.get_lock():
        start: int = taken.value
        taken.value += SHARE
    return start
