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


def refused_at(breaker: CircuitBreaker, *domains: str) -> CircuitBreaker:
    for domain in domains:
        breaker.note("failed", domain=domain)
    return breaker


def test_one_domain_s_refusals_hold_that_domain() -> None:
    breaker = refused_at(CircuitBreaker(), *["uni.example"] * 20)
    assert (breaker.reason_to_pause(), breaker.find_domains_to_hold()) == ("", {"uni.example"})
    breaker.hold({"uni.example"})
    refused_at(breaker, *["uni.example"] * 50)
    assert (breaker.reason_to_pause(), breaker.find_domains_to_hold(), breaker.failed) == ("", set(), 0)


def test_refusals_at_three_domains_pause_the_edition() -> None:
    two = refused_at(CircuitBreaker(), *["a.example", "b.example"] * 10)
    assert (two.reason_to_pause(), two.find_domains_to_hold()) == ("", {"a.example", "b.example"})
    three = refused_at(CircuitBreaker(), "c.example", *["a.example"] * 10, *["b.example"] * 9)
    assert "20 letters in a row" in three.reason_to_pause()


def test_refusals_among_accepted_letters_hold_their_domain() -> None:
    breaker = CircuitBreaker()
    for _ in range(20):
        breaker.note("accepted", 5, domain="else.example")
        breaker.note("failed", domain="uni.example")
    assert (breaker.reason_to_pause(), breaker.find_domains_to_hold()) == ("", {"uni.example"})


def test_a_domain_with_most_of_the_failures_is_held_first() -> None:
    breaker = breaker_after(("accepted", 90))
    refused_at(breaker, "a.example", "b.example", *["uni.example"] * 8)
    assert (breaker.reason_to_pause(), breaker.find_domains_to_hold()) == ("", {"uni.example"})
