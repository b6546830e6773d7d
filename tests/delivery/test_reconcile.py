"""The books: everybody who was due is accounted for, or the report says what is off."""

from datetime import timedelta

import pytest

from digest.delivery import reconcile
from digest.models import Delivery, Edition
from subscriptions.models import Subscriber
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


def finished(edition: Edition) -> None:
    """Five readers: two accepted, one of each other ending."""
    endings = [("accepted", ""), ("accepted", ""), ("excluded", "paused"), ("failed", "550 no"), ("uncertain", "lost")]
    for row, (state, reason) in zip(planned(edition, crowd(5)), endings, strict=True):
        Delivery.objects.filter(id=row.id).update(state=state, reason=reason)


def test_due_is_accepted_plus_excluded_plus_failed_plus_uncertain(edition: Edition) -> None:
    finished(edition)
    book = reconcile.books(edition, NOW)
    assert (book.due, book.accepted, book.uncertain, book.waiting) == (5, 2, 1, 0)
    assert (dict(book.excluded), dict(book.failed)) == ({"paused": 1}, {"550 no": 1})
    assert (book.balanced, book.complaints) == (True, ())


@pytest.mark.parametrize("state", ["pending", "claimed", "submitting"])
def test_a_letter_that_still_waits_is_off(edition: Edition, state: str) -> None:
    finished(edition)
    Delivery.objects.filter(subscriber=1).update(state=state)
    book = reconcile.books(edition, NOW)
    assert not book.balanced
    assert book.complaints == ("1 letter still waits to be sent.",)


def test_the_reason_of_a_pause_is_said(edition: Edition) -> None:
    planned(edition, crowd(2))
    Edition.objects.update(paused=True, pause_reason="20 letters in a row could not be sent.")
    (complaint,) = reconcile.books(edition, NOW).complaints
    assert complaint == (
        "2 letters still wait to be sent. The edition is paused: 20 letters in a row could not be sent."
    )


def test_a_reader_who_is_due_and_was_forgotten_is_off(edition: Edition) -> None:
    finished(edition)
    crowd(1, first=9)
    book = reconcile.books(edition, NOW)
    assert (book.due, book.unplanned, book.balanced) == (6, 1, False)
    assert book.complaints == ("1 reader is due and has no letter planned.",)


def test_a_reader_whose_hour_is_still_to_come_is_not_off_but_keeps_the_edition_open(edition: Edition) -> None:
    finished(edition)
    crowd(1, first=9)
    Subscriber.objects.filter(id=9).update(hour=20)
    book = reconcile.books(edition, NOW)
    assert (book.due, book.unplanned, book.balanced) == (5, 1, True)
    assert not reconcile.close(edition, book)
    assert reconcile.books(edition, NOW + timedelta(hours=12)).complaints


def test_an_edition_whose_books_are_complete_is_closed(edition: Edition) -> None:
    finished(edition)
    assert reconcile.close(edition, reconcile.books(edition, NOW))
    edition.refresh_from_db()
    assert edition.state == "closed"
    assert edition.closed_at is not None


def test_an_edition_with_waiting_letters_stays_open(edition: Edition) -> None:
    planned(edition, crowd(1))
    assert not reconcile.close(edition, reconcile.books(edition, NOW))


def test_a_day_without_papers_owes_nobody_a_letter() -> None:
    crowd(2)
    quiet = Edition.objects.create(day=NOW.date())
    book = reconcile.books(quiet, NOW)
    assert (book.due, book.balanced, reconcile.close(quiet, book)) == (0, True, False)
