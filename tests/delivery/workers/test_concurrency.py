"""How many drains are called for."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from digest.delivery import lease, outbox
from digest.delivery.workers import concurrency, identity
from digest.models import Delivery, Edition
from tests.delivery.outbox_rows import NOW, crowd, frozen_edition, planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Edition:
    """With 7 letters; another drain pays for 2."""
    settings.LETTER_WORKERS = 3
    monkeypatch.setattr(concurrency, "LETTERS_PER_WORKER", 2)
    edition = frozen_edition()
    planned(edition, crowd(7))
    return edition


def test_many_letters_get_as_many_drains_as_are_allowed(edition: Edition, settings: Settings) -> None:
    assert concurrency.workers_needed(edition, NOW) == 3
    settings.LETTER_WORKERS = 9
    assert concurrency.workers_needed(edition, NOW) == 4


def test_few_letters_get_one_and_none_gets_none(edition: Edition) -> None:
    Delivery.objects.filter(id__gt=Delivery.objects.order_by("id")[1].id).update(not_before=NOW + timedelta(minutes=1))
    assert concurrency.workers_needed(edition, NOW) == 1
    Delivery.objects.update(state="accepted")
    assert concurrency.workers_needed(edition, NOW) == 0


def test_those_at_work_are_not_called_again(edition: Edition) -> None:
    outbox.claim(edition.id, "here", 1, NOW)
    outbox.claim(edition.id, "elsewhere", 1, NOW)
    assert concurrency.workers_needed(edition, NOW) == 1


def test_workers_that_ended_do_not_count(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "is_gone", lambda name: name == "killed")
    outbox.claim(edition.id, "killed", 7, NOW)
    assert concurrency.workers_needed(edition, NOW) == 1
    assert concurrency.workers_needed(edition, NOW + lease.LEASE_DURATION) == 1
