"""A real Celery worker, on the broker of this environment: a folder, or Redis where CELERY_BROKER_URL says so."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.processes import ROOT, Home, fresh_home

pytestmark = pytest.mark.e2e


def test_a_worker_delivers_to_readers_whose_hour_has_come_and_to_nobody_else(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with fresh_home(tmp_path / "home") as home:
        _import(home, tmp_path, early=now.hour, late=(now.hour + 6) % 24)
        home.run("fetch_papers", "--date", f"{now:%Y-%m-%d}", "--source", "sample")
        home.run("build_edition", "--date", f"{now:%Y-%m-%d}")
        with _worker(home):
            _call(home, "digest.tasks.deliver_due")
            _wait(lambda: len(home.mailbox) >= 1)
            _call(home, "digest.tasks.deliver_due")
            time.sleep(1)
        assert [b"early@example.org" in path.read_bytes() for path in home.mailbox] == [True]


def _import(home: Home, folder: Path, *, early: int, late: int) -> None:
    rows = [
        {"email": "early@example.org", "categories": "cs.LG", "timezone": "UTC", "hour": early},
        {"email": "late@example.org", "categories": "cs.LG", "timezone": "UTC", "hour": late},
    ]
    (folder / "readers.jsonl").write_text("\n".join(map(json.dumps, rows)))
    home.run("import_subscribers", str(folder / "readers.jsonl"))


@contextmanager
def _worker(home: Home) -> Iterator[None]:
    """Stops with SIGTERM, as a service manager stops it."""
    worker = subprocess.Popen(
        [*_celery(), "worker", "--concurrency", "1", "--pool", "solo", "--loglevel", "warning", "--without-mingle"],
        env=home.env, cwd=ROOT,
    )  # fmt: skip
    try:
        yield
    finally:
        worker.terminate()
        assert worker.wait(timeout=30) == 0


def _call(home: Home, task: str) -> None:
    subprocess.run([*_celery(), "call", task], env=home.env, cwd=ROOT, check=True, capture_output=True, timeout=60)


def _celery() -> list[str]:
    return [sys.executable, "-m", "celery", "-A", "deploy.celery"]


def _wait(done: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "nothing came within the time"
        time.sleep(0.05)
