"""From stored readers to what each of them gets: read, matched, scored, composed, on every core."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks import population
from tests.benchmarks.every_core import Done, on_every_core
from tests.benchmarks.measuring import Watch, measured

PLAIN_READERS = 20


def choose() -> dict[str, Any]:
    """Papers for every reader, without letters. `us_per_reader` is of one core, the day's preparation left aside."""
    population.set_up()
    return _choose()


def choose_by_likes() -> dict[str, Any]:
    """The same where every reader likes some earlier papers. Afterwards nobody does."""
    population.set_up()
    from digest.models import Feedback

    population.like_papers()
    figures = _choose()
    Feedback.objects.all().delete()
    return {**figures, "likes": population.LIKES}


def choose_plainly() -> dict[str, Any]:
    """The slow way, which the tests compare with: PLAIN_READERS of them, without likes."""
    population.set_up()
    from digest.ranking.selection.select import describe_reader
    from subscriptions import selectors
    from tests.ranking.reference import ReferenceSelection

    watch, work = Watch(), Work.prepared()
    reference = ReferenceSelection(work.chooser.selection)
    readers = selectors.find_due_readers(population.DAY, limit=PLAIN_READERS)
    with measured(watch):
        for reader in readers:
            reference.choose(reader, describe_reader(reader))
    return watch.figures(len(readers))


def _choose() -> dict[str, Any]:
    whole, preparing = Watch(), Watch()
    with measured(whole):
        with measured(preparing):
            work = Work.prepared()
        done = on_every_core(work)
    readers = sum(each.readers for each in done)
    whole.cpu += sum(each.whole.cpu for each in done[1:])
    chosen = Watch(whole.seconds - preparing.seconds, sum(each.whole.cpu for each in done))
    return {
        **chosen.figures(readers),
        "peak_mb": round(sum(each.mb for each in done)),
        "processes": len(done),
        "prepare_seconds": round(preparing.seconds, 3),
        "us_reading": round(sum(each.whole.cpu - each.choosing.cpu for each in done) / max(readers, 1) * 1e6, 1),
        "us_choosing": round(sum(each.choosing.cpu for each in done) / max(readers, 1) * 1e6, 1),
    }


@dataclass(frozen=True, slots=True)
class Work:
    """The day, prepared."""

    chooser: Any

    @classmethod
    def prepared(cls) -> "Work":
        from digest.editions.load import load_contents
        from digest.models import Edition
        from digest.picking.choose import EditionChooser

        edition = Edition.objects.get(day=population.DAY)
        return cls(EditionChooser(edition, load_contents(edition).papers))

    def take(self, readers: Sequence[Any], done: Done) -> None:
        with measured(done.choosing):
            choices = self.chooser.choose(readers)
        done.readers += len(readers)
        done.letters += sum(bool(choice.picks) for choice in choices)
