"""From stored subscribers to the bytes of their letters, on every core; nothing is stored and nothing is sent."""

import gc
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.benchmarks import population
from tests.benchmarks.measuring import Watch, measured, own_mb

# Readers read and chosen for at a time; more do not fit into a processor's cache.
CHUNK = 500
# Ids that a process takes at a time.
SHARE = 5_000
# Papers in each of the letters that prepare the day's cards.
PREPARED = 10


def assemble() -> dict[str, Any]:
    """Match, rank, pick and assemble every letter, whatever has to be prepared for the day included.

    `prepare_seconds` is what the day takes once, `us_per_reader` what each reader takes then, of one processor:
    reading, choosing, assembling.
    """
    population.set_up()
    whole, preparing = Watch(), Watch()
    with measured(whole):
        with measured(preparing):
            work = Work.prepared()
        done = _on_every_core(work)
    letters, readers = sum(each.letters for each in done), sum(each.readers for each in done)
    whole.cpu += sum(each.whole.cpu for each in done[1:])
    parts = {
        "us_per_reader": sum(each.whole.cpu for each in done),
        "us_choosing": sum(each.choosing.cpu for each in done),
        "us_assembling": sum(each.assembling.cpu for each in done),
    }
    return {
        **whole.figures(letters),
        "peak_mb": round(sum(each.mb for each in done)),
        "bytes": sum(each.size for each in done) // max(letters, 1),
        "processes": len(done),
        "prepare_seconds": round(preparing.seconds, 3),
        "letters_per_s_prepared": round(letters / max(whole.seconds - preparing.seconds, 1e-9), 1),
        **{name: round(cpu / max(readers, 1) * 1e6, 1) for name, cpu in parts.items()},
    }


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


@dataclass(frozen=True, slots=True)
class Work:
    """The day, prepared."""

    edition: Any
    renderer: Any
    index: Any
    known: Any
    now: datetime

    @classmethod
    def prepared(cls) -> "Work":
        from django.utils import timezone

        from digest.editions.load import load_contents
        from digest.letters.prerendered.renderer import LetterRenderer
        from digest.letters.sender import Sender
        from digest.models import Edition
        from digest.picking.sent_history import find_repeats
        from digest.ranking.matching.day_index import DayIndex

        edition = Edition.objects.get(day=population.DAY)
        contents = load_contents(edition)
        index = DayIndex(contents.papers)
        work = cls(
            edition,
            LetterRenderer(contents, Sender.from_settings()),
            index,
            find_repeats(edition, index),
            timezone.now(),
        )
        work._prepare_cards(len(contents.papers))
        work.take(next(_chunks(0), ()), Done())  # what is prepared when the first reader asks for it
        return work

    def _prepare_cards(self, papers: int) -> None:
        from digest.domain import Pick
        from subscriptions.reader import Reader

        for language in ("en", "zh"):
            for detail in ("tldr", "structured", "abstract"):
                reader = Reader(id=1, email="reader@example.org", language=language, detail=detail)
                for start in range(0, papers, PREPARED):
                    picks = tuple(Pick(rank, 0.0, ()) for rank in range(start, min(start + PREPARED, papers)))
                    self.letter(reader, picks, len(picks), ())

    def letter(self, reader: Any, picks: Any, matched: int, notices: tuple[int, ...]) -> bytes:
        from digest.domain import LetterOrder
        from digest.letters.message_id import make_message_id

        identity, now = make_message_id(reader.id, self.now), self.now
        order = LetterOrder(reader.id, identity, now, picks, matched, reader.language, reader.detail, notices)
        data: bytes = self.renderer.letter(reader, order).data
        return data

    def take(self, readers: Sequence[Any], done: Done) -> None:
        from digest.picking.choose import choose_for_readers

        with measured(done.choosing):
            choices = choose_for_readers(self.edition, self.index, readers, self.known)
        with measured(done.assembling):
            for reader, choice in zip(readers, choices, strict=True):
                done.readers += 1
                if choice.picks:
                    done.size += len(self.letter(reader, choice.picks, choice.matched, choice.notices))
                    done.letters += 1


def _chunks(start: int) -> Iterator[Sequence[Any]]:
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


def _on_every_core(work: Work) -> list[Done]:
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
            for readers in _chunks(start):
                work.take(readers, done)
            done.mb = max(done.mb, own_mb())
    return done


def _next_share(taken: Any) -> int:
    with taken.get_lock():
        start: int = taken.value
        taken.value += SHARE
    return start
