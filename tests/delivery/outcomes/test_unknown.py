"""A letter whose answer was lost goes again where the provider takes it once, while it still knows it."""

import os
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_django import Settings

from digest.delivery import drain as sending
from digest.delivery import overdue
from digest.delivery.drain import Drained
from digest.delivery.lease import LEASE_DURATION
from digest.delivery.workers import identity, recovery
from digest.models import Delivery, Edition
from subscriptions.models import Subscriber
from tests.delivery.letters import TinyRenderer
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned, states
from tests.delivery.provider_server import ProviderOffice

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
DAY = timedelta(hours=23)


@pytest.fixture
def edition() -> Edition:
    return frozen_edition()


def drain(edition: Edition, at: datetime = NOW) -> Drained:
    return sending.drain(edition, TinyRenderer(), now=lambda: at)


def in_doubt(edition: Edition, office: ProviderOffice) -> Delivery:
    """A letter that the provider took twice in vain: both answers were lost."""
    [row] = planned(edition, crowd(1))
    office.on_call = lambda number: "drop" if number <= 2 else None
    assert drain(edition) == Drained(deferred=1)
    row.refresh_from_db()
    assert (row.state, row.doubted_at) == ("pending", NOW)
    return row


@pytest.mark.parametrize("name", ["brevo", "resend", "sparkpost"])
def test_it_goes_again_a_minute_later_and_arrives_once(
    edition: Edition, provider_office: ProviderOffice, settings: Settings, name: str
) -> None:
    settings.EMAIL_BACKEND = f"anymail.backends.{name}.EmailBackend"
    row = in_doubt(edition, provider_office)
    assert drain(edition, NOW + MINUTE) == Drained(accepted=1)
    row.refresh_from_db()
    assert (row.state, row.doubted_at, row.provider_id) == ("accepted", None, "" if name == "brevo" else f"{name}-1")
    assert len(provider_office.letters) == 1


def test_once_the_provider_has_forgotten_it_it_stays_uncertain(
    edition: Edition, provider_office: ProviderOffice
) -> None:
    row = in_doubt(edition, provider_office)
    assert drain(edition, NOW + DAY) == Drained()
    row.refresh_from_db()
    assert (row.state, row.doubted_at) == ("uncertain", None)
    assert "too late to ask again" in row.reason
    assert provider_office.calls == 2


def test_it_is_not_put_off_past_the_providers_memory(
    edition: Edition, provider_office: ProviderOffice, settings: Settings
) -> None:
    """Brevo's time is short: the waits of one and of five minutes fit into it, the next one does not."""
    settings.EMAIL_BACKEND = "anymail.backends.brevo.EmailBackend"
    in_doubt(edition, provider_office)
    provider_office.on_call = lambda _number: 503
    assert drain(edition, NOW + MINUTE) == Drained(deferred=1)
    assert drain(edition, NOW + 6 * MINUTE) == Drained(uncertain=1)
    assert len(provider_office.letters) == 1


@pytest.mark.usefixtures("provider_office")
def test_with_another_provider_it_is_not_repeated(
    edition: Edition, provider_office: ProviderOffice, settings: Settings
) -> None:
    in_doubt(edition, provider_office)
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    assert drain(edition, NOW + MINUTE) == Drained()
    assert states(edition) == {"uncertain": 1}
    assert provider_office.calls == 2


def test_refused_the_second_time_it_may_have_left_the_first(edition: Edition, provider_office: ProviderOffice) -> None:
    row = in_doubt(edition, provider_office)
    provider_office.on_call = lambda number: 422
    assert drain(edition, NOW + MINUTE) == Drained(uncertain=1)
    row.refresh_from_db()
    assert row.state == "uncertain"


def test_one_that_cannot_be_assembled_again_may_have_left(edition: Edition, provider_office: ProviderOffice) -> None:
    row = in_doubt(edition, provider_office)
    broken = TinyRenderer(frozenset({row.subscriber_id or 0}))
    assert sending.drain(edition, broken, now=lambda: NOW + MINUTE) == Drained(uncertain=1)
    assert states(edition) == {"uncertain": 1}


def test_whoever_leaves_meanwhile_may_have_got_it(edition: Edition, provider_office: ProviderOffice) -> None:
    in_doubt(edition, provider_office)
    Subscriber.objects.update(status="unsubscribed")
    assert drain(edition, NOW + MINUTE) == Drained(uncertain=1)
    assert (states(edition), provider_office.calls) == ({"uncertain": 1}, 2)


def test_one_that_is_too_late_is_uncertain_and_not_skipped(edition: Edition, provider_office: ProviderOffice) -> None:
    in_doubt(edition, provider_office)
    Delivery.objects.update(not_after=NOW + MINUTE)
    assert overdue.end_overdue(edition, NOW + 2 * MINUTE) == 1
    assert states(edition) == {"uncertain": 1}


def test_a_provider_without_keys_gets_no_letter_twice(
    edition: Edition, provider_office: ProviderOffice, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    planned(edition, crowd(3))
    provider_office.on_call = lambda number: "drop" if number == 2 else None
    assert drain(edition) == Drained(accepted=2, uncertain=1)
    assert drain(edition, NOW + DAY) == Drained()
    assert (len(provider_office.letters), provider_office.doubles) == (3, [])


def orphan(edition: Edition, **changes: Any) -> Delivery:
    """Being handed over by a drain that was killed a moment after NOW."""
    fields = {"state": "submitting", "worker": "elsewhere:1:2:3", "lease_until": NOW + LEASE_DURATION, **changes}
    return planned(edition, crowd(1), **fields)[0]


def test_letters_of_a_killed_drain_go_again_while_known(edition: Edition) -> None:
    row = orphan(edition)
    recovery.recover_deliveries(edition.id, NOW + LEASE_DURATION, idempotent=False, window=DAY)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.doubted_at) == ("pending", 1, NOW)


def test_a_second_kill_does_not_extend_the_time_it_is_known(edition: Edition) -> None:
    first = NOW - DAY + LEASE_DURATION + MINUTE
    row = orphan(edition, doubted_at=first)
    recovery.recover_deliveries(edition.id, NOW + LEASE_DURATION, idempotent=False, window=DAY)
    row.refresh_from_db()
    assert (row.state, row.doubted_at) == ("pending", first)
    Delivery.objects.update(state="submitting", worker="elsewhere:1:2:3", lease_until=NOW + LEASE_DURATION)
    recovery.recover_deliveries(edition.id, NOW + LEASE_DURATION + MINUTE, idempotent=False, window=DAY)
    assert states(edition) == {"uncertain": 1}


@pytest.mark.parametrize("window", [timedelta(0), timedelta(minutes=12)])
def test_what_is_found_too_late_after_a_kill_is_uncertain(edition: Edition, window: timedelta) -> None:
    orphan(edition)
    recovery.recover_deliveries(edition.id, NOW + max(window, LEASE_DURATION), idempotent=False, window=window)
    assert states(edition) == {"uncertain": 1}


@pytest.mark.parametrize("window", [timedelta(0), timedelta(minutes=12), DAY])
def test_a_clock_set_back_hides_when_it_left(edition: Edition, window: timedelta) -> None:
    """SMTP's time is none at all: it would have gone out twice."""
    orphan(edition, worker=f"{identity.make_worker_name().partition(':')[0]}:{os.getpid()}:1:dead")
    recovery.recover_deliveries(edition.id, NOW - timedelta(hours=1), idempotent=False, window=window)
    assert states(edition) == {"uncertain": 1}


@pytest.mark.parametrize("name", ["resend", "postmark"])
def test_a_clock_set_back_does_not_repeat_a_waiting_letter(
    edition: Edition, provider_office: ProviderOffice, settings: Settings, name: str
) -> None:
    in_doubt(edition, provider_office)
    settings.EMAIL_BACKEND = f"anymail.backends.{name}.EmailBackend"
    Delivery.objects.update(not_before=None)
    assert drain(edition, NOW - timedelta(hours=1)) == Drained()
    assert (states(edition), provider_office.calls) == ({"uncertain": 1}, 2)
