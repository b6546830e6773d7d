"""A letter that was held up too long is skipped, and the books say so; an operator may send it all the same."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from digest.delivery import overdue
from digest.models import Delivery, Edition
from digest.picking import deadlines
from digest.picking.deadlines import TOO_LATE
from digest.reconciliation import counts
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned, states

pytestmark = pytest.mark.django_db

WINDOW = timedelta(hours=18)
IN_TIME = NOW + WINDOW - timedelta(seconds=1)


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


def test_late_letters_are_excluded_or_have_failed_if_tried(edition: Edition) -> None:
    first, second, third, _fourth = planned(edition, crowd(4))
    Delivery.objects.filter(id=second.id).update(attempts=3, reason="450 4.2.0 Later", not_before=NOW)
    Delivery.objects.filter(id=third.id).update(state="accepted")
    assert not overdue.has_overdue(edition, IN_TIME)
    assert overdue.end_overdue(edition, IN_TIME) == 0
    assert overdue.has_overdue(edition, NOW + WINDOW)
    assert overdue.end_overdue(edition, NOW + WINDOW) == 3
    assert counts.count_by_state(edition) == {
        ("excluded", TOO_LATE): 2,
        ("failed", "Not taken in time: 450 4.2.0 Later"): 1,
        ("accepted", ""): 1,
    }
    first.refresh_from_db()
    assert first.finished_at == NOW + WINDOW
    assert overdue.end_overdue(edition, NOW + WINDOW) == 0


@pytest.mark.parametrize("state", ["claimed", "submitting"])
def test_a_letter_that_is_in_hand_is_left_to_its_worker(edition: Edition, state: str) -> None:
    planned(edition, crowd(1), state=state)
    assert overdue.end_overdue(edition, NOW + 2 * WINDOW) == 0


def test_a_clock_that_was_set_back_skips_nothing_that_is_in_time(edition: Edition) -> None:
    planned(edition, crowd(1))
    assert overdue.end_overdue(edition, NOW - timedelta(hours=1)) == 0
    assert not overdue.has_overdue(edition, NOW - timedelta(hours=1))
    assert states(edition) == {"pending": 1}


def test_most_minutes_ask_nothing(edition: Edition, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert not overdue.has_overdue(edition, IN_TIME)


def test_the_window_is_the_operators(settings: Settings) -> None:
    settings.DELIVERY_WINDOW = timedelta(hours=2)
    assert deadlines.not_after(NOW) == NOW + timedelta(hours=2)
    assert deadlines.oldest_frozen_at(NOW) == NOW - timedelta(hours=27)


def test_sending_by_command_gives_late_letters_a_new_window(edition: Edition) -> None:
    waiting, tried, skipped, unplanned, done = planned(edition, crowd(5))
    Delivery.objects.filter(id=tried.id).update(state="failed", reason="550 no")
    Delivery.objects.filter(id=skipped.id).update(state="excluded", reason=TOO_LATE, finished_at=NOW)
    Delivery.objects.filter(id=unplanned.id).update(state="excluded", reason=TOO_LATE, picks=[])
    Delivery.objects.filter(id=done.id).update(state="excluded", reason="no_match", picks=[])
    later = NOW + timedelta(days=2)
    assert overdue.renew_deadlines(edition, later) == 2
    rows = Delivery.objects.filter(id__in=[waiting.id, skipped.id])
    assert set(rows.values_list("state", "reason", "finished_at", "not_after")) == {
        ("pending", "", None, later + WINDOW)
    }
    assert states(edition) == {"pending": 2, "failed": 1, "excluded": 1}
    assert not Delivery.objects.filter(id=unplanned.id).exists(), "they are planned anew"


def test_a_skipped_letter_whose_papers_a_later_one_chose_from_stays_skipped(edition: Edition) -> None:
    readers, later = crowd(1), frozen_edition(edition.day + timedelta(days=1))
    planned(edition, readers, state="excluded", reason=TOO_LATE)
    planned(later, readers, state="accepted", covers_from=edition.day)
    assert overdue.renew_deadlines(edition, NOW + timedelta(days=2)) == 0
    assert states(edition) == {"excluded": 1}


def test_letters_in_time_keep_their_window(edition: Edition) -> None:
    [row] = planned(edition, crowd(1))
    assert overdue.renew_deadlines(edition, IN_TIME) == 0
    row.refresh_from_db()
    assert row.not_after == NOW + WINDOW
