"""Finds the papers that the letters of an edition show in each language: these need a summary.

The edition stores them for planned letters, as reading a million rows would take too long. They only grow until the
edition is rebuilt. Before the planning, `find_expected_papers` chooses for every reader and stores nothing.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from digest.editions.load import load_contents
from digest.models import Edition
from digest.picking import interest_vectors
from digest.picking.bulk_insert import NewLetter
from digest.picking.letter_chooser import LetterChooser
from digest.picking.letter_days import iterate_readers
from digest.ranking.matching.inverted_index import iterate_ranks
from digest.summaries.store import SummaryKey


@dataclass(frozen=True, slots=True)
class ExpectedPapers:
    """The papers that the letters of all readers due on a day would show."""

    # Of the edition, their ranks by language.
    ranks: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    # Of earlier days, which letters of several days would show.
    earlier: set[SummaryKey] = field(default_factory=set)


def find_expected_papers(edition: Edition) -> ExpectedPapers:
    """Return the papers that the letters of all readers due on the day, or on silent days after it, would show."""
    expected = ExpectedPapers()
    interest_vectors.fill_for_everyone(edition.day)
    papers = load_contents(edition).papers
    chooser = LetterChooser(edition, papers)
    for readers in iterate_readers(edition.day):
        for reader, choice in zip(readers, chooser.choose(readers), strict=True):
            for pick in choice.picks:
                if pick.rank < len(papers):
                    expected.ranks[reader.language].add(pick.rank)
                else:
                    expected.earlier.add((chooser.papers[pick.rank].version_id, reader.language))
    return expected


def find_needed_papers(edition: Edition) -> dict[str, set[int]]:
    """Return the ranks, by language, of the papers in all letters planned so far."""
    return {language: set(iterate_ranks(int(bits, 16))) for language, bits in _read_stored(edition).items()}


def add_needed_papers(edition: Edition, letters: Iterable[NewLetter]) -> None:
    """Add the papers that *letters* show. Call it in the transaction that locks the edition and inserts the letters."""
    before = {language: int(bits, 16) for language, bits in _read_stored(edition).items()}
    after = defaultdict(int, before)
    for letter in letters:
        for pick in letter.choice.picks:
            after[letter.language] |= 1 << pick.rank
    if after != before:
        Edition.objects.filter(id=edition.id).update(wanted={language: f"{bits:x}" for language, bits in after.items()})


def _read_stored(edition: Edition) -> dict[str, str]:
    stored: dict[str, str] = Edition.objects.values_list("wanted", flat=True).get(id=edition.id)
    return stored
