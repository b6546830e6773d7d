"""What the scheduler wakes, and what then happens."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from pytest_django import Settings

from deploy.celery import app
from digest import tasks
from digest.models import Delivery, Edition
from digest.sources.files.sample import SampleSource
from subscriptions.services import signup
from tests.people import ada, bao, subscribe
from tests.pipeline.cron import send_due_letters

pytestmark = pytest.mark.django_db(transaction=True)

# Half past one on a Friday morning, US Eastern.
NIGHT = datetime(2026, 1, 23, 6, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "open_source", lambda names: SampleSource())


def test_every_task_of_the_schedule_exists() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_the_night_run_freezes_an_edition_and_sends_nothing() -> None:
    subscribe(ada)
    with time_machine.travel(NIGHT, tick=False):
        tasks.prepare_day()
    edition = Edition.objects.get()
    assert (str(edition.day), edition.state) == ("2026-01-23", "frozen")
    assert edition.entries.filter(summaries__language="en").distinct().count() == edition.entries.count()
    assert not Delivery.objects.exists()


def test_everybody_is_served_at_their_own_hour() -> None:
    subscribe(ada, timezone="Europe/London", hour=8)
    subscribe(bao, timezone="Asia/Shanghai", hour=8)
    with time_machine.travel(NIGHT, tick=False):
        tasks.prepare_day()
    assert send_due_letters(NIGHT.replace(hour=7, minute=59)) == 0
    assert send_due_letters(NIGHT.replace(hour=8, minute=0)) == 1
    assert send_due_letters(NIGHT.replace(hour=8, minute=1)) == 0
    assert send_due_letters(NIGHT.replace(day=24, hour=0, minute=0)) == 1
    assert [message.to[0] for message in mail.outbox] == [ada.email, bao.email]


def test_a_quiet_minute_asks_the_database_little(django_assert_max_num_queries: object) -> None:
    subscribe(ada, timezone="Europe/London", hour=8)
    with time_machine.travel(NIGHT, tick=False):
        tasks.prepare_day()
    send_due_letters(NIGHT.replace(hour=8, minute=0))
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert send_due_letters(NIGHT.replace(hour=8, minute=5)) == 0


def test_an_edition_that_is_too_old_is_not_begun() -> None:
    subscribe(ada, timezone="Europe/London", hour=8)
    with time_machine.travel(NIGHT, tick=False):
        tasks.prepare_day()
    assert send_due_letters(NIGHT + timedelta(hours=25 + 18, minutes=1)) == 0
    assert len(mail.outbox) == 0


def test_a_paused_edition_waits() -> None:
    subscribe(ada, timezone="Europe/London", hour=8)
    with time_machine.travel(NIGHT, tick=False):
        tasks.prepare_day()
    Edition.objects.update(paused=True)
    assert send_due_letters(NIGHT.replace(hour=8)) == 0
    Edition.objects.update(paused=False)
    assert send_due_letters(NIGHT.replace(hour=8, minute=1)) == 1


def test_every_minute_letters_go_out_that_could_not_at_once(settings: Settings) -> None:
    subscribe(ada)
    settings.EMAIL_BACKEND = "tests.subscriptions.broken_mail.Broken"
    with time_machine.travel(NIGHT, tick=False) as clock:
        signup.request_link(ada.email)
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert tasks.run_errands() == 0
        clock.shift(timedelta(minutes=1))
        assert tasks.run_errands() == 1
    assert [message.to[0] for message in mail.outbox] == [ada.email]


def test_the_hourly_task_reminds_those_who_have_not_confirmed() -> None:
    subscribe(ada, status="pending", mailed_at=NIGHT - timedelta(hours=25))
    with time_machine.travel(NIGHT, tick=False):
        assert (tasks.remind(), tasks.remind()) == (1, 0)
