"""Whoever confirms has today's letter within a minute, and once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.core import mail
from pytest_django import DjangoAssertNumQueries

from digest import tasks
from digest.models import Delivery, Edition
from digest.picking import planner
from digest.pipeline import run_day
from digest.sources.files.sample import SampleSource
from subscriptions.importing.import_file import ImportReport, import_file
from subscriptions.models import Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import signup
from tests.people import ada, subscribe
from tests.pipeline.cron import send_due_letters
from tests.subscriptions.letters import token_in

pytestmark = pytest.mark.django_db(transaction=True)

NIGHT = datetime(2026, 1, 23, 6, 30, tzinfo=UTC)
NOON = NIGHT.replace(hour=12)
# Their hour of today is still to come.
WISHES = Preferences(categories=("cs.LG", "cs.CL"), hour=20)


@pytest.fixture(autouse=True)
def _edition(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this night, before anybody signed up."""
    monkeypatch.setattr(tasks, "open_source", lambda names: SampleSource())
    with time_machine.travel(NIGHT, tick=False):
        tasks.prepare_day()


def join(moment: datetime, address: str = "new@example.org", preferences: Preferences = WISHES) -> None:
    """Sign up a minute before, confirm at *moment*."""
    with time_machine.travel(moment - timedelta(minutes=1), tick=False) as clock:
        signup.sign_up(address, preferences)
        clock.shift(timedelta(minutes=1))
        signup.confirm(token_in(mail.outbox.pop()))


def test_the_first_letter_comes_within_a_minute() -> None:
    join(NOON)
    assert send_due_letters(NOON + timedelta(minutes=1)) == 1
    assert mail.outbox[0].to == ["new@example.org"]


def test_it_comes_once() -> None:
    join(NOON)
    for minutes in (1, 2, 60, 20 * 60):
        send_due_letters(NOON + timedelta(minutes=minutes))
    assert run_day(Edition.objects.get().day, SampleSource()).accepted == 0
    assert len(mail.outbox) == 1


def test_readers_who_were_there_wait_for_their_hour() -> None:
    subscribe(ada, hour=20, created_at=NIGHT - timedelta(days=9), confirmed_at=NIGHT - timedelta(days=8))
    assert send_due_letters(NOON) == 0
    assert send_due_letters(NIGHT.replace(hour=20)) == 1


def test_people_who_were_imported_wait_for_their_hour(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("email,categories,hour\nnew@example.org,cs.LG,20\n")
    import_file(path, ImportReport(), refused=print, tick=lambda done, total: None, now=NOON)
    assert send_due_letters(NOON + timedelta(minutes=1)) == 0
    assert send_due_letters(NIGHT.replace(hour=20)) == 1


def test_only_the_newest_edition_is_a_first_letter() -> None:
    newest = Edition.objects.get()
    older = Edition.objects.create(day=newest.day - timedelta(days=1), state="frozen", frozen_at=NIGHT)
    join(NOON)
    assert planner.plan_due(older, NOON + timedelta(minutes=1)).pending == 0
    assert planner.plan_due(newest, NOON + timedelta(minutes=1)).pending == 1


def test_somebody_who_left_again_gets_none() -> None:
    join(NOON)
    Subscriber.objects.update(status=Subscriber.Status.UNSUBSCRIBED)
    assert send_due_letters(NOON + timedelta(minutes=1)) == 0


def test_nobody_gets_an_empty_first_letter() -> None:
    join(NOON, preferences=Preferences(filters=("nothingofthekind",)))
    assert send_due_letters(NOON + timedelta(minutes=1)) == 0
    assert Delivery.objects.get().reason == "no_match"


def test_a_minute_without_newcomers_costs_one_query_more(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    planner.plan_due(Edition.objects.get(), NOON)
    edition = Edition.objects.get()
    with django_assert_num_queries(3):
        assert planner.plan_due(edition, NOON + timedelta(minutes=1)).pending == 0
