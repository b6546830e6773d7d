"""Links that were made for somebody else, as ids come again in a database that is made anew."""

from pathlib import Path

import pytest
from django.test import Client

from subscriptions import selectors
from subscriptions.importing.import_file import ImportReport, import_file
from subscriptions.links import tokens
from subscriptions.links.lookup import address_epoch, find_subscriber
from subscriptions.links.tokens import BadToken, Purpose
from subscriptions.models import MIN_LINK_NUMBER, Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import address_change, signup, unsubscribe

pytestmark = pytest.mark.django_db

Status = Subscriber.Status
FAR = 1_000_001


def person(email: str = "new@example.org") -> Subscriber:
    """Return somebody whose row was made as rows are made, and not by a test."""
    return Subscriber.objects.create(email=email, email_key=email, status=Status.ACTIVE)


@pytest.mark.parametrize("purpose", ["manage", "confirm", "delete"])
def test_a_link_of_an_earlier_owner_of_the_id_opens_nothing(purpose: Purpose) -> None:
    old = tokens.make(purpose, FAR, person().epoch)
    Subscriber.objects.create(id=FAR, email="b@example.org", email_key="b@example.org")
    with pytest.raises(BadToken):
        find_subscriber(purpose, old)


def test_an_earlier_owner_of_the_id_unsubscribes_nobody(client: Client) -> None:
    now_there = person()
    answer = client.post(f"/unsubscribe/{tokens.make('unsubscribe', now_there.id, now_there.key ^ 1)}/")
    assert answer.status_code == 200
    assert now_there.email not in answer.content.decode()
    assert Subscriber.objects.get().status == Status.ACTIVE


def test_an_unsubscribe_link_outlives_all_others() -> None:
    row = person()
    Subscriber.objects.update(epoch=5)
    unsubscribe.unsubscribe(tokens.make("unsubscribe", row.id, row.key))
    assert Subscriber.objects.get().status == Status.UNSUBSCRIBED


def test_sign_up_and_import_draw_link_numbers(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email,query\na@example.org,x\nb@example.org,x\n")
    import_file(path, ImportReport(), refused=print, tick=lambda done, total: None)
    signup.sign_up("c@example.org", Preferences(filters=("x",)))
    numbers = [number for pair in Subscriber.objects.values_list("epoch", "key") for number in pair]
    assert len(set(numbers)) == 6
    assert all(MIN_LINK_NUMBER <= number < 1 << 31 for number in numbers)
    before = list(Subscriber.objects.values("epoch", "key"))
    import_file(path, ImportReport(), refused=print, tick=lambda done, total: None)
    assert list(Subscriber.objects.values("epoch", "key")) == before


def test_a_new_address_changes_the_epoch_and_keeps_the_key() -> None:
    row = person()
    address_change.request_address_change(row, "moved@example.net")
    address_change.confirm_address_change(tokens.make("address", row.id, address_epoch(Subscriber.objects.get())))
    found = Subscriber.objects.get()
    assert found.epoch != row.epoch
    assert found.key == row.key


def test_readers_carry_both_link_numbers() -> None:
    row = person()
    [reader] = selectors.get_readers([row.id]).values()
    assert (reader.epoch, reader.key) == (row.epoch, row.key)
