"""The probe that container and unit files run says whether a part lives, and what is wrong."""

import logging
import os
import socket
import time
from pathlib import Path

import pytest
from celery.beat import PersistentScheduler
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from pytest_httpserver import HTTPServer

from deploy import probe
from deploy.celery import app


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PREPRINT_POST_HOME", str(tmp_path))
    (tmp_path / "broker").mkdir()
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    return probe.main(arguments), capsys.readouterr().err


def test_a_website_that_is_ready_is_fine(httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]) -> None:
    httpserver.expect_request("/readyz").respond_with_json({"ready": True, "problems": {}})
    assert said(capsys, "web", "--site", httpserver.url_for("")) == (0, "")


def test_what_a_website_lacks_is_said(httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]) -> None:
    lacking = {"ready": False, "problems": {"database": "It cannot be reached.", "static": "They were not collected."}}
    httpserver.expect_request("/readyz").respond_with_json(lacking, status=503)
    httpserver.expect_request("/healthz").respond_with_data("ok")
    site = httpserver.url_for("")
    assert said(capsys, "web", "--site", site) == (
        1,
        "database: It cannot be reached. static: They were not collected.\n",
    )
    assert said(capsys, "web", "--site", site, "--alive") == (0, ""), "a new start would not help"


def test_a_website_that_is_broken_or_away_is_named(
    httpserver: HTTPServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    httpserver.expect_request("/readyz").respond_with_data("<h1>Oops</h1>", status=500)
    assert said(capsys, "web", "--site", httpserver.url_for("")) == (1, "The website answers /readyz with 500.\n")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{listener.getsockname()[1]}"
    code, text = said(capsys, "web", "--site", closed, "--alive")
    assert (code, text.startswith("The website does not answer: ")) == (1, True)


@pytest.mark.django_db(transaction=True)
def test_it_asks_the_site_itself(
    live_server: LiveServer,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The site runs in this process, and what it logs may go to the same place as what the probe says.
    monkeypatch.setattr(logging.getLogger("django.request"), "disabled", True)
    assert said(capsys, "web", "--site", live_server.url, "--alive") == (0, "")
    settings.DEBUG, settings.STATIC_ROOT = False, Path("/nowhere")
    assert said(capsys, "web", "--site", live_server.url) == (
        1,
        "static: They were not collected: run `manage.py collectstatic --no-input`.\n",
    )


def test_a_scheduler_that_writes_is_alive(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scheduler = PersistentScheduler(app=app, schedule_filename=str(home / "broker" / "beat"))
    scheduler.close()
    assert said(capsys, "beat") == (0, "")


def test_a_scheduler_that_is_silent_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "broker" / "beat").touch()
    long_ago = time.time() - 42 * 60
    os.utime(home / "broker" / "beat", (long_ago, long_ago))
    assert said(capsys, "beat") == (1, "The scheduler has been silent for 42 minutes.\n")


def test_a_scheduler_that_never_began_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "beat") == (1, f"The scheduler has written nothing into {home / 'broker'}.\n")
