"""Words, flags and dates that show whether somebody wants letters."""

import string

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.importing.moments import is_no_moment
from subscriptions.importing.standing import (
    ACTIVE,
    ACTIVE_WORDS,
    BLOCKED,
    BOUNCED,
    COMPLAINED,
    NOT_SUBSCRIBED,
    PENDING,
    UNSUBSCRIBED,
    Shown,
    is_telling,
    read_confirmed,
    read_end,
    read_status,
    read_subscribed,
    worst,
)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("active Enabled SUBSCRIBED confirmed", ACTIVE),
        ("pending unconfirmed unactivated", PENDING),
        ("unsubscribed Opted-Out opt_out disabled removed inactive archived deleted cancelled", UNSUBSCRIBED),
        ("non-subscribed transactional", NOT_SUBSCRIBED),
        ("cleaned bounced Hard-Bounce unreachable undeliverable", BOUNCED),
        ("complained junk spam marked_as_spam", COMPLAINED),
        ("blocklisted blacklisted blocked banned suppressed", BLOCKED),
    ],
)
def test_statuses_of_services_are_known(words: str, shown: Shown) -> None:
    assert {read_status(word, {}) for word in words.split()} == {shown}


def test_of_several_statuses_the_worst_counts() -> None:
    assert read_status("confirmed, unsubscribed", {}) == UNSUBSCRIBED
    assert read_status("active|bounced", {}) == BOUNCED
    assert worst([ACTIVE, PENDING, NOT_SUBSCRIBED]) == NOT_SUBSCRIBED
    assert worst([BOUNCED, COMPLAINED, UNSUBSCRIBED]) == COMPLAINED
    assert worst([]) == ACTIVE


@pytest.mark.parametrize("word", ["boss", "gold, active", "", "—"])
def test_a_status_that_is_not_known_is_refused(word: str) -> None:
    with pytest.raises(ValidationError, match="is not one of: pending, active, unsubscribed, suppressed"):
        read_status(word, {})


@given(st.text(string.ascii_letters, min_size=9, max_size=12))
def test_whatever_is_in_an_opt_out_is_taken_for_one(word: str) -> None:
    """But words for no moment, such as "undefined", and those that say that somebody is active."""
    says_no = word.casefold() in ACTIVE_WORDS or is_no_moment(word.casefold())
    assert read_end(word, UNSUBSCRIBED) == (ACTIVE if says_no else UNSUBSCRIBED)


@pytest.mark.parametrize(
    "cell", ["", "false", "No", "0", "null", "N/A", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z", "never"]
)
def test_only_a_clear_no_is_no_opt_out(cell: str) -> None:
    assert read_end(cell, UNSUBSCRIBED) == ACTIVE
    assert read_end(False, UNSUBSCRIBED) == ACTIVE


@pytest.mark.parametrize("cell", ["true", "1", "yes", "2024-01-01", "1706745600", "maybe", "by mail", "3"])
def test_everything_else_is_an_opt_out(cell: str) -> None:
    assert read_end(cell, UNSUBSCRIBED) == UNSUBSCRIBED


def test_flags_of_subscriptions() -> None:
    assert [read_subscribed(cell, {}) for cell in ("true", "2021-03-04 05:06:07", "WAHR", True)] == [ACTIVE] * 4
    assert [read_subscribed(cell, {}) for cell in ("false", 0, "FAUX", "unsubscribed")] == [UNSUBSCRIBED] * 4
    assert read_subscribed("", {}) == read_subscribed("NULL", {}) == NOT_SUBSCRIBED
    assert [read_confirmed(cell, {}) for cell in ("", "false", "pending")] == [PENDING] * 3
    assert read_confirmed("2021-03-04", {}) == ACTIVE
    assert read_confirmed("bounced", {}) == BOUNCED
    with pytest.raises(ValidationError):
        read_subscribed("perhaps", {})


def test_words_that_tell_are_found_among_tags() -> None:
    assert is_telling('["vip", "unsubscribed"]')
    assert is_telling("math; Hard bounce")
    assert not is_telling("I was unsubscribed by mistake")
    assert not is_telling("spam filters, abuse detection, left")
