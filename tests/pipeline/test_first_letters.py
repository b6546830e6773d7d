"""From the confirmation to the first letter, and what happens when it cannot leave at once."""

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django import Settings

from digest import scheduler
from digest.editions.build import build_edition
from digest.models import Delivery, Edition
from tests.editions.rows import announce
from tests.people import ada, bao, subscribe
from tests.subscriptions.letters import link_in

pytestmark = pytest.mark.django_db

# A Saturday: nobody's edition is made.
SATURDAY = datetime(2026, 1, 24, 15, tzinfo=UTC)
FRIDAY = date(2026, 1, 23)


@pytest.fixture(autouse=True)
def edition() -> Edition:
    for number in range(1, 13):
        announce(f"Attention number {number}", "cs.LG", day=FRIDAY)
    announce("Strings", "hep-th", day=FRIDAY)
    edition = build_edition(FRIDAY)
    Edition.objects.update(state="closed", frozen_at=SATURDAY - timedelta(hours=33))
    return edition


def sign_up(client: Client, **changes: str) -> Any:
    form = {"email": "new@example.org", "filters": "attention", "language": "en", "timezone": "UTC", **changes}
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=1), tick=False):
        client.post("/", form)
    return link_in(mail.outbox[0])


def letters() -> list[Any]:
    """Return the letters that left, without those that ask to confirm."""
    return [each for each in mail.outbox if "List-Id" in each.message()]


@time_machine.travel(SATURDAY, tick=False)
def test_the_first_letter_comes_with_the_confirmation_whatever_the_day(client: Client) -> None:
    confirmation = sign_up(client)
    answer = client.post(confirmation)
    assert answer["Location"] == "/welcome/"
    delivery = Delivery.objects.get()
    assert (delivery.kind, delivery.state, delivery.edition.day) == ("welcome", "accepted", FRIDAY)
    [letter] = letters()
    parsed = message_from_bytes(letter.message().as_bytes(), policy=policy.default)
    for kind in ("plain", "html"):
        body = parsed.get_body((kind,))
        assert body is not None
        assert "This is what your letters look like." in " ".join(body.get_content().split())
    scheduler.request_due_drains(SATURDAY + timedelta(minutes=1), request_drain=lambda _edition: None)
    assert Delivery.objects.count() == len(letters()) == 1


@time_machine.travel(SATURDAY, tick=False)
def test_a_chinese_letter_opens_in_chinese(client: Client) -> None:
    client.post(sign_up(client, language="zh"))
    [letter] = letters()
    assert "欢迎" in letter.body


@time_machine.travel(SATURDAY, tick=False)
def test_the_scheduler_sends_what_a_mail_server_did_not_take(client: Client, settings: Settings) -> None:
    confirmation = sign_up(client)
    settings.EMAIL_BACKEND = "tests.subscriptions.broken_mail.Broken"
    client.post(confirmation)
    assert Delivery.objects.get().state == "pending"
    assert "your first letter is on its way" in client.get("/welcome/").content.decode()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    requested: list[int] = []
    later = SATURDAY + timedelta(minutes=20)
    with time_machine.travel(later, tick=False):
        scheduler.request_due_drains(later, request_drain=requested.append)
        for edition in set(requested):
            scheduler.drain_edition(edition, requested.append)
    assert ["This is what your letters look like." in each.body for each in letters()] == [True]


@time_machine.travel(SATURDAY, tick=False)
def test_a_web_process_that_was_killed_is_made_up_for_by_the_scheduler() -> None:
    moments = {"created_at": SATURDAY - timedelta(hours=1), "confirmed_at": SATURDAY - timedelta(minutes=1)}
    subscribe(ada, **moments)
    assert len(list(scheduler.deliver_editions(SATURDAY))) == 1
    assert [row.kind for row in Delivery.objects.all()] == ["welcome"]
    assert len(letters()) == 1


@time_machine.travel(SATURDAY, tick=False)
def test_others_letters_are_left_to_their_own_drains(client: Client, edition: Edition) -> None:
    subscribe(bao, created_at=SATURDAY - timedelta(days=9), confirmed_at=SATURDAY - timedelta(days=9))
    Delivery.objects.create(
        edition=edition, subscriber_id=bao.id, picks=[[0, 1.0, []]], language="zh", detail="tldr", created_at=SATURDAY
    )
    client.post(sign_up(client))
    assert dict(Delivery.objects.values_list("kind", "state")) == {"digest": "pending", "welcome": "accepted"}


@time_machine.travel(SATURDAY, tick=False)
def test_without_a_match_the_page_says_when_a_letter_comes(client: Client) -> None:
    client.post(sign_up(client, filters="nothing-has-this"))
    page = client.get("/welcome/").content.decode()
    assert "A letter comes with the next edition that has something for you." in page
    assert letters() == []
