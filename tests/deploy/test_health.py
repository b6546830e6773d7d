"""What probes are told: that a process serves, and whether what it needs is there."""

import json
import socket
import time
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings

from deploy import broker_connection, health
from deploy.health import HealthPages, Part, check_broker, check_database, check_static_files, find_missing_parts


@pytest.fixture(autouse=True)
def collected_files(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "site.css").touch()


def _find_closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _no_database() -> None:
    raise OperationalError("could not connect to server at 10.0.0.7, user preprint_post")


def test_a_process_that_serves_says_so_to_any_host(client: Client) -> None:
    answer = client.get("/healthz", headers={"Host": "10.1.2.3:8000"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer["Cache-Control"] == "no-store"


def test_health_asks_no_database(client: Client) -> None:
    assert client.get("/healthz").status_code == 200  # a test without the database mark fails over a query


@pytest.mark.django_db
def test_a_site_that_has_all_it_needs_is_ready(client: Client) -> None:
    answer = client.get("/readyz", headers={"Host": "10.1.2.3:8000"})
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "problems": {}})


@pytest.mark.django_db
def test_a_probe_is_not_sent_on_to_https(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 200)


@pytest.mark.django_db
def test_a_probe_by_head_has_no_body(client: Client) -> None:
    answer = client.head("/readyz")
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_changes_nothing(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.django_db
def test_a_database_that_is_away_is_named_without_its_address(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "ensure_connection", _no_database)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["problems"]) == (503, {"database": "It cannot be reached."})
    assert b"10.0.0.7" not in answer.content


@pytest.mark.django_db
def test_a_database_older_than_the_code_is_not_ready() -> None:
    assert check_database() == ""
    newest = max(name for app, name in MigrationRecorder(connection).applied_migrations() if app == "digest")
    MigrationRecorder(connection).record_unapplied("digest", newest)
    assert "manage.py migrate" in check_database()


def test_a_site_without_its_style_sheet_is_not_ready(settings: Settings, tmp_path: Path) -> None:
    assert check_static_files() == ""
    (tmp_path / "site.css").unlink()
    assert "collectstatic" in check_static_files()
    settings.DEBUG = True
    assert check_static_files() == ""


def test_a_broker_that_is_away_is_named(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{_find_closed_port()}/0"
    settings.CELERY_BROKER_TRANSPORT, settings.CELERY_BROKER_TRANSPORT_OPTIONS = None, {}
    assert check_broker() == "It cannot be reached."


def test_a_broker_that_takes_connections_and_says_nothing_is_not_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_connection, "BROKER_TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        settings.CELERY_BROKER_TRANSPORT, settings.CELERY_BROKER_TRANSPORT_OPTIONS = None, {}
        begun = time.monotonic()
        assert check_broker() == "It cannot be reached."
        assert time.monotonic() - begun < 5


def test_many_probes_cost_one_look(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []

    def look() -> list[Part]:
        looks.append("looked")
        return []

    monkeypatch.setattr(health, "find_missing_parts", look)
    monkeypatch.setattr(health, "monotonic", lambda: 100.0 + len(looks) * 0.1)
    for _ in range(50):
        assert json.loads(client.get("/readyz").content)["ready"] is True
    assert len(looks) == 1


@pytest.mark.django_db
def test_only_what_takes_the_body_away_stands_before_the_health_pages(settings: Settings) -> None:
    assert settings.MIDDLEWARE[1] == f"{HealthPages.__module__}.{HealthPages.__qualname__}"
    assert find_missing_parts() == []
