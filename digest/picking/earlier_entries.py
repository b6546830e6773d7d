"""Stores which papers of earlier days the letters of an edition show, as further entries behind those of its own day.

So a pick stays a rank within its edition, and whatever reads letters finds its paper as ever: history, retention, the
letter's page. Entries are only added, with the letters that need them first and in the same transaction: a letter that
was planned is the same bytes later, and after a kill there is neither of both.
"""

from collections.abc import Sequence

from digest.domain import Choice, PaperRecord
from digest.models import Edition, EditionEntry


def store_earlier_papers(edition: Edition, choices: Sequence[Choice], papers: Sequence[PaperRecord]) -> list[Choice]:
    """Store what *choices* show of earlier days, and return the choices with the ranks of these entries.

    Ranks in *choices* are numbers of *papers*, which are the edition's own by rank and then earlier ones, as
    LetterChooser has them. Call it in the transaction that locks the edition and inserts the letters.
    """
    covering = [choice for choice in choices if choice.covers_from]
    shown = {rank for choice in covering for rank in (*(pick.rank for pick in choice.picks), *choice.notices)}
    own = edition.entries.of_the_day().count() if shown else 0
    earlier = sorted(rank for rank in shown if rank >= own)
    if not earlier:
        return list(choices)
    ranks = dict(edition.entries.exclude(announced_on=None).values_list("version_id", "rank"))
    missing = [papers[number] for number in earlier if papers[number].version_id not in ranks]
    entries = [
        EditionEntry(
            edition=edition,
            version_id=paper.version_id,
            rank=rank,
            score=paper.score,
            score_without_names=paper.score_without_names,
            section=paper.section,
            kind=paper.kind,
            announced_on=paper.day,
        )
        for rank, paper in enumerate(missing, start=own + len(ranks))
    ]
    EditionEntry.objects.bulk_create(entries)
    ranks |= {entry.version_id: entry.rank for entry in entries}
    stored = {number: ranks[papers[number].version_id] for number in earlier}
    return [
        choice.renumber(lambda rank: stored.get(rank, rank)) if choice.covers_from else choice for choice in choices
    ]
