"""Operator actions on letters whose rows do not tell what became of them. Pausing an edition is in pause.py.

Failed letters can be tried again once the cause is mended. Of an uncertain one only the mail server knows whether it
was taken: its log has the Message-ID. After a restore from a backup it alone knows who was served since: its log has
their addresses. Every step is a conditional update: twice, or while a drain works, it acts once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from digest.delivery import pause
from digest.delivery.letter_order import order_for_delivery
from digest.models import Delivery, Edition
from digest.picking import deadlines, planner, shown_papers
from digest.picking.letter_days import find_current_day
from subscriptions import selectors

State = Delivery.State
ROWS_PER_QUERY = 1000
# Why a failed letter is left as it is, although its reader may get letters.
REFUSED_BY_RECIPIENT = "refused_by_recipient"
NOT_KEPT = "not_kept"
TOLD_LATER = "told_later"


@dataclass(frozen=True, slots=True)
class RetriedLetters:
    # Letters that wait again.
    again: int
    # Letters that stay as they are, by the reason: their readers may get none, or it would not help.
    left: Counter[str]


@dataclass(frozen=True, slots=True)
class UncertainLetter:
    """An uncertain letter, as one looks for it in a log."""

    message_id: str
    # Empty where the reader was deleted since.
    address: str
    at: datetime | None
    reason: str
    delivery_id: int


@dataclass(frozen=True, slots=True)
class SettledLetters:
    settled: int
    # Message-IDs that no uncertain letter of the edition has.
    unknown: list[str]


class NotPaused(Exception):
    """The edition's letters go out, and could reach somebody before it is said that they were served."""


class NotBuilt(Exception):
    """The edition has no papers yet, and nobody can be planned."""


@dataclass(frozen=True, slots=True)
class ServedReaders:
    """What became of a list of readers who were served, as the mail server's log tells."""

    # Their letters count as accepted now.
    settled: int
    # Theirs did before.
    already: int
    # Addresses that nobody has here.
    unknown: list[str]


def retry_letters(
    edition: Edition, state: str, now: datetime, *, really: bool, also_hopeless: bool = False
) -> RetriedLetters:
    """Let the *failed* or *uncertain* letters wait again, with a new delivery window, except for excluded readers.

    Of the failed ones only those that a new attempt helps (`pause.find_retriable`), unless *also_hopeless*: a full or
    unknown mailbox would refuse them again. None whose papers a later letter chose from. Without *really* only count.
    """
    again, left = 0, Counter[str]()
    for ids in _pages(edition, state):
        left_out = selectors.find_exclusions(list(ids.values()), find_current_day(edition, now))
        reasons = {key: left_out[reader] for key, reader in ids.items() if reader in left_out}
        if state == State.FAILED:
            told = Delivery.objects.filter(pause.is_told_later(edition), id__in=list(ids))
            reasons = dict.fromkeys(told.values_list("id", flat=True), TOLD_LATER) | reasons
        if state == State.FAILED and not also_hopeless:
            helped = set(pause.find_retriable(edition).filter(id__in=list(ids)).values_list("id", flat=True))
            reasons = {key: REFUSED_BY_RECIPIENT for key in ids if key not in helped} | reasons
        if state == State.FAILED and deadlines.is_over(edition):
            reasons = dict.fromkeys(ids, NOT_KEPT)
        left.update(reasons.values())
        retried = [key for key in ids if key not in reasons]
        again += _requeue(edition, retried, state, now) if really else len(retried)
    if really and again:
        edition.reopen_books()
    return RetriedLetters(again, left)


def retry_letter(letter: Delivery, now: datetime) -> str:
    """Let one failed letter wait again, with a new delivery window. Return why it cannot; empty once it waits."""
    edition = letter.edition
    if letter.state != State.FAILED or letter.subscriber_id is None:
        return str(letter.state)
    if deadlines.is_over(edition):
        return NOT_KEPT
    if Delivery.objects.filter(pause.is_told_later(edition), id=letter.pk).exists():
        return TOLD_LATER
    excluded = selectors.find_exclusions([letter.subscriber_id], find_current_day(edition, now))
    if reason := excluded.get(letter.subscriber_id, ""):
        return reason
    if _requeue(edition, [letter.pk], State.FAILED, now):
        edition.reopen_books()
    return ""


def find_uncertain(edition: Edition) -> Iterator[UncertainLetter]:
    """Yield the uncertain letters of *edition*, first planned first."""
    for ids in _pages(edition, State.UNCERTAIN):
        readers = selectors.get_readers(list(ids.values()))
        for row in Delivery.objects.filter(id__in=list(ids), state=State.UNCERTAIN).order_by("id"):
            reader = readers.get(row.subscriber_id or 0)
            yield UncertainLetter(
                order_for_delivery(row).message_id, reader.email if reader else "", row.finished_at, row.reason, row.id
            )


def settle_uncertain(edition: Edition, message_ids: Iterable[str], *, taken: bool, now: datetime) -> SettledLetters:
    """Mark uncertain letters as accepted or failed, as the mail server's log tells. A failed one can be retried."""
    given = {_bare(message_id): message_id for message_id in message_ids}
    letters = ((_bare(letter.message_id), letter.delivery_id) for letter in find_uncertain(edition))
    delivery_ids = {key: delivery_id for key, delivery_id in letters if key in given}
    settled = _settle(edition, list(delivery_ids.values()), taken, now)
    return SettledLetters(settled, [message_id for key, message_id in given.items() if key not in delivery_ids])


@transaction.atomic
def _settle(edition: Edition, ids: Sequence[int], taken: bool, now: datetime) -> int:
    state, reason = (State.ACCEPTED, "") if taken else (State.FAILED, _("The mail server's log does not have it."))
    rows = Delivery.objects.filter(state=State.UNCERTAIN)
    pages = (ids[start : start + ROWS_PER_QUERY] for start in range(0, len(ids), ROWS_PER_QUERY))
    settled = sum(rows.filter(id__in=page).update(state=state, reason=reason, finished_at=now) for page in pages)
    if settled and not taken:
        shown_papers.mark_changed(Edition.objects.filter(id=edition.id))
    return settled


def settle_served(edition: Edition, addresses: Iterable[str], now: datetime) -> ServedReaders:
    """Mark the letters of these readers as accepted, whatever their rows say: the mail server's log has them as taken.

    Readers whose hour came are planned first, so that a row says what their letter showed. Whoever has none even then
    gets one that shows nothing. Raises NotPaused, NotBuilt.
    """
    if pause.find_pause_reason(edition.id) is None:
        raise NotPaused
    if edition.frozen_at is None:
        raise NotBuilt
    planner.plan_due(edition, now)
    readers = selectors.find_ids_by_address(addresses)
    served = list(dict.fromkeys(key for key in readers.values() if key is not None))
    pages = (served[start : start + ROWS_PER_QUERY] for start in range(0, len(served), ROWS_PER_QUERY))
    with transaction.atomic():
        # Whoever plans or resumes waits: no row appears beside these, and no letter leaves before all are settled.
        if not Edition.objects.select_for_update().get(id=edition.id).paused:
            raise NotPaused
        settled = sum(_settle_served(edition, page, now) for page in pages)
    return ServedReaders(settled, len(served) - settled, [text for text, key in readers.items() if key is None])


def _settle_served(edition: Edition, readers: Sequence[int], now: datetime) -> int:
    """Mark the letters of some readers as accepted, and give a row to whoever has none.

    Return how many were not accepted before.
    """
    reason = _("The mail server's log has it.")
    taken: dict[str, Any] = {"state": State.ACCEPTED, "reason": reason, "finished_at": now}
    rows = Delivery.objects.filter(edition=edition, subscriber__in=readers)
    settled = rows.exclude(state=State.ACCEPTED).update(**taken)
    planned = set(rows.values_list("subscriber_id", flat=True))
    found = selectors.get_readers([key for key in readers if key not in planned]).values()
    without = [
        Delivery(
            edition=edition,
            subscriber_id=reader.id,
            language=reader.language,
            detail=reader.detail,
            created_at=now,
            **taken,
        )
        for reader in found
    ]
    Delivery.objects.bulk_create(without)
    if settled or without:
        shown_papers.mark_changed(Edition.objects.filter(id=edition.id))
    return settled + len(without)


def _pages(edition: Edition, state: str) -> Iterator[dict[int, int]]:
    """Yield reader ids by delivery id, some at a time and in order; 0 stands for a deleted reader."""
    after = 0
    rows = Delivery.objects.filter(edition=edition, state=state).order_by("id")
    while page := list(rows.filter(id__gt=after).values_list("id", "subscriber_id")[:ROWS_PER_QUERY]):
        yield {key: reader or 0 for key, reader in page}
        after = page[-1][0]


@transaction.atomic
def _requeue(edition: Edition, ids: Sequence[int], state: str, now: datetime) -> int:
    shown_papers.mark_changed(Edition.objects.filter(id=edition.id))
    return Delivery.objects.filter(id__in=ids, state=state).update(
        state=State.PENDING,
        reason="",
        worker="",
        attempts=0,
        not_before=None,
        not_after=deadlines.not_after(now),
        finished_at=None,
    )


def _bare(message_id: str) -> str:
    return message_id.strip().strip("<>")
