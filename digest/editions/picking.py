"""Chooses for many readers at once, and remembers what each was shown and what they said of it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from digest.editions import feedback
from digest.editions.feedback import Marks
from digest.models import Delivery, Edition, EditionEntry
from digest.ranking.affinity import Taste
from digest.ranking.matching import DayIndex
from digest.ranking.personal import choose, matching
from digest.records import Choice, Pick, Reason
from subscriptions.readers import Reader

MEMORY = timedelta(days=90)

SHOWN = (
    Delivery.State.PENDING,
    Delivery.State.CLAIMED,
    Delivery.State.SUBMITTING,
    Delivery.State.ACCEPTED,
    Delivery.State.UNCERTAIN,
)
"""The states of a delivery whose papers the reader has seen or will see."""

Repeats = Mapping[int, Mapping[int, int]]
"""Papers that stand in this edition and in another: edition id -> rank there -> set with the rank here."""


def choose_for(
    edition: Edition, index: DayIndex, readers: Sequence[Reader], known: Repeats | None = None
) -> list[Choice]:
    """What each reader of this chunk gets, in their order.

    One query for the whole chunk; one more if somebody could see a paper again, one more if somebody gave feedback.
    Whoever has several chunks gives the *known* repeats of the edition, which are a query of their own.
    """
    seen = _seen(readers, index, repeats(edition, index) if known is None else known)
    marks = feedback.of(readers)
    return [
        choose(reader, index, seen=seen.get(reader.id, 0), taste=_taste(marks.get(reader.id), index))
        for reader in readers
    ]


def _taste(marks: Marks | None, index: DayIndex) -> Taste | None:
    return Taste(index.resemblance, marks.more, marks.less) if marks else None


def repeats(edition: Edition, index: DayIndex) -> Repeats:
    """The papers of this edition that stand in others too; cross-lists make most of them.

    On both sides of the day: editions of earlier days may be built late.
    """
    here = {paper.arxiv_id: 1 << rank for rank, paper in enumerate(index.papers)}
    elsewhere = (
        EditionEntry.objects.filter(
            edition__day__range=(edition.day - MEMORY, edition.day + MEMORY),
            version__paper__in=edition.entries.values("version__paper"),
        )
        .exclude(edition=edition)
        .values_list("edition_id", "rank", "version__paper__arxiv_id")
    )
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for edition_id, rank, arxiv_id in elsewhere:
        found[edition_id][rank] = here.get(arxiv_id, 0)
    return found


def _seen(readers: Sequence[Reader], index: DayIndex, known: Repeats) -> dict[int, int]:
    """Reader id -> the papers of this edition that they were shown. Asks only about readers who could get one again."""
    again = 0
    for papers in known.values():
        for bit in papers.values():
            again |= bit
    concerned = [reader.id for reader in readers if again and matching(reader, index) & again]
    return _shown(concerned, known) if concerned else {}


def _shown(subscribers: Collection[int], known: Repeats) -> dict[int, int]:
    letters = Delivery.objects.filter(edition__in=list(known), subscriber__in=subscribers, state__in=SHOWN)
    found: defaultdict[int, int] = defaultdict(int)
    for subscriber, edition_id, picks in letters.values_list("subscriber_id", "edition_id", "picks").iterator():
        for rank, *_ in picks:
            found[subscriber] |= known[edition_id].get(rank, 0)
    return found


def encode_picks(choice: Choice) -> list[list[Any]]:
    """The shape of Delivery.picks: [[rank, score, [[reason, text], …]], …]."""
    return [[pick.rank, pick.score, [[each.kind, each.text] for each in pick.reasons]] for pick in choice.picks]


def decode_picks(stored: Sequence[Sequence[Any]]) -> tuple[Pick, ...]:
    return tuple(
        Pick(rank, score, tuple(Reason(kind, text) for kind, text in reasons)) for rank, score, reasons in stored
    )
