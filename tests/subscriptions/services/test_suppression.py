"""Suppressions, and what a complaint does beside."""

import pytest

from subscriptions.models import Subscriber, Suppression
from subscriptions.services import suppression
from tests.people import ada, bao, subscribe

pytestmark = pytest.mark.django_db

Status = Subscriber.Status


def test_only_a_complaint_ends_the_subscription() -> None:
    subscribe(ada)
    subscribe(bao)
    suppression.suppress("ADA@example.org", "complaint", "abuse report")
    suppression.suppress("ADA@example.org", "complaint", "again")
    suppression.suppress(bao.email, "hard_bounce", "550 5.1.1 " + "x" * 400)
    assert Subscriber.objects.get(id=ada.id).status == Status.UNSUBSCRIBED
    assert Subscriber.objects.get(id=bao.id).status == Status.ACTIVE
    assert Suppression.objects.count() == 2


def test_an_address_is_suppressed_in_any_spelling() -> None:
    suppression.suppress("ADA@example.org", "hard_bounce")
    assert suppression.is_suppressed("ada@EXAMPLE.org")
    assert not suppression.is_suppressed(bao.email)


def test_the_first_reason_of_a_suppression_stays() -> None:
    suppression.suppress(ada.email, "hard_bounce", "550")
    suppression.suppress(ada.email, "complaint", "abuse report")
    row = Suppression.objects.get()
    assert (row.reason, row.detail) == ("hard_bounce", "550")
