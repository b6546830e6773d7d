from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
import time_machine
from django.core.signing import TimestampSigner
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from subscriptions.links import tokens
from subscriptions.links.tokens import PURPOSES, BadToken, ExpiredToken, LetterPurpose, MailedPurpose, Purpose

letter_purposes = st.sampled_from(get_args(LetterPurpose))
mailed_purposes = st.sampled_from(get_args(MailedPurpose))
purposes = letter_purposes | mailed_purposes
subjects = st.integers(min_value=0, max_value=2**63 - 1)
epochs = st.integers(min_value=0, max_value=2**32 - 1)
moments = st.datetimes(datetime(1970, 1, 2), datetime(2105, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


@given(purposes, subjects, epochs, moments)
def test_a_token_says_what_was_put_into_it(purpose: Purpose, subject: int, epoch: int, issued: datetime) -> None:
    claim = tokens.read(purpose, tokens.make(purpose, subject, epoch, issued=issued), now=issued)
    assert (claim.subject, claim.epoch, claim.issued) == (subject, epoch, issued.replace(microsecond=0))


@given(purposes, subjects, epochs, moments)
def test_the_same_moment_gives_the_same_token(purpose: Purpose, subject: int, epoch: int, issued: datetime) -> None:
    assert tokens.make(purpose, subject, epoch, issued=issued) == tokens.make(purpose, subject, epoch, issued=issued)


@given(purposes, subjects, st.data())
def test_any_changed_character_is_refused(purpose: Purpose, subject: int, data: st.DataObject) -> None:
    token = tokens.make(purpose, subject, 3)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda character: character != token[place]))
    with pytest.raises(BadToken):
        tokens.read(purpose, token[:place] + other + token[place + 1 :])


@given(purposes, subjects, st.text(min_size=1, max_size=3))
def test_nothing_may_be_added_to_a_token(purpose: Purpose, subject: int, more: str) -> None:
    token = tokens.make(purpose, subject)
    for longer in (token + more, more + token):
        with pytest.raises(BadToken):
            tokens.read(purpose, longer)


@given(purposes, purposes, subjects)
def test_a_token_opens_only_what_it_was_made_for(made_for: Purpose, used_for: Purpose, subject: int) -> None:
    token = tokens.make(made_for, subject)
    if made_for == used_for:
        assert tokens.read(used_for, token).subject == subject
    else:
        with pytest.raises(BadToken):
            tokens.read(used_for, token)


@given(purposes, st.text() | st.text(alphabet="ABCabc123-_=", max_size=60))
def test_no_text_raises_anything_but_bad_token(purpose: Purpose, text: str) -> None:
    with pytest.raises(BadToken):
        tokens.read(purpose, text)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_every_token_has_its_own_age(purpose: Purpose) -> None:
    ages = {"confirm": 7, "address": 7, "restore": 7, "return": 7, "manage": 120, "letter": 120, "feedback": 120}
    hours = {"account": 1, "delete": 1, "undo": 1}
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False) as clock:
        token = tokens.make(purpose, 5)
        if purpose in ("unsubscribe", "feed"):
            clock.shift(timedelta(days=3650))
            assert tokens.read(purpose, token).subject == 5
            return
        clock.shift(timedelta(days=ages.get(purpose, 0), hours=hours.get(purpose, 0)))
        assert tokens.read(purpose, token).subject == 5
        clock.shift(timedelta(seconds=1))
        with pytest.raises(ExpiredToken):
            tokens.read(purpose, token)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_links_live_as_long_as_one_of_their_keys(settings: Settings, purpose: Purpose) -> None:
    first, token = settings.SECRET_KEY, tokens.make(purpose, 5)
    settings.SECRET_KEY = "another key"
    with pytest.raises(BadToken):
        tokens.read(purpose, token)
    settings.SECRET_KEY_FALLBACKS = ["a third key", first]
    assert tokens.read(purpose, token).subject == 5


@given(mailed_purposes)
def test_django_itself_signs_the_links_that_are_mailed(purpose: MailedPurpose) -> None:
    token = tokens.make(purpose, 5, 3)
    assert TimestampSigner(sep=".", salt=f"preprint-post link: {purpose}").unsign(token, max_age=60) == "5-3"


def test_a_token_is_short_and_needs_no_escaping_in_an_address() -> None:
    token = tokens.make("unsubscribe", 1_000_000, 7)
    assert len(token) <= 36
    assert token.replace("-", "").replace("_", "").isalnum()


@given(letter_purposes, subjects, epochs, moments)
def test_who_makes_many_makes_the_same_tokens(
    purpose: LetterPurpose, subject: int, epoch: int, issued: datetime
) -> None:
    body = tokens.pack_body(subject, epoch, int(issued.timestamp()))
    assert tokens.make_signer(purpose)(body).decode() == tokens.make(purpose, subject, epoch, issued=issued)


@given(subjects, subjects, epochs, epochs)
def test_no_two_claims_are_written_alike(one: int, other: int, epoch: int, later: int) -> None:
    same = tokens.pack_body(one, epoch, 5) == tokens.pack_body(other, later, 5)
    assert same == ((one, epoch) == (other, later))
