"""The scheduled job plans letters and requests drains; any number of these send them, and the last one closes."""

import os
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from pytest_django import Settings

from digest import scheduler, tasks
from digest.delivery import drain
from digest.delivery.workers import shutdown
from digest.editions import load
from digest.models import Delivery, Edition, Run
from digest.picking.papers_needed import find_needed_papers
from digest.reconciliation import books
from digest.scheduler import drain_edition, request_due_drains
from digest.sources.files.sample import SampleSource
from digest.summaries import write
from tests.people import ada, bao, subscribe

pytestmark = pytest.mark.django_db(transaction=True)

NIGHT = datetime(2026, 1, 23, 6, 30, tzinfo=UTC)
EIGHT = NIGHT.replace(hour=8, minute=0)


@pytest.fixture
def edition(monkeypatch: pytest.MonkeyPatch) -> Edition:
    """Return an edition built at night, for which Ada and Bao are due at eight."""
    monkeypatch.setattr(tasks, "open_source", lambda names: SampleSource())
    subscribe(ada, timezone="Europe/London", hour=8)
    subscribe(bao, timezone="Europe/London", hour=8)
    with time_machine.travel(NIGHT, tick=False):
        tasks.prepare_day()
    return Edition.objects.get()


def request_none(edition_id: int) -> None:
    raise AssertionError("no drain is to be requested")


def test_the_minute_plans_and_a_drain_sends_and_closes(edition: Edition) -> None:
    requested: list[int] = []
    request_due_drains(EIGHT, requested.append)
    assert (requested, len(mail.outbox)) == ([edition.id], 0)
    assert drain_edition(edition.id, request_drain=request_none) == 2
    edition.refresh_from_db()
    run = Run.objects.latest("id")
    assert (edition.state, run.balanced, run.source, run.report["accepted"]) == ("closed", True, "schedule", 2)


def test_a_repeated_or_late_drain_does_nothing(edition: Edition) -> None:
    request_due_drains(EIGHT, lambda edition_id: None)
    drain_edition(edition.id, request_drain=request_none)
    runs = Run.objects.count()
    assert [
        drain_edition(edition.id, request_drain=request_none),
        drain_edition(edition.id, request_drain=request_none),
    ] == [0, 0]
    assert (len(mail.outbox), Run.objects.count()) == (2, runs)


def test_a_drain_that_is_asked_to_stop_requests_another(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    request_due_drains(EIGHT, lambda edition_id: None)
    requested: list[int] = []
    with monkeypatch.context() as patch:
        patch.setattr(shutdown, "throttle", lambda question: lambda: True)
        assert drain_edition(edition.id, request_drain=requested.append) == 0
    assert requested == [edition.id]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"pending"}
    assert drain_edition(edition.id, request_drain=request_none) == 2


def test_a_soft_limit_interrupts_neither_loading_nor_closing(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    """A soft limit raises an error at any point of the task, in a query for example, unless its signal is handled."""

    def too_late(number: int, frame: object) -> None:
        raise TimeoutError

    def signal_in(owner: object, name: str) -> None:
        step = getattr(owner, name)

        def interrupted(*arguments: Any, **options: Any) -> Any:
            os.kill(os.getpid(), signal.SIGUSR1)
            return step(*arguments, **options)

        monkeypatch.setattr(owner, name, interrupted)

    request_due_drains(EIGHT, lambda edition_id: None)
    before = signal.signal(signal.SIGUSR1, too_late)
    requested: list[int] = []
    try:
        with monkeypatch.context():
            signal_in(load, "load_contents")
            assert drain_edition(edition.id, request_drain=requested.append) == 0
        monkeypatch.undo()
        signal_in(books, "close_edition")
        assert drain_edition(edition.id, request_drain=request_none) == 2
    finally:
        signal.signal(signal.SIGUSR1, before)
    edition.refresh_from_db()
    assert (requested, edition.state) == ([edition.id], "closed")


def test_a_drain_without_a_mail_server_leaves_letters_pending(edition: Edition, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    request_due_drains(EIGHT, lambda edition_id: None)
    assert drain_edition(edition.id, request_drain=request_none) == 0
    assert set(Delivery.objects.values_list("state", flat=True)) == {"pending"}


def test_a_drain_stops_for_papers_it_has_not_loaded(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader confirms during the drain, in a language in which no letter showed that paper."""
    request_due_drains(EIGHT, lambda edition_id: None)
    stops: list[bool] = []

    def plan_more(*arguments: Any, stop: shutdown.ShouldStop, **options: Any) -> drain.Drained:
        stops.append(stop())
        Edition.objects.update(wanted={**Edition.objects.get().wanted, "zh": "ffff"})
        stops.append(stop())
        return drain.Drained(stopped=True)

    monkeypatch.setattr(drain, "drain", plan_more)
    monkeypatch.setattr(shutdown, "throttle", lambda question: question)
    requested: list[int] = []
    drain_edition(edition.id, request_drain=requested.append)
    assert (stops, requested) == ([False, True], [edition.id])
    assert find_needed_papers(edition)["zh"] == set(range(16))


def test_a_drain_does_not_wait_for_a_model(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    write_summaries = write.write_summaries

    def recorded(*arguments: Any, **options: Any) -> write.SummaryCounts:
        calls.append(options)
        return write_summaries(*arguments, **options)

    monkeypatch.setattr(write, "write_summaries", recorded)
    request_due_drains(EIGHT, lambda edition_id: None)
    request_due_drains(EIGHT + timedelta(minutes=1), lambda edition_id: None)
    drain_edition(edition.id, request_drain=request_none)
    assert calls == [{"seconds": scheduler.MODEL_WAIT_SECONDS}, {"use_model": False}]


def test_too_late_letters_close_the_edition_without_a_drain(edition: Edition) -> None:
    request_due_drains(EIGHT, lambda edition_id: None)
    late = EIGHT + timedelta(hours=18)
    with time_machine.travel(late, tick=False):
        request_due_drains(late, request_none)
    edition.refresh_from_db()
    assert (edition.state, len(mail.outbox)) == ("closed", 0)
    assert not books.is_final(edition)
