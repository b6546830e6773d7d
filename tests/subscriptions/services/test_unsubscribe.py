"""Unsubscribing, taking it back, and the alternatives."""

from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from subscriptions.account_requests.drain import drain_outbox
from subscriptions.links import tokens
from subscriptions.links.lookup import departure_epoch
from subscriptions.links.tokens import BadToken, ExpiredToken
from subscriptions.models import Errand, Subscriber
from subscriptions.rate_limits import PER_READER
from subscriptions.services import deletion, end_links, suppression, unsubscribe
from subscriptions.services.unsubscribe import GOODBYE_DELAY, Alternative
from tests.people import ada, bao, chidi, subscribe
from tests.subscriptions.letters import token_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
Status = Subscriber.Status


def unsubscribe_token(person_id: int = ada.id) -> str:
    return tokens.make("unsubscribe", person_id)


def test_unsubscribing_twice_keeps_the_first_moment() -> None:
    subscribe(ada)
    unsubscribe.unsubscribe(unsubscribe_token(), now=NOON)
    unsubscribe.unsubscribe(unsubscribe_token(), now=NOON + timedelta(days=1))
    row = Subscriber.objects.get()
    assert (row.status, row.unsubscribed_at) == (Status.UNSUBSCRIBED, NOON)


def test_an_unsubscribe_link_is_valid_for_ever() -> None:
    with time_machine.travel(NOON, tick=False):
        token = unsubscribe_token()
    subscribe(ada, epoch=7)
    with time_machine.travel(NOON + timedelta(days=3650), tick=False):
        unsubscribe.unsubscribe(token)
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def leave(now: datetime = NOON) -> None:
    unsubscribe.unsubscribe(unsubscribe_token(), says_goodbye=True, now=now)


def test_who_presses_our_button_gets_one_goodbye_letter_a_little_later() -> None:
    subscribe(ada)
    leave()
    leave(NOON + timedelta(minutes=1))
    assert (drain_outbox(NOON), drain_outbox(NOON + GOODBYE_DELAY)) == (0, 1)
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == ([ada.email], "No more letters from Preprint Post")
    assert not Errand.objects.exists()


def test_who_leaves_comes_back_and_leaves_again_gets_one_goodbye_letter() -> None:
    subscribe(ada)
    _, undo_token = unsubscribe.unsubscribe(unsubscribe_token(), says_goodbye=True, now=NOON)
    unsubscribe.choose_alternative(unsubscribe_token(), "undo", undo_token=undo_token, now=NOON)
    assert not Errand.objects.exists()
    leave(NOON + timedelta(minutes=1))
    assert drain_outbox(NOON + timedelta(minutes=1) + GOODBYE_DELAY) == 1
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("alternative", ["undo", "weekly"])
def test_who_takes_it_back_on_the_page_gets_no_goodbye_letter(alternative: Alternative) -> None:
    subscribe(ada)
    _, undo_token = unsubscribe.unsubscribe(unsubscribe_token(), says_goodbye=True, now=NOON)
    with time_machine.travel(NOON, tick=False):
        unsubscribe.choose_alternative(unsubscribe_token(), alternative, undo_token=undo_token, now=NOON)
    drain_outbox(NOON + GOODBYE_DELAY)
    assert (mail.outbox, Errand.objects.count()) == ([], 0)


def test_nobody_else_gets_a_goodbye_letter() -> None:
    """Neither who leaves by their mail program, nor who never confirmed, nor whose address is suppressed."""
    subscribe(ada)
    unsubscribe.unsubscribe(unsubscribe_token(), now=NOON)
    subscribe(bao, status="pending")
    unsubscribe.unsubscribe(unsubscribe_token(bao.id), says_goodbye=True, now=NOON)
    subscribe(chidi)
    unsubscribe.unsubscribe(unsubscribe_token(chidi.id), says_goodbye=True, now=NOON)
    suppression.suppress(chidi.email, "complaint")
    drain_outbox(NOON + GOODBYE_DELAY)
    assert mail.outbox == []


def test_who_deletes_everything_gets_no_goodbye_letter() -> None:
    row = subscribe(ada)
    leave()
    deletion.delete_subscriber(row)
    drain_outbox(NOON + GOODBYE_DELAY)
    assert (mail.outbox, Errand.objects.count()) == ([], 0)


def test_a_stranger_with_a_forwarded_letter_cannot_fill_a_mailbox() -> None:
    subscribe(ada)
    for _again in range(20):
        _, undo_token = unsubscribe.unsubscribe(unsubscribe_token(), says_goodbye=True)
        drain_outbox(timezone.now() + GOODBYE_DELAY)
        unsubscribe.choose_alternative(unsubscribe_token(), "undo", undo_token=undo_token)
    assert len(mail.outbox) == PER_READER.letters


def test_the_goodbye_letter_brings_the_letters_back_once() -> None:
    row = subscribe(ada)
    leave()
    drain_outbox(NOON + GOODBYE_DELAY)
    token = token_in(mail.outbox[0])
    unsubscribe.come_back(token)
    row.refresh_from_db()
    assert (row.status, row.unsubscribed_at) == (Status.ACTIVE, None)
    leave(NOON + timedelta(hours=1))
    with pytest.raises(ExpiredToken):
        unsubscribe.come_back(token)
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def test_links_that_were_ended_bring_nobody_back() -> None:
    row = subscribe(ada)
    leave()
    row.refresh_from_db()
    token = tokens.make("return", row.id, departure_epoch(row))
    end_links.end_all_links(row)
    with pytest.raises(ExpiredToken):
        unsubscribe.come_back(token)


def test_unsubscribing_after_deletion_is_no_error() -> None:
    assert unsubscribe.unsubscribe(unsubscribe_token(99)) == (None, "")


@pytest.mark.parametrize(
    ("alternative", "changed"),
    [
        ("undo", {}),
        ("weekly", {"days": 1}),
        ("fewer", {"papers": 5}),
        ("pause", {"paused_until": date(2026, 2, 20)}),
    ],
)
def test_an_alternative_changes_one_thing_only(alternative: Alternative, changed: dict[str, object]) -> None:
    subscribe(ada)
    before = Subscriber.objects.values().get()
    _, undo_token = unsubscribe.unsubscribe(unsubscribe_token(), now=NOON)
    unsubscribe.choose_alternative(unsubscribe_token(), alternative, undo_token=undo_token, now=NOON)
    assert Subscriber.objects.values().get() == {**before, "changed_at": NOON, **changed}


def test_fewer_papers_are_never_more_than_before() -> None:
    subscribe(chidi, papers=3, minimum=1)
    unsubscribe.choose_alternative(unsubscribe_token(chidi.id), "fewer", now=NOON)
    assert Subscriber.objects.get().papers == 3


def test_a_short_pause_never_ends_a_longer_one() -> None:
    next_year = date(2027, 1, 1)
    subscribe(ada, paused_until=next_year)
    unsubscribe.choose_alternative(unsubscribe_token(), "pause", now=NOON)
    assert Subscriber.objects.get().paused_until == next_year


@pytest.mark.parametrize("alternative", get_args(Alternative))
def test_undoing_is_possible_for_one_hour(alternative: Alternative) -> None:
    subscribe(ada, consent_at=NOON - timedelta(days=9))
    token = unsubscribe_token()
    with time_machine.travel(NOON, tick=False) as clock:
        _, undo_token = unsubscribe.unsubscribe(token)
        clock.shift(timedelta(hours=1, seconds=1))
        with pytest.raises(ExpiredToken):
            unsubscribe.choose_alternative(token, alternative, undo_token=undo_token)
        clock.shift(timedelta(seconds=-1))
        unsubscribe.choose_alternative(token, alternative, undo_token=undo_token)
    row = Subscriber.objects.get()
    assert (row.status, row.unsubscribed_at) == (Status.ACTIVE, None)
    assert row.consent_at == NOON - timedelta(days=9), "taking back is no new consent"


def test_an_undo_takes_back_one_unsubscription_only() -> None:
    subscribe(ada)
    _, first = unsubscribe.unsubscribe(unsubscribe_token())
    unsubscribe.choose_alternative(unsubscribe_token(), "undo", undo_token=first)
    _, second = unsubscribe.unsubscribe(unsubscribe_token())
    assert unsubscribe.unsubscribe(unsubscribe_token())[1] == "", "they had left"
    with pytest.raises(ExpiredToken):
        unsubscribe.choose_alternative(unsubscribe_token(), "undo", undo_token=first)
    unsubscribe.choose_alternative(unsubscribe_token(), "undo", undo_token=second)


def test_an_undo_brings_back_nobody_else() -> None:
    subscribe(ada)
    subscribe(bao)
    _, of_ada = unsubscribe.unsubscribe(unsubscribe_token(), now=NOON)
    unsubscribe.unsubscribe(unsubscribe_token(bao.id), now=NOON)
    with pytest.raises(BadToken):
        unsubscribe.choose_alternative(unsubscribe_token(bao.id), "undo", undo_token=of_ada, now=NOON)


def test_nobody_who_never_agreed_is_brought_back() -> None:
    subscribe(ada, status=Status.PENDING, consent_at=None, confirmed_at=None)
    unsubscribe.unsubscribe(unsubscribe_token(), now=NOON)
    with pytest.raises(BadToken):
        unsubscribe.choose_alternative(unsubscribe_token(), "undo", now=NOON)


def test_an_address_is_unsubscribed_in_any_spelling() -> None:
    subscribe(ada)
    subscribe(bao)
    unsubscribe.unsubscribe_address("ADA@Example.org")
    unsubscribe.unsubscribe_address("nobody@example.org")
    unsubscribed = Subscriber.objects.filter(status=Status.UNSUBSCRIBED)
    assert [row.id for row in unsubscribed] == [ada.id]
