"""Leaving, pausing, moving to another address, being forgotten: what the services do."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail as outbox

from subscriptions.links import tokens
from subscriptions.links.lookup import find_subscriber
from subscriptions.links.tokens import BadToken, ExpiredToken
from subscriptions.models import Subscriber, Suppression
from subscriptions.preferences import Preferences
from subscriptions.services import address_change, deletion, preferences, suppression, unsubscribe
from subscriptions.services.address_change import AddressTaken
from subscriptions.services.unsubscribe import Alternative as Instead
from tests.people import ada, bao, chidi, subscribe
from tests.subscriptions.letters import token_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
Status = Subscriber.Status


def leaving(person_id: int = ada.id) -> str:
    return tokens.make("unsubscribe", person_id)


def test_preferences_are_stored_and_nothing_else_changes() -> None:
    row = subscribe(ada)
    kept = ("email", "email_key", "status", "epoch", "consent_at", "confirmed_at", "created_at")
    before = [getattr(row, name) for name in kept]
    wishes = Preferences(
        filters=('"diffusion model"',), language="zh", hour=6, days=3, papers=5, minimum=2, detail="titles"
    )
    preferences.change_preferences(row, wishes)
    assert Subscriber.objects.get().preferences() == wishes
    assert [getattr(Subscriber.objects.get(), name) for name in kept] == before


def test_unsubscribing_works_at_once_and_twice_and_keeps_its_moment() -> None:
    subscribe(ada)
    unsubscribe.unsubscribe(leaving(), now=NOON)
    unsubscribe.unsubscribe(leaving(), now=NOON + timedelta(days=1))
    row = Subscriber.objects.get()
    assert (row.status, row.unsubscribed_at) == (Status.UNSUBSCRIBED, NOON)


def test_a_link_to_leave_works_for_ever_and_after_everything_else_became_void() -> None:
    with time_machine.travel(NOON, tick=False):
        token = leaving()
    subscribe(ada, epoch=7)
    with time_machine.travel(NOON + timedelta(days=3650), tick=False):
        unsubscribe.unsubscribe(token)
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def test_leaving_after_being_deleted_is_no_error() -> None:
    assert unsubscribe.unsubscribe(leaving(99)) is None


@pytest.mark.parametrize(
    ("instead", "changed"),
    [
        ("undo", {}),
        ("weekly", {"days": 1}),
        ("fewer", {"papers": 5}),
        ("pause", {"paused_until": date(2026, 2, 20)}),
    ],
)
def test_something_milder_than_leaving(instead: Instead, changed: dict[str, object]) -> None:
    subscribe(ada)
    before = Subscriber.objects.values().get()
    unsubscribe.unsubscribe(leaving(), now=NOON)
    unsubscribe.choose_alternative(leaving(), instead, now=NOON)
    assert Subscriber.objects.values().get() == {**before, "changed_at": NOON, **changed}


def test_the_link_to_leave_never_brings_more_letters_than_were_asked_for() -> None:
    subscribe(chidi, papers=3, minimum=1)
    unsubscribe.choose_alternative(leaving(chidi.id), "fewer", now=NOON)
    assert Subscriber.objects.get().papers == 3


def test_nobody_comes_back_by_a_forwarded_letter_after_a_month() -> None:
    subscribe(ada)
    unsubscribe.unsubscribe(leaving(), now=NOON)
    with pytest.raises(ExpiredToken):
        unsubscribe.choose_alternative(leaving(), "undo", now=NOON + timedelta(days=31))
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def test_nobody_who_never_agreed_can_be_brought_back() -> None:
    subscribe(ada, status=Status.PENDING, consent_at=None, confirmed_at=None)
    unsubscribe.unsubscribe(leaving(), now=NOON)
    with pytest.raises(BadToken):
        unsubscribe.choose_alternative(leaving(), "undo", now=NOON)


def test_coming_back_from_ones_own_page_renews_the_consent() -> None:
    row = subscribe(ada, status=Status.UNSUBSCRIBED, unsubscribed_at=NOON, paused_until=date(2026, 2, 1))
    preferences.resume(row, now=NOON)
    found = Subscriber.objects.get()
    assert (found.status, found.unsubscribed_at, found.paused_until) == (Status.ACTIVE, None, None)
    assert found.consent_at == NOON


def test_a_new_address_is_used_once_it_is_confirmed() -> None:
    row = subscribe(ada)
    address_change.request_address_change(row, "Ada.New@example.net")
    assert Subscriber.objects.get().email == ada.email
    [letter] = outbox.outbox
    assert letter.to == ["Ada.New@example.net"]
    moved = address_change.confirm_address_change(token_in(letter))
    found = Subscriber.objects.get()
    assert (found.email, found.email_key, found.new_email) == ("Ada.New@example.net", "ada.new@example.net", "")
    assert moved.email == found.email
    assert outbox.outbox[1].to == [ada.email]


def test_after_a_move_earlier_links_are_void_except_the_one_to_leave() -> None:
    row = subscribe(ada)
    old = tokens.make("manage", ada.id, row.epoch)
    address_change.request_address_change(row, "new@example.net")
    change = token_in(outbox.outbox[0])
    address_change.confirm_address_change(change)
    with pytest.raises(BadToken):
        find_subscriber("manage", old)
    with pytest.raises(BadToken):
        address_change.confirm_address_change(change)
    unsubscribe.unsubscribe(leaving())
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def test_a_confirmation_of_one_new_address_does_not_confirm_another() -> None:
    row = subscribe(ada)
    address_change.request_address_change(row, "first@example.net")
    address_change.request_address_change(row, "second@example.net")
    with pytest.raises(BadToken):
        address_change.confirm_address_change(token_in(outbox.outbox[0]))
    assert address_change.confirm_address_change(token_in(outbox.outbox[1])).email == "second@example.net"


def test_moving_to_an_address_of_somebody_else_or_a_blocked_one_sends_nothing() -> None:
    row = subscribe(ada)
    subscribe(bao)
    suppression.suppress("blocked@example.org", "complaint")
    for address in (bao.email.upper(), "blocked@example.org"):
        address_change.request_address_change(row, address)
    assert outbox.outbox == []


def test_an_address_taken_in_the_meantime_is_not_taken_away() -> None:
    row = subscribe(ada)
    address_change.request_address_change(row, bao.email)
    subscribe(bao)
    with pytest.raises(AddressTaken):
        address_change.confirm_address_change(token_in(outbox.outbox[0]))
    assert Subscriber.objects.get(id=ada.id).email == ada.email


def test_deleting_leaves_nothing_but_the_note_never_to_write() -> None:
    row = subscribe(ada)
    suppression.suppress(ada.email, "hard_bounce")
    deletion.request_deletion(row)
    deletion.delete(token_in(outbox.outbox[0]))
    assert not Subscriber.objects.exists()
    assert Suppression.objects.get().email_key == ada.email


def test_deleting_needs_a_link_of_the_last_hour_and_of_its_own_kind() -> None:
    subscribe(ada)
    with time_machine.travel(NOON, tick=False) as clock:
        token = tokens.make("delete", ada.id)
        clock.shift(timedelta(hours=1, seconds=1))
        with pytest.raises(ExpiredToken):
            deletion.delete(token)
    with pytest.raises(BadToken):
        deletion.delete(tokens.make("manage", ada.id))
    assert Subscriber.objects.exists()


def test_a_complaint_ends_the_subscription_and_a_bounce_only_the_letters() -> None:
    subscribe(ada)
    subscribe(bao)
    suppression.suppress("ADA@example.org", "complaint", "abuse report")
    suppression.suppress("ADA@example.org", "complaint", "again")
    suppression.suppress(bao.email, "hard_bounce", "550 5.1.1 " + "x" * 400)
    assert Subscriber.objects.get(id=ada.id).status == Status.UNSUBSCRIBED
    assert Subscriber.objects.get(id=bao.id).status == Status.ACTIVE
    assert Suppression.objects.count() == 2
