"""Compares the fields of extractive summaries with abstracts labelled by hand; prints the figures when run.

`python -m tests.summaries.extractive.labelled_fields` prints them with each field that is wrong or missing.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from digest.summaries.extractive.sentences import clean_line, split_sentences
from digest.summaries.extractive.shortening import shorten
from digest.summaries.extractive.writer import write_summary
from digest.summaries.length_limits import TARGET_FIELD_WORDS
from tests.conftest import SHARED
from tests.summaries.extractive.corpus import read_corpus

LABELS = Path(__file__).with_name("labelled_abstracts.txt")
FIELDS = ("motivation", "method", "result")


@dataclass(frozen=True, slots=True)
class FieldReading:
    """One field of one paper: the sentence it tells, None for an empty one, and whether that is right."""

    arxiv_id: str
    field: str
    place: int | None
    labelled: frozenset[int]
    # The sentence that the TL;DR is made of.
    tldr: int

    @property
    def exists(self) -> bool:
        return bool(self.labelled)

    @property
    def is_found(self) -> bool:
        """Return whether the field, or the TL;DR above it, tells what the label asks for."""
        return self.place in self.labelled or self.tldr in self.labelled

    @property
    def is_wrong(self) -> bool:
        return self.place is not None and self.place not in self.labelled


def read_labels() -> Iterator[tuple[str, dict[str, frozenset[int]]]]:
    """Yield each labelled paper's arXiv id and the sentences that may stand for each field."""
    for line in LABELS.read_text().splitlines():
        if not line.startswith("#"):
            arxiv_id, *cells, _ = line.split("|")
            places = (frozenset(map(int, cell.split(","))) if cell != "-" else frozenset() for cell in cells)
            yield arxiv_id, dict(zip(FIELDS, places, strict=True))


def read_fields(shared: Path) -> Iterator[FieldReading]:
    """Yield what the extractive writer makes of each labelled paper, field by field."""
    labels = dict(read_labels())
    for paper in read_corpus(shared):
        if paper.arxiv_id not in labels:
            continue
        sentences = split_sentences(clean_line(paper.abstract))
        summary = write_summary(paper.title, paper.abstract)
        short = {shorten(sentence, TARGET_FIELD_WORDS): place for place, sentence in enumerate(sentences)}
        told = Counter(summary.tldr.lower().split())
        tldr = max(range(len(sentences)), key=lambda place: (told & Counter(sentences[place].lower().split())).total())
        for field in FIELDS:
            text = getattr(summary, field)
            labelled = labels[paper.arxiv_id][field]
            yield FieldReading(paper.arxiv_id, field, short[text] if text else None, labelled, tldr)


def share_found(readings: Iterable[FieldReading]) -> float:
    """Return the share of the fields that exist by their labels and are told."""
    return mean(reading.is_found for reading in readings if reading.exists)


def share_wrong(readings: Iterable[FieldReading]) -> float:
    """Return the share of the fields written that tell another sentence than the labels ask for."""
    return mean(reading.is_wrong for reading in readings if reading.place is not None)


def main() -> int:
    readings = list(read_fields(SHARED))
    for field in FIELDS:
        of_field = [reading for reading in readings if reading.field == field]
        asked = [reading for reading in of_field if reading.exists]
        told = [reading for reading in of_field if reading.place is not None]
        found, wrong = sum(reading.is_found for reading in asked), sum(reading.is_wrong for reading in told)
        itself = sum(reading.place in reading.labelled for reading in asked)
        print(f"{field}: found {found} of {len(asked)} (in its own field {itself}), wrong {wrong} of {len(told)}")
        for reading in of_field:
            if reading.is_wrong or (reading.exists and not reading.is_found):
                print(f"    {reading.arxiv_id}: {reading.place}, TL;DR {reading.tldr}, not {sorted(reading.labelled)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
