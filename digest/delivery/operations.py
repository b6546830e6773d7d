"""What an operator decides about letters that the machine could not bring to a good end.

Failed letters can be tried again once the cause is mended. Of an uncertain one only the mail server knows whether it
was taken: its log has the Message-ID. Every step is a conditional update: twice, or while a drain works, it acts once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from digest.delivery.letter_order import order_for_delivery
from digest.models import Delivery, Edition
from digest.picking import deadlines
from subscriptions import selectors

State = Delivery.State
ROWS_PER_QUERY = 1000


@dataclass(frozen=True, slots=True)
class RetriedLetters:
    # Letters that wait once more.
    again: int
    # Why others stay as they are: what keeps their readers from any letter.
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


def retry_letters(edition: Edition, state: str, now: datetime, *, really: bool) -> RetriedLetters:
    """Lets the *failed* or *uncertain* letters wait again, with a new window, but for readers who may get none.

    An address that its own server does not know was suppressed, and is among those. Without *really* it only counts.
    """
    again, left = 0, Counter[str]()
    for ids in _pages(edition, state):
        exclusions = selectors.find_exclusions(list(ids.values()), edition.day)
        left.update(exclusions.get(reader, "") for reader in ids.values() if reader in exclusions)
        wanted = [key for key, reader in ids.items() if reader not in exclusions]
        again += _wait_again(wanted, state, now) if really else len(wanted)
    if really and again:
        Edition.objects.filter(id=edition.id, state="closed").update(state="frozen", closed_at=None)
    return RetriedLetters(again, left)


def find_uncertain(edition: Edition) -> Iterator[UncertainLetter]:
    """The uncertain letters of *edition*, first planned first."""
    for ids in _pages(edition, State.UNCERTAIN):
        readers = selectors.get_readers(list(ids.values()))
        for row in Delivery.objects.filter(id__in=list(ids), state=State.UNCERTAIN).order_by("id"):
            reader = readers.get(row.subscriber_id or 0)
            yield UncertainLetter(
                order_for_delivery(row).message_id, reader.email if reader else "", row.finished_at, row.reason, row.id
            )


def settle_uncertain(edition: Edition, message_ids: Iterable[str], *, taken: bool, now: datetime) -> SettledLetters:
    """Writes down what the mail server's log says of uncertain letters. One that was not taken can be tried again."""
    wanted = {_bare(each): each for each in message_ids}
    found = {key: doubt.delivery_id for doubt in find_uncertain(edition) if (key := _bare(doubt.message_id)) in wanted}
    settled = _write_down(list(found.values()), taken, now)
    return SettledLetters(settled, [given for key, given in wanted.items() if key not in found])


def _write_down(ids: Sequence[int], taken: bool, now: datetime) -> int:
    state, reason = (State.ACCEPTED, "") if taken else (State.FAILED, _("The mail server's log does not have it."))
    rows = Delivery.objects.filter(state=State.UNCERTAIN)
    portions = (ids[start : start + ROWS_PER_QUERY] for start in range(0, len(ids), ROWS_PER_QUERY))
    return sum(rows.filter(id__in=some).update(state=state, reason=reason, finished_at=now) for some in portions)


def _pages(edition: Edition, state: str) -> Iterator[dict[int, int]]:
    """Delivery id → reader's, in order; 0 for one who was deleted."""
    after = 0
    rows = Delivery.objects.filter(edition=edition, state=state).order_by("id")
    while page := list(rows.filter(id__gt=after).values_list("id", "subscriber_id")[:ROWS_PER_QUERY]):
        yield {key: reader or 0 for key, reader in page}
        after = page[-1][0]


def _wait_again(ids: Sequence[int], state: str, now: datetime) -> int:
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
