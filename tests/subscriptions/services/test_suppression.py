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
    suppression.suppress("ADA@example.org", "complaint")
    suppression.suppress("ADA@example.org", "complaint")
    suppression.suppress(bao.email, "hard_bounce")
    assert Subscriber.objects.get(id=ada.id).status == Status.UNSUBSCRIBED
    assert Subscriber.objects.get(id=bao.id).status == Status.ACTIVE
    assert Suppression.objects.count() == 2


def test_an_address_is_suppressed_in_any_spelling() -> None:
    suppression.suppress("ADA@example.org", "hard_bounce")
    assert suppression.is_suppressed("ada@EXAMPLE.org")
    assert not suppression.is_suppressed(bao.email)


def test_the_first_reason_of_a_suppression_stays() -> None:
    suppression.suppress(ada.email, "hard_bounce")
    suppression.suppress(ada.email, "complaint")
    assert Suppression.objects.get().reason == "hard_bounce"
