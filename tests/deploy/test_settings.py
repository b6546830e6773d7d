"""Whatever the environment says wrongly, the start ends with one sentence that names it."""

import os
import runpy
import subprocess
import sys
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ImproperlyConfigured, ValidationError

from deploy.env import Environment

ROOT = Path(__file__).resolve().parents[2]

WRONG = {
    "API_CONNECTIONS": "65",
    "CELERY_BROKER_URL": "foo",
    "DELIVERY_WINDOW": "8d",
    "DOMAIN_RATE_LIMITS": "gmail.com=100/m;qq.com=30/m",
    "EMAIL_URL": "smtp://host:abc",
    "EHLO_NAME": "mail server",
    "EVENTS_KEPT": "89d",
    "FROM_EMAIL": "Preprint Post",
    "KEEP_ERRANDS_DAYS": "7",
    "KEEP_EVENTS_DAYS": "89",
    "KEEP_FORMER_INTERESTS_DAYS": "0",
    "KEEP_LETTERS_DAYS": "29",
    "KEEP_RUNS_DAYS": "29",
    "KEEP_SEEN_PAPERS_DAYS": "179",
    "KEEP_UNCONFIRMED_DAYS": "7",
    "LOG_LEVEL": "loud",
    "SENTRY_DSN": "https://sentry.example.org/1",
    "REPLY_TO": "Post <answers@post.example.org>, you@post.example.org",
    "SITE_NAME": "Post\nOffice",
    "SITE_URL": "https://post.example.org:80000",
    "SMTP_CONNECTIONS": "65",
    "SOFT_BOUNCE_TIME": "366d",
}


def settings_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **environ: str) -> dict[str, Any]:
    """Return the settings of an installation in whose environment nothing else is set."""
    monkeypatch.setattr(Environment, "load_dotenv", lambda *_given: None)
    monkeypatch.setattr(os, "environ", {"PREPRINT_POST_HOME": str(tmp_path), **environ})
    return runpy.run_path(str(ROOT / "deploy" / "settings.py"))


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"^{name} "):
        settings_with(tmp_path, monkeypatch, **{name: WRONG[name]})


@pytest.mark.parametrize(
    "program",
    [
        "manage.py check",
        "-m celery -A deploy.celery worker",
        "-m celery -A deploy.celery beat",
        "-m gunicorn --config deploy/gunicorn_settings.py deploy.wsgi",
        "-m deploy.demo --once",
    ],
)
def test_every_program_says_it_in_one_line(tmp_path: Path, program: str) -> None:
    environ = {**os.environ, "PREPRINT_POST_HOME": str(tmp_path), "LOG_LEVEL": "loud"}
    command = [sys.executable, *program.split()]
    ended = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False)
    own_lines = [line for line in ended.stderr.splitlines() if "Starting gunicorn" not in line]
    said = "LOG_LEVEL is 'loud'; set it to one of: DEBUG, INFO, WARNING, ERROR, CRITICAL."
    assert (ended.returncode, own_lines) == (1, [f"The settings are not right yet. {said}"])


def test_an_international_host_is_in_ascii_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings_with(tmp_path, monkeypatch, **{**PRODUCTION, "SITE_URL": "https://bücher.example"})
    assert found["SITE_URL"] == "https://xn--bcher-kva.example"
    assert found["ALLOWED_HOSTS"][0] == "xn--bcher-kva.example"
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://xn--bcher-kva.example"]
    assert found["DEFAULT_FROM_EMAIL"] == "Preprint Post <letters@xn--bcher-kva.example>"
    assert found["EHLO_NAME"] == "xn--bcher-kva.example"


@pytest.mark.parametrize("name", ["Name, Inc", "Post: new", "Post @ home", 'The "Best" Post', "Bücher, neu"])
def test_any_name_of_the_site_makes_a_sender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    found = settings_with(tmp_path, monkeypatch, SITE_NAME=name)
    assert parseaddr(found["DEFAULT_FROM_EMAIL"]) == (name, "letters@localhost")


def test_ehlo_says_the_host_of_the_sender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"FROM_EMAIL": "Post <letters@mail.post.example>"}
    assert settings_with(tmp_path, monkeypatch, **given)["EHLO_NAME"] == "mail.post.example"
    given["EHLO_NAME"] = "out1.post.example"
    assert settings_with(tmp_path, monkeypatch, **given)["EHLO_NAME"] == "out1.post.example"


def test_a_site_at_an_ip_address_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for site, ehlo in (("http://192.0.2.1:8000", "[192.0.2.1]"), ("http://[::1]:8000", "localhost")):
        assert settings_with(tmp_path, monkeypatch, SITE_URL=site)["EHLO_NAME"] == ehlo


def test_user_and_password_have_settings_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"EMAIL_URL": "smtp://you:x@mail.example.org", "ALERT_EMAIL_URL": "smtp://operator:y@alert.example.org"}
    own = {"EMAIL_HOST_USER": "me:you", "EMAIL_HOST_PASSWORD": " %41%@host "}
    found = settings_with(tmp_path, monkeypatch, **given, **own)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("me:you", " %41%@host ")
    assert found["EMAIL_HOST"] == "mail.example.org"
    assert found["ALERT_MAIL_SERVER"]["password"] == "y", "another server has a password of its own"
    found = settings_with(tmp_path, monkeypatch, **given)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("you", "x")


PRODUCTION = {
    "SITE_URL": "https://post.example.org",
    "SECRET_KEY": "Yp2q9vXK7sRfE0dTzLwGh4BnUjMa8CiO3kQx",
    "SUPPRESSION_KEY": "Kc5uWm1tHd8yPr3xNa6vJq0bZs9eLf2gTi7o",
}


@pytest.mark.parametrize(("asked", "preload"), [({}, False), ({"HSTS_PRELOAD": "1"}, True)])
def test_browsers_are_told_to_preload_only_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], preload: bool
) -> None:
    found = settings_with(tmp_path, monkeypatch, **PRODUCTION, **asked)
    assert found["SECURE_HSTS_PRELOAD"] is preload
    assert found["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "x" * 60),
        ("SUPPRESSION_KEY", "changeme" + PRODUCTION["SUPPRESSION_KEY"]),
        ("SECRET_KEY_FALLBACKS", f"{PRODUCTION['SECRET_KEY'].swapcase()} not-a-secret-key-of-the-first-year-here"),
        ("ANYMAIL_WEBHOOK_SECRET", "name:password"),
    ],
)
def test_production_starts_with_no_known_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"{name} can be guessed"):
        settings_with(tmp_path, monkeypatch, **{**PRODUCTION, name: value})
    assert settings_with(tmp_path, monkeypatch, **{**PRODUCTION, name: value, "DEBUG": "1"})["DEBUG"] is True


@pytest.mark.parametrize(
    "password", ["short-1", "operator2026", "12345678901234", "correcthorse"[:8], "passwordpassword"[:8]]
)
def test_an_operators_password_is_no_easy_one(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, User(username="operator"))


def test_an_operators_long_password_is_taken() -> None:
    operator = User(username="operator")
    try:
        validate_password("blue herons over wet roofs", operator)
    except ValidationError as error:
        pytest.fail(str(error))


def test_keys_of_before_are_read_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_with(tmp_path, monkeypatch)["SECRET_KEY_FALLBACKS"] == []
    found = settings_with(tmp_path, monkeypatch, SECRET_KEY_FALLBACKS="first-key  second-key")
    assert found["SECRET_KEY_FALLBACKS"] == ["first-key", "second-key"]


def test_a_letter_is_known_while_anything_of_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings_with(tmp_path, monkeypatch)
    assert (found["KEEP_EVENTS_DAYS"], found["KEEP_SEEN_PAPERS_DAYS"]) == (180, 400)
    found = settings_with(tmp_path, monkeypatch, EVENTS_KEPT="500d")
    assert (found["KEEP_EVENTS_DAYS"], found["KEEP_SEEN_PAPERS_DAYS"]) == (500, 500), "the former name counts"
    found = settings_with(tmp_path, monkeypatch, KEEP_EVENTS_DAYS="200", KEEP_LETTERS_DAYS="600")
    assert (found["KEEP_EVENTS_DAYS"], found["KEEP_SEEN_PAPERS_DAYS"]) == (200, 600)
