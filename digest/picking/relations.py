"""Freezes in letters that wait one sentence for each of their first papers that resemble one which the reader kept.

It stands in the letter's row: so the letter is the same bytes whenever it is assembled, whatever is written later.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.db.models import QuerySet

from digest.domain import Pick
from digest.models import Delivery, Edition
from digest.picking.stored_picks import decode_picks
from digest.summaries import relate
from digest.summaries.llm.budget import ModelUse
from digest.summaries.llm.configured_models import configured_writers
from digest.summaries.relate import Pair

# Of a letter: readers look at the first papers.
RELATED_PLACES = 3
MAX_RELATIONS = 2

# So long letters wait for sentences, besides what they wait for summaries.
MAX_RUN_SECONDS = 20.0

# No more pairs are looked up: a day's requests bring far fewer sentences, and titles are found by reading all papers.
MAX_PAIRS = 2_000

ROWS_PER_CHUNK = 1_000


class WantedRelation(NamedTuple):
    """A paper by its rank, and the title of the paper that the reader kept."""

    rank: int
    kept_title: str


def relate_picks(edition: Edition, seconds: float = MAX_RUN_SECONDS) -> ModelUse:
    """Write the sentences for letters that nobody has tried to send yet, and return what models cost.

    Pairs that many letters show come first. Without a model it does nothing.
    """
    if not configured_writers():
        return ModelUse()
    wanted = Counter(
        (relation, letter.language)
        for letter in _iterate_waiting(edition)
        for relation in list_wanted(decode_picks(letter.picks))
    )
    if not wanted:
        return ModelUse()
    versions = dict(edition.entries.values_list("rank", "version_id"))
    first = [key for key, _ in wanted.most_common(MAX_PAIRS)]
    kept = relate.find_versions({relation.kept_title for relation, _ in first})
    pairs = {
        (relation, language): Pair(versions[relation.rank], kept[relation.kept_title], language)
        for relation, language in first
        if relation.rank in versions and relation.kept_title in kept
    }
    sentences, use = relate.write_sentences(list(pairs.values()), min(seconds, MAX_RUN_SECONDS))
    if sentences:
        found = {key: sentences[pair] for key, pair in pairs.items() if pair in sentences}
        _freeze(edition, found)
    return use


def list_wanted(picks: Sequence[Pick]) -> list[WantedRelation]:
    """Return the papers of a letter that get a sentence."""
    wanted = [
        WantedRelation(pick.rank, reason.text)
        for pick in picks[:RELATED_PLACES]
        for reason in pick.reasons
        if reason.kind == "like" and reason.text
    ]
    return wanted[:MAX_RELATIONS]


def _freeze(edition: Edition, found: dict[tuple[WantedRelation, str], relate.WrittenSentence]) -> None:
    """Store the sentences in the rows of the letters that still wait."""
    changed: list[Delivery] = []
    for letter in _iterate_waiting(edition):
        told = [
            [relation.rank, *found[relation, letter.language]]
            for relation in list_wanted(decode_picks(letter.picks))
            if (relation, letter.language) in found
        ]
        if told:
            letter.relations = told
            changed.append(letter)
        if len(changed) >= ROWS_PER_CHUNK:
            _waiting(edition).bulk_update(changed, ["relations"])
            changed.clear()
    _waiting(edition).bulk_update(changed, ["relations"])


def _waiting(edition: Edition) -> QuerySet[Delivery]:
    """Return the letters that nobody has tried to send and that have no sentences yet."""
    return Delivery.objects.filter(edition=edition, state=Delivery.State.PENDING, attempts=0, relations__isnull=True)


def _iterate_waiting(edition: Edition) -> Iterator[Delivery]:
    """Yield these letters in chunks of one query, with their language and picks alone."""
    after = 0
    while rows := list(
        _waiting(edition).filter(id__gt=after).only("id", "language", "picks").order_by("id")[:ROWS_PER_CHUNK]
    ):
        after = rows[-1].id
        yield from rows
