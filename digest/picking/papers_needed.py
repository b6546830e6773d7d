"""Which papers the letters of an edition show in which language: these need a summary.

Kept with the edition, as nobody should read a million rows to know it. It only grows until the edition is built anew.
"""

from collections import defaultdict
from collections.abc import Iterable

from digest.models import Edition
from digest.picking.bulk_insert import NewLetter
from digest.ranking.matching.inverted_index import iterate_ranks


def find_needed_papers(edition: Edition) -> dict[str, set[int]]:
    """Language → ranks of the papers in all letters planned so far."""
    return {language: set(iterate_ranks(int(bits, 16))) for language, bits in _read_stored(edition).items()}


def add_needed_papers(edition: Edition, letters: Iterable[NewLetter]) -> None:
    """Adds what *letters* show. Only in a transaction that holds the edition's row, and stores them."""
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
