"""The scheduler's minute plans and calls for drains; any number of them send what it planned; the last one closes."""

import os
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from pytest_django import Settings

from digest import scheduler, tasks
from digest.delivery import drain as sending
from digest.delivery.workers import shutdown
from digest.editions import load
from digest.models import Delivery, Edition, Run
from digest.picking.papers_needed import find_needed_papers
from digest.reconciliation import books
from digest.scheduler import deliver_due, drain_edition
from digest.sources.files.sample import SampleSource
from digest.summaries import write as writing
from tests.people import ada, bao, subscribe

pytestmark = pytest.mark.django_db(transaction=True)

NIGHT = datetime(2026, 1, 23, 6, 30, tzinfo=UTC)
EIGHT = NIGHT.replace(hour=8, minute=0)


@pytest.fixture
def edition(monkeypatch: pytest.MonkeyPatch) -> Edition:
    """Of the night; it is eight o'clock, and Ada and Bao are due."""
    monkeypatch.setattr(tasks, "open_source", lambda names: SampleSource())
    subscribe(ada, timezone="Europe/London", hour=8)
    subscribe(bao, timezone="Europe/London", hour=8)
    with time_machine.travel(NIGHT, tick=False):
        tasks.run_daily()
    return Edition.objects.get()


def never(edition_id: int) -> None:
    raise AssertionError("nobody is to be called")


def test_the_minute_plans_and_calls_and_a_drain_sends_and_closes(edition: Edition) -> None:
    called: list[int] = []
    assert deliver_due(EIGHT, request_drain=called.append) == 0
    assert (called, len(mail.outbox)) == ([edition.id], 0)
    assert drain_edition(edition.id, request_drain=never) == 2
    edition.refresh_from_db()
    run = Run.objects.latest("id")
    assert (edition.state, run.balanced, run.source, run.report["accepted"]) == ("closed", True, "schedule", 2)


def test_a_message_that_comes_twice_or_late_does_nothing(edition: Edition) -> None:
    deliver_due(EIGHT, request_drain=lambda edition_id: None)
    drain_edition(edition.id, request_drain=never)
    runs = Run.objects.count()
    assert [drain_edition(edition.id, request_drain=never), drain_edition(edition.id, request_drain=never)] == [0, 0]
    assert (len(mail.outbox), Run.objects.count()) == (2, runs)


def test_a_drain_that_is_asked_to_stop_calls_for_another(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver_due(EIGHT, request_drain=lambda edition_id: None)
    called: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(shutdown, "throttle", lambda question: lambda: True)
        assert drain_edition(edition.id, request_drain=called.append) == 0
    assert called == [edition.id]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"pending"}
    assert drain_edition(edition.id, request_drain=never) == 2


def test_a_drain_is_not_torn_up_while_it_reads_the_day_or_closes_the_books(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A soft limit raises an error wherever the task is, if nobody listens to its signal: in a query, say."""

    def too_late(number: int, frame: object) -> None:
        raise TimeoutError

    def noticed_in(owner: object, name: str) -> None:
        step = getattr(owner, name)

        def interrupted(*arguments: Any, **options: Any) -> Any:
            os.kill(os.getpid(), signal.SIGUSR1)
            return step(*arguments, **options)

        monkeypatch.setattr(owner, name, interrupted)

    deliver_due(EIGHT, request_drain=lambda edition_id: None)
    before = signal.signal(signal.SIGUSR1, too_late)
    called: list[int] = []
    try:
        with monkeypatch.context():
            noticed_in(load, "load_contents")
            assert drain_edition(edition.id, request_drain=called.append) == 0
        monkeypatch.undo()
        noticed_in(books, "close_edition")
        assert drain_edition(edition.id, request_drain=never) == 2
    finally:
        signal.signal(signal.SIGUSR1, before)
    edition.refresh_from_db()
    assert (called, edition.state) == ([edition.id], "closed")


def test_a_drain_that_finds_the_mail_server_away_leaves_it_to_the_next_minute(
    edition: Edition, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    deliver_due(EIGHT, request_drain=lambda edition_id: None)
    assert drain_edition(edition.id, request_drain=never) == 0
    assert set(Delivery.objects.values_list("state", flat=True)) == {"pending"}


def test_a_drain_reads_the_day_anew_once_letters_show_what_it_has_not_read(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody confirmed while it worked, and reads a language in which nobody had that paper."""
    deliver_due(EIGHT, request_drain=lambda edition_id: None)
    asked: list[bool] = []

    def plan_more(*arguments: Any, stop: shutdown.ShouldStop, **options: Any) -> sending.Drained:
        asked.append(stop())
        Edition.objects.update(wanted={**Edition.objects.get().wanted, "zh": "ffff"})
        asked.append(stop())
        return sending.Drained(stopped=True)

    monkeypatch.setattr(sending, "drain", plan_more)
    monkeypatch.setattr(shutdown, "throttle", lambda question: question)
    called: list[int] = []
    drain_edition(edition.id, request_drain=called.append)
    assert (asked, called) == ([False, True], [edition.id])
    assert find_needed_papers(edition)["zh"] == set(range(16))


def test_a_drain_waits_for_no_model_and_the_minute_for_none_long(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[object] = []
    write = writing.write_summaries

    def noting(*arguments: Any, **options: Any) -> writing.SummaryCounts:
        waits.append(options)
        return write(*arguments, **options)

    monkeypatch.setattr(writing, "write_summaries", noting)
    deliver_due(EIGHT, request_drain=lambda edition_id: None)
    deliver_due(EIGHT + timedelta(minutes=1), request_drain=lambda edition_id: None)
    drain_edition(edition.id, request_drain=never)
    assert waits == [{"seconds": scheduler.MODEL_WAIT_SECONDS}, {"use_model": False}]


def test_letters_that_are_too_late_are_skipped_and_the_edition_closed_without_a_drain(edition: Edition) -> None:
    deliver_due(EIGHT, request_drain=lambda edition_id: None)
    with time_machine.travel(EIGHT + timedelta(hours=18), tick=False):
        assert deliver_due(request_drain=never) == 0
    edition.refresh_from_db()
    assert (edition.state, len(mail.outbox)) == ("closed", 0)
    assert not books.is_final(edition)
