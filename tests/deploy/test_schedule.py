"""What the scheduler wakes, and when."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from deploy.celery import app

EASTERN = ZoneInfo("America/New_York")


def next_run(after: datetime) -> datetime:
    """The next run_daily after this time, in UTC."""
    schedule = app.conf.beat_schedule["run-daily"]["schedule"]
    schedule.nowfun = lambda: after
    remaining: timedelta = schedule.remaining_estimate(after)
    return (after + remaining).astimezone(UTC).replace(microsecond=0)


def test_every_minute_somebody_looks_whose_hour_has_come() -> None:
    entry = app.conf.beat_schedule["deliver-due"]
    assert entry["task"] == "digest.tasks.deliver_due"
    assert entry["schedule"] == timedelta(minutes=1).total_seconds()
    assert entry["options"]["expires"] < entry["schedule"], "what nobody took in time must not pile up"


def test_the_day_is_run_from_monday_to_friday_after_the_announcement_by_eastern_time() -> None:
    assert str(app.conf.timezone) == "America/New_York"
    schedule = app.conf.beat_schedule["run-daily"]["schedule"]
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


def test_every_hour_somebody_asks_for_the_summaries_that_are_owed() -> None:
    entry = app.conf.beat_schedule["catch-up-summaries"]
    assert entry["task"] == "digest.tasks.catch_up_summaries"
    assert (entry["schedule"].minute, entry["schedule"].hour) == ({5}, set(range(24)))


def test_a_task_whose_worker_died_is_given_to_another() -> None:
    assert app.conf.task_acks_late is True
    assert app.conf.worker_prefetch_multiplier == 1
