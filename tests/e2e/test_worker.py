"""A real Celery worker, on the broker of this environment: a folder, or Redis where CELERY_BROKER_URL says so."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings

from deploy import broker
from tests.e2e.processes import ROOT, Home, fresh_home

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

DAY = "2026-01-23"


def test_a_worker_serves_only_readers_whose_hour_has_come(tmp_path: Path) -> None:
    with fresh_home(tmp_path / "home") as home:
        _import(home, tmp_path, early=11, late=20)
        home.run("fetch_papers", "--date", DAY, "--source", "sample")
        home.run("build_edition", "--date", DAY)
        with _worker(home):
            _call(home, "digest.tasks.deliver_due")
            _wait(lambda: len(home.mailbox) >= 1)
            _import(home, tmp_path, newcomer=11)
            _call(home, "digest.tasks.deliver_due")
            _wait(lambda: len(home.mailbox) >= 2)
        assert sorted(_addressee(path) for path in home.mailbox) == ["early@example.org", "newcomer@example.org"]


def _import(home: Home, folder: Path, **readers: int) -> None:
    """Each with the hour of their letter. Whenever the test runs, it is a little after twelve by their clocks."""
    zone = f"Etc/GMT{datetime.now(UTC).hour - 12:+}"  # its sign is turned round: Etc/GMT-3 is three hours ahead
    rows = (
        {"email": f"{name}@example.org", "categories": "cs.LG", "timezone": zone, "hour": hour}
        for name, hour in readers.items()
    )
    (folder / "readers.jsonl").write_text("\n".join(map(json.dumps, rows)))
    home.run("import_subscribers", str(folder / "readers.jsonl"))


def _addressee(path: Path) -> str:
    return str(message_from_bytes(path.read_bytes())["To"])


@contextmanager
def _worker(home: Home) -> Iterator[None]:
    """Stops with SIGTERM, as a service manager stops it."""
    options = ("--concurrency", "1", "--pool", "solo", "--loglevel", "warning", "--without-mingle")
    command = [sys.executable, "-m", "celery", "-A", "deploy.celery", "worker", *options]
    worker = subprocess.Popen(command, env=home.env, cwd=ROOT)
    try:
        yield
    finally:
        worker.terminate()
        assert worker.wait(timeout=30) == 0


def _call(home: Home, task: str) -> None:
    """What the scheduler does, without the second that a process takes to begin."""
    caller = Celery("caller", broker=settings.CELERY_BROKER_URL, set_as_current=False)
    options = broker.transport_options(settings.CELERY_BROKER_URL, home.folder / "broker")
    routes = {"task_routes": broker.task_routes(), "task_serializer": "json", "task_ignore_result": True}
    caller.conf.update(broker_transport_options=options, **routes)
    caller.send_task(task)
    caller.close()


def _wait(done: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "nothing came within the time"
        time.sleep(0.05)
