"""The website that is told to reload while a setting in .env is wrong: it says so in a line, and goes on."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.deploy.test_deployment import ROOT
from tests.deploy.test_slow_clients import find_free_port

pytestmark = pytest.mark.e2e
PATIENCE_SECONDS = 60


class Website:
    """gunicorn in a copy of the project, which has a .env of its own."""

    def __init__(self, folder: Path) -> None:
        self.port, self.dotenv, self.log = find_free_port(), folder / ".env", folder / "log"
        for name in ("digest", "subscriptions", "templates"):
            (folder / name).symlink_to(ROOT / name)
        shutil.copytree(ROOT / "deploy", folder / "deploy")
        self.dotenv.write_text("LOG_LEVEL=INFO\n", encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if name != "LOG_LEVEL"}
        options = ["--config", "deploy/gunicorn_settings.py", "--bind", f"127.0.0.1:{self.port}", "--workers", "1"]
        with self.log.open("w") as log:
            self.master = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", *options, "deploy.wsgi"],
                cwd=folder,
                env={**kept, "PREPRINT_POST_HOME": str(folder / "home")},
                stderr=log,
            )

    def answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except ConnectionError:
            return False
        finally:
            connection.close()

    def workers(self) -> set[str]:
        return set(Path(f"/proc/{self.master.pid}/task/{self.master.pid}/children").read_text().split())

    def reload_with(self, dotenv: str) -> None:
        self.dotenv.write_text(dotenv, encoding="utf-8")
        self.master.send_signal(signal.SIGHUP)


@pytest.fixture
def website(tmp_path: Path) -> Iterator[Website]:
    site = Website(tmp_path)
    try:
        wait_until(site.answers)
        yield site
    finally:
        site.master.terminate()
        site.master.wait(PATIENCE_SECONDS)


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="the workers are found by /proc")
def test_a_reload_with_a_wrong_setting_is_said_in_a_line_and_changes_nothing(website: Website) -> None:
    [worker] = website.workers()
    website.reload_with("LOG_LEVEL=loud\n")
    wait_until(lambda: "Nothing was reloaded." in website.log.read_text())
    said = website.log.read_text()
    assert said.count("LOG_LEVEL is 'loud'") == 1
    assert "Traceback" not in said
    time.sleep(1.5)  # longer than gunicorn's own turn, in which it ends those whom there are too many of
    assert website.workers() == {worker}
    assert website.answers()
    website.reload_with("LOG_LEVEL=DEBUG\n")
    wait_until(lambda: len(website.workers()) == 1 and worker not in website.workers())
    assert website.answers()
    assert "Traceback" not in website.log.read_text()
