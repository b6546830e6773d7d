"""From stored subscribers to the bytes of their letters, on every core; nothing is stored and nothing is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.benchmarks import population
from tests.benchmarks.every_core import Done, on_every_core, read_chunks
from tests.benchmarks.measuring import Watch, measured

# Papers in each of the letters that prepare the day's cards, and by how many ranks the next one begins later: so each
# paper stands once at least in full, in short and in a line.
PREPARED, STEP = 10, 3


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
        done = on_every_core(work)
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


@dataclass(frozen=True, slots=True)
class Work:
    """The day, prepared."""

    edition: Any
    renderer: Any
    chooser: Any
    now: datetime

    @classmethod
    def prepared(cls) -> "Work":
        from django.utils import timezone

        from digest.editions.load import load_contents
        from digest.letters.prerendered.renderer import LetterRenderer
        from digest.letters.sender import Sender
        from digest.models import Edition
        from digest.picking.choose import EditionChooser

        edition = Edition.objects.get(day=population.DAY)
        contents = load_contents(edition)
        renderer = LetterRenderer(contents, Sender.from_settings())
        work = cls(edition, renderer, EditionChooser(edition, contents.papers), timezone.now())
        work._prepare_cards(len(contents.papers))
        work.take(next(read_chunks(0), ()), Done())  # what is prepared when the first reader asks for it
        return work

    def _prepare_cards(self, papers: int) -> None:
        from digest.domain import Pick
        from subscriptions.reader import Reader

        for language in ("en", "zh"):
            for detail in ("tldr", "structured", "abstract"):
                reader = Reader(id=1, email="reader@example.org", language=language, detail=detail)
                for start in range(0, papers, STEP):
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
        with measured(done.choosing):
            choices = self.chooser.choose(readers)
        with measured(done.assembling):
            for reader, choice in zip(readers, choices, strict=True):
                done.readers += 1
                if choice.picks:
                    done.size += len(self.letter(reader, choice.picks, choice.matched, choice.notices))
                    done.letters += 1
