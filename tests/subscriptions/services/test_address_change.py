"""A change of address: asked for, confirmed at the new address, told to the old one."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail as outbox
from django.test import Client

from subscriptions.links import tokens
from subscriptions.links.lookup import find_changing_address, find_subscriber
from subscriptions.links.tokens import BadToken, ExpiredToken
from subscriptions.models import RememberedBrowser, Subscriber
from subscriptions.services import address_change, suppression, unsubscribe
from subscriptions.services.address_change import AddressTaken
from tests.browsers import open_account
from tests.people import ada, bao, subscribe
from tests.subscriptions.letters import html_of, token_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)
Status = Subscriber.Status


def unsubscribe_token(person_id: int = ada.id) -> str:
    return tokens.make("unsubscribe", person_id)


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


def test_a_change_voids_all_links_but_the_unsubscribe_link() -> None:
    row = subscribe(ada)
    old = tokens.make("manage", ada.id, row.epoch)
    address_change.request_address_change(row, "new@example.net")
    change = token_in(outbox.outbox[0])
    address_change.confirm_address_change(change)
    with pytest.raises(BadToken):
        find_subscriber("manage", old)
    with pytest.raises(BadToken):
        address_change.confirm_address_change(change)
    unsubscribe.unsubscribe(unsubscribe_token())
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def test_a_link_confirms_the_address_it_was_sent_to_only() -> None:
    row = subscribe(ada)
    address_change.request_address_change(row, "first@example.net")
    address_change.request_address_change(row, "second@example.net")
    with pytest.raises(BadToken):
        address_change.confirm_address_change(token_in(outbox.outbox[0]))
    assert address_change.confirm_address_change(token_in(outbox.outbox[1])).email == "second@example.net"


def test_known_and_suppressed_addresses_get_nothing() -> None:
    row = subscribe(ada)
    subscribe(bao)
    suppression.suppress("blocked@example.org", "complaint")
    for address in (bao.email.upper(), "blocked@example.org"):
        address_change.request_address_change(row, address)
    assert outbox.outbox == []


def test_an_address_taken_in_the_meantime_is_refused() -> None:
    row = subscribe(ada)
    address_change.request_address_change(row, bao.email)
    subscribe(bao)
    with pytest.raises(AddressTaken):
        address_change.confirm_address_change(token_in(outbox.outbox[0]))
    assert Subscriber.objects.get(id=ada.id).email == ada.email


@pytest.mark.parametrize("status", [Status.PENDING, Status.UNSUBSCRIBED])
def test_nobody_bars_a_new_address_by_a_sign_up(status: Status) -> None:
    row = subscribe(ada)
    subscribe(bao, status=status)
    address_change.request_address_change(row, bao.email)
    address_change.confirm_address_change(token_in(outbox.outbox[0]))
    assert [(row.id, row.email) for row in Subscriber.objects.all()] == [(ada.id, bao.email)]


def test_the_link_to_a_new_address_is_valid_for_seven_days() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        address_change.request_address_change(subscribe(ada), "new@example.net")
        token = token_in(outbox.outbox[0])
        clock.shift(timedelta(days=7))
        assert find_changing_address(token).id == ada.id
        clock.shift(timedelta(seconds=1))
        with pytest.raises(ExpiredToken):
            address_change.confirm_address_change(token)


def move(new: str, subscriber_id: int = ada.id) -> str:
    """Change the address and return the token in the notice to the old one."""
    outbox.outbox.clear()
    address_change.request_address_change(Subscriber.objects.get(id=subscriber_id), new)
    address_change.confirm_address_change(token_in(outbox.outbox[0]))
    return token_in(outbox.outbox[1])


def test_the_old_address_takes_a_change_back_for_seven_days(client: Client) -> None:
    row = subscribe(ada)
    with time_machine.travel(NOON, tick=False) as clock:
        notice = move("eve@example.net")
        open_account(client, row.id)
        clock.shift(timedelta(days=7))
        epoch = Subscriber.objects.get().epoch
        assert address_change.restore_address(notice).email == ada.email
    found = Subscriber.objects.get()
    assert (found.email, found.email_key, found.new_email) == (ada.email, ada.email, "")
    assert found.epoch != epoch, "every link in between is void"
    assert not RememberedBrowser.objects.exists()
    with pytest.raises(ExpiredToken):
        address_change.restore_address(notice)


def test_a_change_is_final_after_seven_days() -> None:
    subscribe(ada)
    with time_machine.travel(NOON, tick=False) as clock:
        notice = move("eve@example.net")
        clock.shift(timedelta(days=7, seconds=1))
        with pytest.raises(ExpiredToken):
            address_change.restore_address(notice)


def test_taking_back_a_change_takes_back_all_after_it() -> None:
    subscribe(ada)
    first = move("eve@example.net")
    second = move("eve2@example.net")
    address_change.request_address_change(Subscriber.objects.get(), "eve3@example.net")
    waiting = token_in(outbox.outbox[-1])
    assert address_change.restore_address(first).email == ada.email
    for late in (second, waiting):
        with pytest.raises(BadToken):
            address_change.restore_address(late)
    with pytest.raises(BadToken):
        address_change.confirm_address_change(waiting)
    assert Subscriber.objects.get().email == ada.email


@pytest.mark.parametrize("status", [Status.PENDING, Status.UNSUBSCRIBED])
def test_nobody_bars_the_way_back_by_a_sign_up(status: Status) -> None:
    subscribe(ada)
    notice = move("eve@example.net")
    subscribe(bao, email=ada.email, email_key=ada.email, status=status)
    address_change.restore_address(notice)
    assert [(row.id, row.email) for row in Subscriber.objects.all()] == [(ada.id, ada.email)]


def test_a_new_subscription_of_the_old_address_stays(client: Client) -> None:
    subscribe(ada)
    notice = move("eve@example.net")
    open_account(client, ada.id)
    subscribe(bao, email=ada.email, email_key=ada.email)
    with pytest.raises(AddressTaken):
        address_change.restore_address(notice)
    assert Subscriber.objects.get(id=bao.id).status == Status.ACTIVE
    assert Subscriber.objects.get(id=ada.id).status == Status.UNSUBSCRIBED
    assert not RememberedBrowser.objects.exists()


def test_the_notice_names_no_new_address_and_has_the_way_back() -> None:
    subscribe(ada)
    move("eve@example.net")
    notice = outbox.outbox[1]
    for body in (str(notice.body), html_of(notice)):
        assert "eve@" not in body
        assert "/restore/" in body
        assert "within 7 days" in body
