"""Links are valid as long as pages and letters tell people in words."""

from datetime import timedelta

import pytest
import time_machine

from subscriptions.links import tokens
from subscriptions.links.lookup import find_subscriber
from subscriptions.links.tokens import (
    COME_BACK_DAYS,
    CONFIRMATION_DAYS,
    LINK_VALIDITY,
    RESTORE_DAYS,
    BadToken,
    ExpiredToken,
    find_validity,
)
from tests.people import ada, subscribe

pytestmark = pytest.mark.django_db


def test_links_are_valid_for_as_long_as_people_are_told() -> None:
    assert LINK_VALIDITY["confirm"] == LINK_VALIDITY["address"] == timedelta(days=CONFIRMATION_DAYS)
    assert LINK_VALIDITY["account"] == LINK_VALIDITY["delete"] == timedelta(hours=1), "templates say: one hour"
    assert LINK_VALIDITY["restore"] == timedelta(days=RESTORE_DAYS)
    assert LINK_VALIDITY["return"] == timedelta(days=COME_BACK_DAYS)
    assert find_validity("unsubscribe") is None


@pytest.mark.parametrize("purpose", ["confirm", "account", "delete", "manage"])
def test_a_link_is_valid_to_its_last_second(purpose: tokens.Purpose) -> None:
    row = subscribe(ada)
    validity = find_validity(purpose)
    assert validity is not None
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        token = tokens.make(purpose, row.id, row.epoch)
        clock.shift(validity)
        assert find_subscriber(purpose, token) == row
        clock.shift(timedelta(seconds=1))
        with pytest.raises(ExpiredToken):
            find_subscriber(purpose, token)


def test_a_void_link_is_expired_and_a_foreign_one_bad() -> None:
    row = subscribe(ada)
    with pytest.raises(ExpiredToken):
        find_subscriber("manage", tokens.make("manage", row.id, row.epoch + 1))
    with pytest.raises(BadToken) as raised:
        find_subscriber("manage", tokens.make("confirm", row.id, row.epoch))
    assert not isinstance(raised.value, ExpiredToken)
