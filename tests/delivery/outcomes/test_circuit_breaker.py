"""When a drain pauses its edition, and when it only ends for now."""

import pytest

from digest.delivery.outcomes.circuit_breaker import (
    MAX_FAILED_SHARE,
    MAX_FAILURES_IN_A_ROW,
    MIN_LETTERS_FOR_SHARE,
    CircuitBreaker,
)

ALLOWED_FAILURES = int(MAX_FAILED_SHARE * MIN_LETTERS_FOR_SHARE)


def breaker_after(*outcomes: tuple[str, int]) -> CircuitBreaker:
    breaker = CircuitBreaker()
    for outcome, number in outcomes:
        breaker.note(outcome, number)
    return breaker


@pytest.mark.parametrize("outcome", ["failed", "uncertain"])
def test_a_row_of_failures_pauses_the_edition(outcome: str) -> None:
    assert breaker_after((outcome, MAX_FAILURES_IN_A_ROW - 1)).reason_to_pause() == ""
    assert "20 letters in a row" in breaker_after((outcome, MAX_FAILURES_IN_A_ROW)).reason_to_pause()


@pytest.mark.parametrize("between", ["accepted", "deferred"])
def test_one_other_answer_breaks_the_row_of_failures(between: str) -> None:
    half = MAX_FAILURES_IN_A_ROW // 2
    assert breaker_after(("failed", half), (between, 1), ("failed", half)).reason_to_pause() == ""


def test_a_row_of_deferred_letters_only_ends_the_drain() -> None:
    breaker = breaker_after(("deferred", MAX_FAILURES_IN_A_ROW))
    assert (breaker.reason_to_pause(), breaker.failed) == ("", 0)
    assert "20 times in a row" in breaker.reason_to_wait()


@pytest.mark.parametrize("outcomes", [[("deferred", 19)], [("deferred", 30), ("accepted", 1)]])
def test_no_full_row_of_deferred_letters_goes_on(outcomes: list[tuple[str, int]]) -> None:
    assert breaker_after(*outcomes).reason_to_wait() == ""


def test_more_than_the_allowed_share_pauses_the_edition() -> None:
    accepted = MIN_LETTERS_FOR_SHARE - ALLOWED_FAILURES
    assert breaker_after(("failed", ALLOWED_FAILURES), ("accepted", accepted)).reason_to_pause() == ""
    tripped = breaker_after(("failed", ALLOWED_FAILURES + 1), ("accepted", accepted - 1))
    assert tripped.reason_to_pause() == "6 of 100 letters could not be sent."


def test_the_share_says_nothing_of_few_letters() -> None:
    failures = ALLOWED_FAILURES + 1
    few = breaker_after(("failed", failures), ("accepted", MIN_LETTERS_FOR_SHARE - failures - 1))
    assert few.reason_to_pause() == ""


@pytest.mark.parametrize("outcome", ["failed", "deferred"])
def test_what_is_about_single_readers_counts_for_nothing(outcome: str) -> None:
    breaker = CircuitBreaker()
    breaker.note(outcome, 500, is_about_us=False)
    assert (breaker.reason_to_pause(), breaker.reason_to_wait()) == ("", "")
