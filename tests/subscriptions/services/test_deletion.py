"""Deletion of everything about a person."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail as outbox

from subscriptions.address_hashes import hash_address
from subscriptions.links import tokens
from subscriptions.links.tokens import BadToken, ExpiredToken
from subscriptions.models import Subscriber, Suppression
from subscriptions.services import deletion, suppression
from tests.people import ada, subscribe
from tests.subscriptions.letters import token_in

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 23, 12, tzinfo=UTC)


def test_deletion_leaves_nothing_but_hashes() -> None:
    row = subscribe(ada)
    suppression.suppress(ada.email, "hard_bounce")
    deletion.request_deletion(row)
    deletion.delete(token_in(outbox.outbox[0]))
    assert not Subscriber.objects.exists()
    rows = Suppression.objects.order_by("id").values_list("address_hash", "reason")
    assert list(rows) == [(hash_address(ada.email), "hard_bounce"), (hash_address(ada.email), "deleted")]


def test_deletion_needs_a_fresh_link_of_its_own_purpose() -> None:
    subscribe(ada)
    with time_machine.travel(NOON, tick=False) as clock:
        token = tokens.make("delete", ada.id)
        clock.shift(timedelta(hours=1, seconds=1))
        with pytest.raises(ExpiredToken):
            deletion.delete(token)
    with pytest.raises(BadToken):
        deletion.delete(tokens.make("manage", ada.id))
    assert Subscriber.objects.exists()
