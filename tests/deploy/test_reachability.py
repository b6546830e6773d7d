"""`check --deploy` looks at what the settings lead to, says what is wrong with what to do, and never waits for long."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Never

import pytest
from django.core import checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from deploy import reachability
from deploy.checks import names_check, reachability_check
from digest.deliverability.findings import Finding, FindingState, SenderReport
from tests.subscriptions.refusing_server import RefusingServer, refusing_server

Look = Callable[[], Iterator[checks.CheckMessage]]


@pytest.fixture
def server(settings: Settings) -> Iterator[RefusingServer]:
    with refusing_server(settings) as server:
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "post@example.org", "uZ3nQ0rT8wKe5"
        yield server


def told(look: Look) -> list[tuple[str, str]]:
    """Return what a look found: its id, and its sentence with what to do."""
    return [(str(each.id), f"{each.msg} {each.hint or ''}".strip()) for each in look()]


# --- the database -----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_a_database_that_is_as_this_code_is_fine() -> None:
    assert told(reachability.look_at_database) == []


@pytest.mark.django_db
def test_an_older_database_is_to_be_migrated() -> None:
    newest = max(name for app, name in MigrationRecorder(connection).applied_migrations() if app == "digest")
    MigrationRecorder(connection).record_unapplied("digest", newest)
    [(id, text)] = told(reachability.look_at_database)
    assert id == "deploy.W002"
    assert "python manage.py migrate" in text


def test_a_database_that_cannot_be_opened_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Never:
        raise OperationalError("unable to open database file")

    monkeypatch.setattr(reachability, "lacks_migrations", refuse)
    [(id, text)] = told(reachability.look_at_database)
    assert id == "deploy.W003"
    assert "cannot be" in text


# --- broker and files -------------------------------------------------------------------------------------------------
def test_a_broker_that_is_there_is_fine() -> None:
    assert told(reachability.look_at_broker) == []


def test_a_broker_that_is_away_is_named_with_the_setting(settings: Settings) -> None:
    settings.CELERY_BROKER_URL = "redis://:uZ3nQ0rT8wKe5@127.0.0.1:9/0"
    settings.CELERY_BROKER_TRANSPORT, settings.CELERY_BROKER_TRANSPORT_OPTIONS = None, {}
    [(id, text)] = told(reachability.look_at_broker)
    assert id == "deploy.W005"
    assert "Connection refused" in text
    assert "CELERY_BROKER_URL" in text
    assert "uZ3nQ0rT8wKe5" not in text


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    (tmp_path / "site.css").touch()


def test_files_that_were_not_collected_are_named(settings: Settings) -> None:
    settings.DEBUG = False
    [(id, text)] = told(reachability.look_at_static_files)
    assert (id, "collectstatic" in text) == ("deploy.W004", True)


# --- mail -------------------------------------------------------------------------------------------------------------
def test_a_mail_server_that_lets_us_in_is_fine(server: RefusingServer) -> None:
    assert told(reachability.look_at_mail_server) == []
    assert (server.connections, server.recipients) == (1, []), "it is asked, and gets no letter"


def test_a_mail_server_that_refuses_our_log_in_is_named(server: RefusingServer) -> None:
    server.answers["AUTH"] = "535 5.7.8 Bad credentials"
    [(id, text)] = told(reachability.look_at_mail_server)
    assert id == "deploy.W006"
    assert f"127.0.0.1:{server.port}: 535 5.7.8 Bad credentials" in text
    assert "Set the user and the password in EMAIL_URL" in text
    assert "uZ3nQ0rT8wKe5" not in text


def test_a_mail_server_that_is_away_is_named(settings: Settings, server: RefusingServer) -> None:
    settings.EMAIL_PORT = 9
    [(id, text)] = told(reachability.look_at_mail_server)
    assert (id, "whether EMAIL_URL is right" in text) == ("deploy.W006", True)


def test_a_mail_server_that_says_nothing_is_not_waited_for(
    settings: Settings, server: RefusingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reachability, "TIMEOUT_SECONDS", 0.1)
    server.answers["BANNER"] = "220-"  # a greeting that goes on
    began = time.monotonic()
    [(id, _text)] = told(reachability.look_at_mail_server)
    assert id == "deploy.W006"
    assert time.monotonic() - began < 3


def test_the_server_of_alarms_is_looked_at_too(settings: Settings, server: RefusingServer) -> None:
    assert told(reachability.look_at_alert_server) == []
    settings.ALERT_MAIL_SERVER = {
        "backend": settings.EMAIL_BACKEND,
        "host": "127.0.0.1",
        "port": server.port,
        "username": "operator",
        "password": "x",
        "use_ssl": False,
        "use_tls": False,
    }
    assert told(reachability.look_at_alert_server) == []
    server.answers["AUTH"] = "535 5.7.8 Bad credentials"
    [(id, text)] = told(reachability.look_at_alert_server)
    assert (id, "ALERT_EMAIL_URL" in text) == ("deploy.W007", True)


@pytest.fixture
def provider(settings: Settings, httpserver: HTTPServer) -> HTTPServer:
    settings.EMAIL_BACKEND = "anymail.backends.resend.EmailBackend"
    settings.ANYMAIL = {"RESEND_API_KEY": "re_uZ3nQ0rT8wKe5", "RESEND_API_URL": httpserver.url_for("/")}
    return httpserver


def test_a_key_that_the_mail_provider_takes_is_fine(provider: HTTPServer) -> None:
    provider.expect_request("/domains", headers={"Authorization": "Bearer re_uZ3nQ0rT8wKe5"}).respond_with_json({})
    assert told(reachability.look_at_mail_server) == []


def test_a_key_that_may_only_send_is_fine(provider: HTTPServer) -> None:
    restricted = {"name": "restricted_api_key", "message": "This API key is restricted to only send emails"}
    provider.expect_request("/domains").respond_with_json(restricted, status=401)
    assert told(reachability.look_at_mail_server) == []


def test_a_key_that_the_mail_provider_refuses_is_named(provider: HTTPServer) -> None:
    provider.expect_request("/domains").respond_with_json({"name": "invalid_api_key"}, status=403)
    [(id, text)] = told(reachability.look_at_mail_server)
    assert id == "deploy.W008"
    assert "Resend does not take our key (403)." in text
    assert "uZ3nQ0rT8wKe5" not in text


def test_a_mail_provider_that_is_away_is_named(settings: Settings, provider: HTTPServer) -> None:
    provider.expect_request("/domains").respond_with_data("", status=502)
    assert [id for id, _text in told(reachability.look_at_mail_server)] == ["deploy.W009"]
    settings.ANYMAIL = {**settings.ANYMAIL, "RESEND_API_URL": "http://127.0.0.1:9/"}
    assert [id for id, _text in told(reachability.look_at_mail_server)] == ["deploy.W009"]


def test_a_missing_key_is_named(settings: Settings, provider: HTTPServer) -> None:
    settings.ANYMAIL = {}
    [(id, text)] = told(reachability.look_at_mail_server)
    assert (id, "RESEND_API_KEY" in text) == ("deploy.W008", True)


def test_a_key_that_only_a_letter_tries_is_information(settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.ANYMAIL = "anymail.backends.mandrill.EmailBackend", {"MANDRILL_API_KEY": "x"}
    [found] = reachability.look_at_mail_server()
    assert (found.id, found.level) == ("deploy.I001", checks.INFO)
    assert "preview_letter" in str(found.hint)


# --- models -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def models(settings: Settings, httpserver: HTTPServer) -> HTTPServer:
    settings.OPENAI_BASE_URL, settings.OPENAI_MODEL = httpserver.url_for("/v1"), "small-1"
    settings.OPENAI_API_KEY = "sk-uZ3nQ0rT8wKe5"
    return httpserver


def list_models(*names: str) -> dict[str, object]:
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": 1, "owned_by": "x"} for name in names],
    }


def test_a_model_that_the_service_has_is_fine(models: HTTPServer) -> None:
    models.expect_request("/v1/models").respond_with_json(list_models("small-1", "big-1"))
    assert told(reachability.look_at_models) == []


def test_a_model_that_the_service_does_not_have_is_named_with_what_it_has(models: HTTPServer) -> None:
    models.expect_request("/v1/models").respond_with_json(list_models("small-2", "other"))
    assert told(reachability.look_at_models) == [
        (
            "deploy.W011",
            "The service does not list the model 'small-1'. Set OPENAI_MODEL to one that it has, such as small-2.",
        )
    ]


def test_a_service_that_refuses_the_key_is_named(models: HTTPServer) -> None:
    refusal = {"error": {"message": "Incorrect API key provided: sk-uZ3nQ0rT8wKe5"}}
    models.expect_request("/v1/models").respond_with_json(refusal, status=401)
    [(id, text)] = told(reachability.look_at_models)
    assert (id, "OPENAI_MODEL cannot be asked: the model service refuses the key (401)" in text) == (
        "deploy.W010",
        True,
    )
    assert "uZ3nQ0rT8wKe5" not in text


def test_a_service_without_a_list_is_information(models: HTTPServer) -> None:
    models.expect_request("/v1/models").respond_with_data("", status=404)
    [found] = reachability.look_at_models()
    assert (found.id, found.level) == ("deploy.I002", checks.INFO)


def test_each_model_that_is_set_is_looked_at(settings: Settings, models: HTTPServer) -> None:
    settings.OPENAI_FALLBACK_MODEL, settings.OPENAI_FALLBACK_BASE_URL = "second-1", "http://127.0.0.1:9/v1"
    settings.OPENAI_EMBEDDING_MODEL = "numbers-1"
    models.expect_request("/v1/models").respond_with_json(list_models("small-1"))
    found = told(reachability.look_at_models)
    assert [id for id, _text in found] == ["deploy.W010", "deploy.W011"]
    assert "OPENAI_FALLBACK_MODEL cannot be asked: the model service could not be reached" in found[0][1]
    assert "OPENAI_EMBEDDING_MODEL" in found[1][1]


def test_the_container_of_the_website_asks_no_model(settings: Settings, models: HTTPServer) -> None:
    settings.OPENAI_API_KEY = reachability.KEY_OF_WEBSITE
    compose = (Path(settings.BASE_DIR) / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    assert f"OPENAI_API_KEY: ${{OPENAI_API_KEY:+{reachability.KEY_OF_WEBSITE}}}" in compose
    [found] = reachability.look_at_models()
    assert (found.id, found.level, models.log) == ("deploy.I005", checks.INFO, [])


def test_without_a_model_nobody_is_asked() -> None:
    assert told(reachability.look_at_models) == []


# --- DNS --------------------------------------------------------------------------------------------------------------
def test_what_is_wrong_in_dns_is_a_warning_and_all_else_information(monkeypatch: pytest.MonkeyPatch) -> None:
    findings = [
        Finding("SPF", FindingState.WRONG, "post.example has no record.", "Publish one."),
        Finding("DKIM", FindingState.OK, "There is a key."),
        Finding("DMARC", FindingState.ADVICE, "The policy is none.", "Raise it."),
        Finding("PTR", FindingState.UNKNOWN, "It could not be looked up."),
    ]
    monkeypatch.setattr(reachability, "look_up_sender", lambda: SenderReport("post.example", findings))
    found = list(reachability.look_at_sender())
    assert [(each.level, each.msg, each.hint) for each in found] == [
        (checks.WARNING, "SPF: post.example has no record.", "Publish one."),
        (checks.INFO, "DMARC: The policy is none.", "Raise it."),
        (checks.INFO, "PTR: It could not be looked up.", None),
    ]


def test_it_is_said_where_nobody_shall_look(settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.DNS_SERVERS = "digest.delivery.transports.smtp_backend.EmailBackend", None
    [found] = reachability.look_at_sender()
    assert (found.id, found.level) == ("deploy.I003", checks.INFO)


# --- all of them ------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_all_look_at_once_and_each_is_told(
    settings: Settings, collected: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What others left in the environment of the tests is not ours to name.
    monkeypatch.setattr("deploy.checks.os", SimpleNamespace(environ={}))
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
    settings.CELERY_BROKER_TRANSPORT, settings.CELERY_BROKER_TRANSPORT_OPTIONS = None, {}
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.DNS_SERVERS = "127.0.0.1", 9, None
    settings.DOTENV_LINES = {"SITEURL": [1]}
    ids = [str(each.id) for each in [*names_check(None), *reachability_check(None)]]
    assert ids == ["deploy.W001", "deploy.W005", "deploy.W006", "deploy.I003"]
    with pytest.raises(SystemCheckError, match=r"deploy\.W006"):
        call_command("check", "--deploy", "--fail-level", "WARNING")


def test_other_commands_look_at_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Never:
        raise AssertionError("every start would wait for it")

    monkeypatch.setattr(reachability, "LOOKS", (fail,))
    call_command("check")
