"""Shortens letters that are no longer kept, and deletes their rows once nobody needs to know what was seen.

An edition's letters are shortened together, KEEP_LETTERS_DAYS after the last of them was planned: what is left of a
letter is who got it, what became of it, and the ranks of its papers, so that none is sent twice. Letters that wait, are
in hand or uncertain stay whole. The edition is over then: nobody is planned, and nothing is tried again.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, Exists, OuterRef, QuerySet, Value, When

from digest.delivery.outbox import OPEN_STATES, State
from digest.delivery.workers.shutdown import ShouldStop
from digest.domain import ProgressCallback
from digest.models import Delivery, Edition
from digest.picking import shown_papers
from digest.picking.stored_picks import are_shortened, list_ranks

ROWS_PER_BATCH = 200
NEEDED_STATES = (*OPEN_STATES, State.UNCERTAIN)
ENDED_STATES = tuple(state for state in State if state not in NEEDED_STATES)


def count_whole(now: datetime) -> int:
    """Return how many letters are to be shortened."""
    return sum(
        _ended_letters(edition).count() if edition.whole_letters is None else max(0, edition.whole_letters - needed)
        for edition, needed in _find_to_shorten(now)
    )


def shorten_due(now: datetime, should_stop: ShouldStop, tick: ProgressCallback) -> int:
    """Shorten the letters of editions that are old enough, some at a time. Return how many there were.

    It may be killed and run again: an edition counts as done once all of its letters are.
    """
    done = 0
    for edition, _needed in _find_to_shorten(now):
        for letters in _pages(_ended_letters(edition), should_stop):
            done += _shorten(letters)
            tick(done, None)
        if should_stop():
            break
        shown_papers.forget_notices(edition)
        left = edition.deliveries.filter(state__in=NEEDED_STATES).count()
        Edition.objects.filter(id=edition.id).update(whole_letters=left, wanted={})
    return done


def count_seen(now: datetime) -> int:
    """Return how many letters are to be deleted."""
    return _find_to_delete(now).count()


def delete_due(now: datetime, should_stop: ShouldStop, tick: ProgressCallback) -> int:
    """Delete what is left of letters once it has no use, some at a time. Return how many there were."""
    done = 0
    shown_papers.forget_editions(_find_editions_to_delete(now))
    while not should_stop():
        with transaction.atomic():
            ids = list(_find_to_delete(now).values_list("id", flat=True)[:ROWS_PER_BATCH])
            if not ids:
                break
            Delivery.objects.filter(id__in=ids, state__in=(*ENDED_STATES, State.UNCERTAIN)).delete()
        done += len(ids)
        tick(done, None)
    return done


def _find_to_shorten(now: datetime) -> list[tuple[Edition, int]]:
    """Return the editions with letters to shorten: old ones, and those where a letter left whole ended since.

    Beside each is how many of its letters are still needed, where that was counted.
    """
    before = now - timedelta(days=settings.KEEP_LETTERS_DAYS)
    young = Delivery.objects.filter(edition=OuterRef("pk"), created_at__gt=before)
    new = Edition.objects.filter(~Exists(young), whole_letters=None, frozen_at__lte=before)
    partly = Edition.objects.filter(whole_letters__gt=0).order_by("day")
    needed = Delivery.objects.filter(edition__in=partly.values("id"), state__in=NEEDED_STATES).order_by()
    counts = dict(needed.values_list("edition").annotate(count=Count("id")))
    changed = [(edition, counts.get(edition.id, 0)) for edition in partly]
    return [
        *((edition, 0) for edition in new.order_by("day")),
        *((edition, needed) for edition, needed in changed if needed != edition.whole_letters),
    ]


def _find_to_delete(now: datetime) -> QuerySet[Delivery]:
    """Return letters of editions that were shortened, and are so old that nobody looks for what was seen then.

    By then nobody can tell what became of an uncertain one. Those that wait are left to an operator.
    """
    before = now - timedelta(days=settings.KEEP_SEEN_PAPERS_DAYS)
    old = _find_editions_to_delete(now).values("id")
    return Delivery.objects.filter(edition__in=old, created_at__lte=before).exclude(state__in=OPEN_STATES)


def _find_editions_to_delete(now: datetime) -> QuerySet[Edition]:
    before = now - timedelta(days=settings.KEEP_SEEN_PAPERS_DAYS)
    return Edition.objects.filter(frozen_at__lte=before).exclude(whole_letters=None)


def _ended_letters(edition: Edition) -> QuerySet[Delivery]:
    return Delivery.objects.filter(edition=edition, state__in=ENDED_STATES).exclude(picks=[])


def _pages(letters: QuerySet[Delivery], should_stop: ShouldStop) -> Iterator[list[Delivery]]:
    after = 0
    rows = letters.only("id", "picks").order_by("id")
    while not should_stop() and (page := list(rows.filter(id__gt=after)[:ROWS_PER_BATCH])):
        yield page
        after = page[-1].id


def _shorten(letters: list[Delivery]) -> int:
    """Store letters without scores, reasons, notices, news, sentences and what others called them. Return how many."""
    ranks = {letter.id: list_ranks(letter.picks) for letter in letters if not are_shortened(letter.picks)}
    field = Delivery._meta.get_field("picks")
    cases = [When(id=key, then=Value(each, field)) for key, each in ranks.items()]
    if cases:
        Delivery.objects.filter(id__in=ranks, state__in=ENDED_STATES).update(
            picks=Case(*cases, output_field=field),
            notices=[],
            news=None,
            relations=None,
            worker="",
            provider_id="",
            not_before=None,
            not_after=None,
        )
    return len(ranks)
