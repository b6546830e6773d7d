"""The books: everybody who was due is accounted for, or the report says what is off."""

from datetime import timedelta

import pytest

from digest.domain import Outlook
from digest.models import Delivery, Edition
from digest.reconciliation import books
from subscriptions.email.mail_answers import Fault
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


def test_due_is_the_sum_of_the_final_states(edition: Edition) -> None:
    finished(edition)
    book = books.read_books(edition, NOW)
    assert (book.due, book.accepted, book.uncertain, book.waiting) == (5, 2, 1, 0)
    assert (dict(book.excluded), dict(book.failed)) == ({"paused": 1}, {"550 no": 1})
    assert (book.balanced, book.complaints) == (True, ())


def explained(edition: Edition) -> list[tuple[str, int, str, str]]:
    lines = books.read_books(edition, NOW).lines
    return [(line.state, line.count, line.words, line.todo.partition("manage.py ")[2]) for line in lines]


def test_every_line_says_why_and_what_to_do(edition: Edition) -> None:
    finished(edition)
    planned(edition, crowd(1, first=6), state="excluded", reason="too_late")
    planned(edition, crowd(1, first=7), state="claimed", reason="450 4.2.0 Later")
    planned(edition, crowd(1, first=8))
    crowd(2, first=9)
    Subscriber.objects.filter(id=10).update(hour=20)
    assert explained(edition) == [
        ("accepted", 2, "the mail server or provider has taken it", ""),
        ("excluded", 1, "they asked for a pause", ""),
        ("excluded", 1, "it would have come too late after their hour", "send_letters --date 2026-01-23"),
        ("failed", 1, "550 no", "retry_letters --date 2026-01-23 --yes"),
        ("to_come", 1, "their hour is still to come", ""),
        ("uncertain", 1, "lost", "settle_letters --date 2026-01-23"),
        ("unplanned", 1, "due, and no letter is planned", "send_letters --date 2026-01-23"),
        ("waiting", 1, "not tried yet", "send_letters --date 2026-01-23"),
        ("waiting", 1, "450 4.2.0 Later", "send_letters --date 2026-01-23"),
    ]


def test_a_paused_edition_suggests_to_resume_it_first(edition: Edition) -> None:
    planned(edition, crowd(1))
    Edition.objects.update(paused=True, pause_reason="Wait.")
    assert explained(edition) == [("waiting", 1, "not tried yet", "resume_edition --date 2026-01-23")]


def test_only_what_was_refused_for_our_reasons_is_to_be_tried_again(edition: Edition) -> None:
    planned(edition, crowd(1), state="failed", reason="550 5.7.1 SPF", fault=Fault.SENDER)
    planned(edition, crowd(1, first=2), state="failed", reason="550 No", fault=Fault.SENDER)
    planned(edition, crowd(1, first=3), state="failed", reason="550 No", fault=Fault.GONE)
    planned(edition, crowd(1, first=4), state="failed", reason="552 Full", fault=Fault.RECIPIENT)
    retry = "retry_letters --date 2026-01-23 --yes"
    assert explained(edition) == [
        ("failed", 1, "550 5.7.1 SPF", retry),
        ("failed", 1, "550 No", retry),
        ("failed", 1, "550 No", ""),
        ("failed", 1, "552 Full", ""),
    ]
    assert books.read_books(edition, NOW).notes == (
        "2 letters failed at readers who cannot be reached: to try them again would not help.",
    )


def test_a_letter_of_somebody_who_has_left_is_not_to_be_tried_again(edition: Edition) -> None:
    planned(edition, crowd(1), state="failed", reason="554 5.7.1 Spam", fault=Fault.CONTENT)
    Subscriber.objects.update(status="unsubscribed")
    assert explained(edition) == [("failed", 1, "554 5.7.1 Spam", "")]


def test_an_old_edition_is_left_to_the_operator(edition: Edition) -> None:
    planned(edition, crowd(1))
    assert books.read_books(edition, NOW).is_passing
    (line,) = books.read_books(edition, NOW + timedelta(days=15)).lines
    assert (line.outlook, books.read_books(edition, NOW + timedelta(days=15)).is_passing) == (Outlook.ACT, False)
    assert line.todo.startswith("The scheduler leaves so old an edition alone.")


def test_a_pause_before_the_hour_of_readers_is_told(edition: Edition) -> None:
    crowd(1)
    Subscriber.objects.update(hour=20)
    Edition.objects.update(paused=True, pause_reason="Wait.")
    (complaint,) = books.read_books(edition, NOW).complaints
    assert complaint.startswith("The edition is paused: Wait.")


def test_the_rarest_reasons_of_a_state_share_a_line(edition: Edition) -> None:
    for row in planned(edition, crowd(25), state="failed"):
        Delivery.objects.filter(id=row.id).update(reason=f"550 {row.id}")
    lines = books.read_books(edition, NOW).lines
    assert (len(lines), sum(line.count for line in lines)) == (21, 25)
    assert [line.count for line in lines if line.words == "for other reasons"] == [5]


@pytest.mark.parametrize("state", ["pending", "claimed", "submitting"])
def test_a_letter_that_still_waits_is_off(edition: Edition, state: str) -> None:
    finished(edition)
    Delivery.objects.filter(subscriber=1).update(state=state)
    book = books.read_books(edition, NOW)
    assert not book.balanced
    assert book.complaints == ("1 letter still waits to be sent.",)


def test_the_reason_of_a_pause_is_said(edition: Edition) -> None:
    planned(edition, crowd(2))
    Edition.objects.update(paused=True, pause_reason="20 letters in a row could not be sent.")
    assert books.read_books(edition, NOW).complaints == (
        "2 letters still wait to be sent.",
        "The edition is paused: 20 letters in a row could not be sent."
        " Go on with: python manage.py resume_edition --date 2026-01-23",
    )


def test_a_reader_who_is_due_and_was_forgotten_is_off(edition: Edition) -> None:
    finished(edition)
    crowd(1, first=9)
    book = books.read_books(edition, NOW)
    assert (book.due, book.unplanned, book.balanced) == (6, 1, False)
    assert book.complaints == ("1 reader is due and has no letter planned.",)


def test_a_reader_whose_hour_is_to_come_keeps_an_edition_open(edition: Edition) -> None:
    finished(edition)
    crowd(1, first=9)
    Subscriber.objects.filter(id=9).update(hour=20)
    book = books.read_books(edition, NOW)
    assert (book.due, book.unplanned, book.balanced) == (5, 1, True)
    assert not books.close_edition(edition, book)
    assert books.read_books(edition, NOW + timedelta(hours=12)).complaints


def test_an_edition_whose_books_are_complete_is_closed(edition: Edition) -> None:
    finished(edition)
    assert books.close_edition(edition, books.read_books(edition, NOW))
    edition.refresh_from_db()
    assert edition.state == "closed"
    assert edition.closed_at is not None


def test_an_edition_with_waiting_letters_stays_open(edition: Edition) -> None:
    planned(edition, crowd(1))
    assert not books.close_edition(edition, books.read_books(edition, NOW))


def test_a_day_without_papers_owes_nobody_a_letter() -> None:
    crowd(2)
    quiet = Edition.objects.create(day=NOW.date())
    book = books.read_books(quiet, NOW)
    assert (book.due, book.balanced, books.close_edition(quiet, book)) == (0, True, False)
