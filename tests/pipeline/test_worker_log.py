"""At the default level a worker says a line for each stage and for each thousand letters, and nothing else."""

import logging
import os
import re
import runpy
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.conf import settings

from deploy.env import Environment
from digest import run, scheduler, tasks
from digest.run import StageLog
from digest.sources.files.sample import SampleSource
from tests.people import ada, bao, subscribe

# Half past one on a Friday morning, US Eastern.
NIGHT = datetime(2026, 1, 23, 6, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "digest")
    caplog.set_level(logging.INFO, "subscriptions")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was said since the last time, without the seconds."""
    said = [re.sub(r"in \d+\.\d s$", "in … s", record.getMessage()) for record in caplog.records]
    caplog.clear()
    return said


def work(minute: datetime) -> int:
    """Do what the workers do in a minute, and return how many letters left."""
    requested: list[int] = []
    with time_machine.travel(minute, tick=False):
        scheduler.request_due_drains(minute, requested.append)
        return sum(scheduler.drain_edition(edition, requested.append) for edition in requested)


@pytest.mark.django_db(transaction=True)
def test_a_night_and_a_morning_say_a_line_for_each_stage(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "open_source", lambda names: SampleSource())
    subscribe(ada, timezone="Europe/London", hour=8)
    subscribe(bao, timezone="Europe/London", hour=8)
    with time_machine.travel(NIGHT, tick=False):
        tasks.prepare_day()
    night = lines(caplog)
    assert [line.split(":")[0] for line in night] == [
        f"2026-01-23 {stage}" for stage in ("fetch", "signals", "build", "summarise")
    ]
    assert re.fullmatch(r"2026-01-23 fetch: [1-9]\d* in … s", night[0])
    assert work(NIGHT.replace(hour=7)) == 0
    assert lines(caplog) == [], "a minute in which nothing was due"
    assert work(NIGHT.replace(hour=8)) == 2
    assert [line for line in lines(caplog) if "summarise" not in line] == [
        "2026-01-23 pick: 2 in … s",
        "2026-01-23 send: 2 in … s",
        "2026-01-23 reconcile: 0 in … s",
    ]
    assert work(NIGHT.replace(hour=8, minute=1)) == 0
    assert lines(caplog) == []


def test_each_thousand_letters_are_a_line(caplog: pytest.LogCaptureFixture) -> None:
    with StageLog(NIGHT.date()).stage("send") as tick:
        for sent in range(1, 2_501, 7):
            tick(sent, 3_000)
        tick(2_500, 3_000)
    assert lines(caplog) == [
        "2026-01-23 send: 1,002 letters so far",
        "2026-01-23 send: 2,003 letters so far",
        "2026-01-23 send: 2,500 in … s",
    ]


def test_other_stages_say_only_their_end(caplog: pytest.LogCaptureFixture) -> None:
    for name in ("fetch", "reconcile"):
        with StageLog(NIGHT.date()).stage(name) as tick:
            tick(5_000, 5_000)
    assert lines(caplog) == ["2026-01-23 fetch: 5,000 in … s", "2026-01-23 reconcile: 5,000 in … s"]


def test_a_stage_that_fails_says_no_end(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValueError, match="arXiv"), StageLog(NIGHT.date()).stage("fetch"):
        raise ValueError("arXiv")
    assert lines(caplog) == []


@pytest.mark.parametrize(
    ("level", "ours", "libraries"),
    [("", "INFO", "WARNING"), ("DEBUG", "DEBUG", "DEBUG"), ("ERROR", "ERROR", "ERROR")],
)
def test_libraries_speak_at_the_default_level_only_of_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str, ours: str, libraries: str
) -> None:
    monkeypatch.setattr(Environment, "load_dotenv", lambda *_given: None)
    monkeypatch.setattr(os, "environ", {"PREPRINT_POST_HOME": str(tmp_path), "LOG_LEVEL": level})
    found = runpy.run_path(str(settings.BASE_DIR / "deploy" / "settings.py"))["LOGGING"]
    assert {found["loggers"][name]["level"] for name in ("deploy", "digest", "subscriptions")} == {ours}
    assert found["root"]["level"] == libraries
    assert run.log.name.startswith("digest.")
