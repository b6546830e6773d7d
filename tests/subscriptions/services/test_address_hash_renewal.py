"""A key that is another one: it is told, and who is a reader can be protected again."""

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from pytest_django import Settings

from subscriptions import selectors
from subscriptions.models import Suppression
from subscriptions.services import suppression
from tests.people import ada, bao, subscribe

pytestmark = pytest.mark.django_db


def problems() -> list[str]:
    found = run_checks(tags=["database"], databases=["default"])
    return [str(each.id) for each in found if str(each.id).startswith("subscriptions.")]


def test_another_key_is_told(settings: Settings) -> None:
    assert problems() == []
    subscribe(ada)
    assert problems() == []
    settings.SUPPRESSION_KEY = "another key than before"
    assert problems() == ["subscriptions.E001"]


def test_after_a_loss_readers_are_protected_again(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    for person in (ada, bao):
        subscribe(person)
        suppression.suppress(person.email, "hard_bounce")
    suppression.suppress("stranger@example.org", "complaint")
    settings.SUPPRESSION_KEY = "another key than before"
    suppression.suppress(bao.email, "hard_bounce")
    assert not suppression.is_suppressed(ada.email)
    call_command("renew_address_hashes")
    assert capsys.readouterr().out.strip() == "2 addresses were hashed anew."
    assert problems() == []
    assert suppression.find_known([ada.email, bao.email]).suppressed == {ada.email, bao.email}
    day = Suppression.objects.latest("id").created_at.date()
    assert set(selectors.find_exclusions([ada.id, bao.id], day).values()) == {"suppressed"}
    call_command("renew_address_hashes")
    assert capsys.readouterr().out.strip() == "0 addresses were hashed anew."
