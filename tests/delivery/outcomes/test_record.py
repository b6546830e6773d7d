"""What is written of a letter that was not accepted: deferred, failed, uncertain, or nothing at all."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from digest.delivery.outcomes.classify import Outcome, OutcomeKind
from digest.delivery.outcomes.record import record_outcome
from digest.delivery.outcomes.retry import MAX_ATTEMPTS, RETRY_DELAYS
from digest.models import Delivery
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned

pytestmark = pytest.mark.django_db

NO_WINDOW = timedelta(0)
LONG_WINDOW = timedelta(hours=23)
FIRST_DELAY = RETRY_DELAYS[0]
A_MINUTE_AGO = NOW - timedelta(minutes=1)


def submitting(**changes: object) -> Delivery:
    [row] = planned(frozen_edition(), crowd(1), state="submitting", worker="me", **changes)
    return row


def record(row: Delivery, kind: OutcomeKind, *, idempotent: bool = False, window: timedelta = NO_WINDOW) -> Delivery:
    """Record an outcome, and return the row as it is then."""
    written = record_outcome(row, Outcome(kind, "451 Later"), "me", NOW, idempotent=idempotent, window=window)
    row.refresh_from_db()
    assert row.state == {"deferred": "pending", "waiting": "pending"}.get(written, written)
    return row


@pytest.mark.parametrize("doubted_at", [None, A_MINUTE_AGO])
def test_a_server_that_is_down_costs_no_attempt(doubted_at: datetime | None) -> None:
    row = record(submitting(doubted_at=doubted_at, attempts=2), "down")
    assert (row.state, row.attempts, row.not_before, row.doubted_at) == ("pending", 2, None, doubted_at)


@pytest.mark.parametrize("kind", ["deferred", "closed"])
def test_a_letter_put_off_waits_for_its_next_attempt(kind: OutcomeKind) -> None:
    row = record(submitting(), kind)
    assert (row.state, row.attempts, row.not_before, row.reason) == ("pending", 1, NOW + FIRST_DELAY, "451 Later")
    assert row.doubted_at is None


@pytest.mark.parametrize("kind", ["deferred", "closed"])
def test_a_letter_put_off_past_its_deadline_fails(kind: OutcomeKind) -> None:
    row = record(submitting(not_after=NOW + FIRST_DELAY), kind)
    assert (row.state, row.reason) == ("failed", "Not taken in time: 451 Later")


@pytest.mark.parametrize(("doubted_at", "state"), [(None, "failed"), (A_MINUTE_AGO, "uncertain")])
def test_a_refused_letter_fails_unless_it_may_have_left(doubted_at: datetime | None, state: str) -> None:
    assert record(submitting(doubted_at=doubted_at), "failed", window=LONG_WINDOW).state == state


def test_a_lost_answer_leaves_the_letter_uncertain() -> None:
    row = record(submitting(), "uncertain")
    assert (row.state, row.attempts) == ("uncertain", 1)


def test_a_lost_answer_is_repeated_where_that_is_harmless() -> None:
    row = record(submitting(attempts=MAX_ATTEMPTS), "uncertain", idempotent=True)
    assert (row.state, row.doubted_at) == ("pending", None)


@pytest.mark.parametrize(("attempts", "state"), [(MAX_ATTEMPTS - 2, "pending"), (MAX_ATTEMPTS - 1, "uncertain")])
def test_the_operator_may_allow_a_few_repetitions(attempts: int, state: str, settings: Settings) -> None:
    settings.UNCERTAIN_LETTERS = "retry"
    assert record(submitting(attempts=attempts), "uncertain").state == state


@pytest.mark.parametrize("idempotent", [True, False])
def test_a_lost_answer_is_not_repeated_past_the_deadline(idempotent: bool, settings: Settings) -> None:
    settings.UNCERTAIN_LETTERS = "retry"
    assert record(submitting(not_after=NOW + FIRST_DELAY), "uncertain", idempotent=idempotent).state == "uncertain"


@pytest.mark.parametrize("kind", ["deferred", "closed", "uncertain"])
@pytest.mark.parametrize("since", [A_MINUTE_AGO, NOW - timedelta(hours=1)])
def test_a_doubted_letter_is_repeated_within_the_window(kind: OutcomeKind, since: datetime) -> None:
    row = record(submitting(doubted_at=since), kind, window=LONG_WINDOW)
    assert (row.state, row.not_before, row.doubted_at) == ("pending", NOW + FIRST_DELAY, since)


@pytest.mark.parametrize(("spare", "state"), [(timedelta(0), "uncertain"), (timedelta(seconds=1), "pending")])
@pytest.mark.parametrize("kind", ["deferred", "closed", "uncertain"])
def test_the_next_attempt_must_lie_within_the_window(kind: OutcomeKind, spare: timedelta, state: str) -> None:
    window = NOW - A_MINUTE_AGO + FIRST_DELAY + spare
    assert record(submitting(doubted_at=A_MINUTE_AGO), kind, window=window).state == state


def test_a_first_doubt_begins_with_the_lost_answer() -> None:
    assert record(submitting(), "uncertain", window=LONG_WINDOW).doubted_at == NOW


@pytest.mark.parametrize("kind", ["deferred", "closed", "uncertain"])
def test_a_doubted_letter_is_not_repeated_past_the_deadline(kind: OutcomeKind) -> None:
    row = submitting(doubted_at=A_MINUTE_AGO, not_after=NOW + FIRST_DELAY)
    assert record(row, kind, window=LONG_WINDOW).state == "uncertain"


@pytest.mark.parametrize("kind", ["deferred", "closed"])
def test_a_doubted_letter_put_off_without_window_is_uncertain(kind: OutcomeKind) -> None:
    assert record(submitting(doubted_at=A_MINUTE_AGO), kind).state == "uncertain"
