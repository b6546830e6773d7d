"""Unsubscribing, taking it back, and the alternatives."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from subscriptions.links import tokens
from subscriptions.links.tokens import BadToken, ExpiredToken
from subscriptions.models import Subscriber
from subscriptions.services import unsubscribe
from subscriptions.services.unsubscribe import Alternative
from tests.people import ada, bao, chidi, subscribe

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


def test_unsubscribing_after_deletion_is_no_error() -> None:
    assert unsubscribe.unsubscribe(unsubscribe_token(99)) is None


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
    unsubscribe.unsubscribe(unsubscribe_token(), now=NOON)
    unsubscribe.choose_alternative(unsubscribe_token(), alternative, now=NOON)
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


def test_nothing_is_undone_after_a_month() -> None:
    subscribe(ada)
    unsubscribe.unsubscribe(unsubscribe_token(), now=NOON)
    with pytest.raises(ExpiredToken):
        unsubscribe.choose_alternative(unsubscribe_token(), "undo", now=NOON + timedelta(days=31))
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


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


def test_undoing_is_possible_for_thirty_days() -> None:
    subscribe(ada)
    unsubscribe.unsubscribe(unsubscribe_token(), now=NOON)
    unsubscribe.choose_alternative(unsubscribe_token(), "undo", now=NOON + timedelta(days=30))
    assert Subscriber.objects.get().status == Status.ACTIVE
