"""What the scheduler wakes, and when."""

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from billiard.process import current_process
from celery.signals import task_postrun, task_prerun, worker_shutting_down

from deploy import broker
from deploy.celery import app

EASTERN = ZoneInfo("America/New_York")


def next_run(after: datetime) -> datetime:
    """The next preparation of a day after this time, in UTC."""
    schedule = app.conf.beat_schedule["prepare-day"]["schedule"]
    schedule.nowfun = lambda: after
    remaining: timedelta = schedule.remaining_estimate(after)
    return (after + remaining).astimezone(UTC).replace(microsecond=0)


def test_every_minute_somebody_looks_whose_hour_has_come() -> None:
    entry = app.conf.beat_schedule["request-due-drains"]
    assert entry["task"] == "digest.tasks.deliver_due"
    assert entry["schedule"] == timedelta(minutes=1).total_seconds()
    assert entry["options"]["expires"] < entry["schedule"], "what nobody took in time must not pile up"


def test_the_day_runs_on_weekdays_after_the_announcement() -> None:
    assert str(app.conf.timezone) == "America/New_York"
    schedule = app.conf.beat_schedule["prepare-day"]["schedule"]
    assert (schedule.day_of_week, schedule.hour, schedule.minute) == ({1, 2, 3, 4, 5}, set(range(7)), {30})


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (datetime(2026, 1, 23, 0, 0, tzinfo=EASTERN), datetime(2026, 1, 23, 5, 30, tzinfo=UTC)),
        (datetime(2026, 1, 23, 7, 0, tzinfo=EASTERN), datetime(2026, 1, 26, 5, 30, tzinfo=UTC)),
        (datetime(2026, 7, 24, 7, 0, tzinfo=EASTERN), datetime(2026, 7, 27, 4, 30, tzinfo=UTC)),
    ],
    ids=["in the night", "over a weekend in winter", "over a weekend in summer"],
)
def test_the_clock_that_counts_is_the_eastern_one(after: datetime, expected: datetime) -> None:
    assert next_run(after) == expected


def test_owed_summaries_are_asked_for_every_hour() -> None:
    entry = app.conf.beat_schedule["catch-up-summaries"]
    assert entry["task"] == "digest.tasks.catch_up_summaries"
    assert (entry["schedule"].minute, entry["schedule"].hour) == ({5}, set(range(24)))


def test_a_task_of_a_dead_worker_goes_to_another() -> None:
    assert app.conf.task_acks_late is True
    assert app.conf.task_reject_on_worker_lost is False
    assert app.conf.worker_prefetch_multiplier == 1


def our_tasks() -> dict[str, Any]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if name.startswith("digest.tasks.")}


def test_every_task_has_a_queue_and_limits() -> None:
    assert set(our_tasks()) == set(app.conf.task_routes)
    assert {route["queue"] for route in app.conf.task_routes.values()} == set(app.conf.task_queues)
    for task in our_tasks().values():
        assert task.soft_time_limit < task.time_limit
        assert 2 * task.time_limit < broker.VISIBILITY_TIMEOUT_SECONDS, (
            "one that waits for another in its worker stays its own"
        )


def test_redis_is_told_how_long_a_task_may_take(tmp_path: Path) -> None:
    options = broker.transport_options("redis://localhost:6379/0", tmp_path)
    assert options == {"visibility_timeout": broker.VISIBILITY_TIMEOUT_SECONDS}


def test_letters_and_errands_wait_for_no_long_run() -> None:
    queues = {name.rpartition(".")[2]: route["queue"] for name, route in app.conf.task_routes.items()}
    long = {name for name, task in our_tasks().items() if task.soft_time_limit > 15 * 60}
    assert {name.rpartition(".")[2] for name in long} == {"run_daily", "catch_up_summaries", "forget"}
    assert {queues[name.rpartition(".")[2]] for name in long} == {"prepare"}
    assert queues["deliver_due"] != queues["drain"], "who is due is looked for while letters go out"


def test_messages_of_earlier_versions_find_their_task() -> None:
    assert {"digest.tasks.run_daily", "digest.tasks.deliver_due"} <= set(our_tasks())


def test_what_nobody_took_in_time_does_not_pile_up() -> None:
    every = {"request-due-drains": 60, "run-errands": 60, "prepare-day": 3600, "catch-up-summaries": 3600}
    every |= {"remind": 3600, "forget": 3600, "watch": 120, "check-sender": 3600}
    assert set(every) == set(app.conf.beat_schedule)
    for name, seconds in every.items():
        assert app.conf.beat_schedule[name]["options"]["expires"] < seconds


class Request:
    """A task that a worker's process has taken."""

    def __init__(self, name: str, pid: int | None) -> None:
        self.name, self.worker_pid = name, pid


def test_a_worker_that_shall_end_asks_only_its_drains(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    drain = "digest.tasks.drain"
    requests = {
        Request(drain, 11),
        Request(drain, None),
        Request(drain, os.getpid()),
        Request("digest.tasks.remind", 12),
    }
    monkeypatch.setattr("celery.worker.state.active_requests", requests)
    monkeypatch.setattr(os, "kill", lambda pid, number: asked.append((pid, number)))
    worker_shutting_down.send("worker", sig="SIGTERM", how="Warm", exitcode=0)
    assert asked == [(11, signal.SIGUSR1)]


def test_an_end_that_comes_when_a_drain_is_over_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker that is to end knows late that its process has done its task."""
    before = signal.getsignal(signal.SIGUSR1)
    task_postrun.send("a task of this very process")
    assert signal.getsignal(signal.SIGUSR1) is before
    monkeypatch.setattr(current_process(), "name", "ForkPoolWorker-1")
    try:
        task_prerun.send("a task")
        with pytest.raises(SoftTimeLimitExceeded):
            os.kill(os.getpid(), signal.SIGUSR1)
        task_postrun.send("a task")
        with pytest.raises(SystemExit):
            os.kill(os.getpid(), signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
