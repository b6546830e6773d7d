"""What is missing is said at the start, with how to set it."""

import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pytest_django import Settings

from deploy.env import Environment
from digest import checks
from digest.checks import backend_check, production_check, refuse_to_send_unready, sender_check
from digest.delivery.rate_limits.known_relays import KNOWN_RELAYS, KnownRelay


def test_letters_as_files_need_nothing(settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.POSTAL_ADDRESS = "digest.delivery.transports.mailbox.MailboxBackend", ""
    assert sender_check(None) == []


def test_real_letters_need_a_postal_address(settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.POSTAL_ADDRESS = "anymail.backends.resend.EmailBackend", ""
    assert [error.id for error in sender_check(None)] == ["digest.E001"]
    with pytest.raises(ImproperlyConfigured, match="POSTAL_ADDRESS"):
        refuse_to_send_unready()


def test_real_letters_need_an_address_that_readers_reach(settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.SITE_URL = "anymail.backends.resend.EmailBackend", "http://localhost:8000"
    assert [error.id for error in sender_check(None)] == ["digest.E002"]


def test_a_trial_mail_server_on_this_machine_allows_local_links(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.SITE_URL, settings.DEBUG = "http://localhost:8000", True
    for settings.EMAIL_HOST in ("localhost", "127.0.0.1", "::1"):
        assert sender_check(None) == []


def test_a_relay_on_this_machine_reaches_real_people(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.SITE_URL = "localhost", "http://localhost:8000"
    [error] = sender_check(None)
    assert error.id == "digest.E002"
    assert "set DEBUG=1" in str(error.hint), "whoever only tries it out is told how"


def test_a_mail_backend_that_does_not_exist_is_named(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.nope.EmailBackend"
    [error] = backend_check(None)
    assert "anymail.backends.nope" in error.msg


def proposed(settings: Settings, host: str, backend: str = "smtp_backend.EmailBackend") -> str:
    settings.EMAIL_BACKEND = backend if backend.startswith("anymail.") else f"digest.delivery.transports.{backend}"
    settings.EMAIL_HOST = host
    return " ".join(str(each.hint) for each in production_check(None) if each.id == "digest.W010")


@pytest.mark.parametrize(
    ("host", "rate"),
    [
        ("email-smtp.eu-central-1.amazonaws.com", "14/s"),
        ("email-smtp-fips.us-east-1.amazonaws.com.", "14/s"),
        ("SMTP.Office365.com", "30/m"),
        ("smtp-relay.gmail.com", "10000/d"),
        ("smtp.gmail.com", "2000/d"),
    ],
)
def test_a_rate_is_proposed_for_a_known_relay(settings: Settings, host: str, rate: str) -> None:
    hint = proposed(settings, host)
    assert f"RATE_LIMIT={rate}," in hint
    assert "https://" in hint, "it says who says so"


def test_a_rate_is_proposed_for_a_provider_s_api_too(settings: Settings) -> None:
    assert "RATE_LIMIT=14/s" in proposed(settings, "", "anymail.backends.amazon_ses.EmailBackend")


@pytest.mark.parametrize("host", ["mail.example.org", "localhost", "amazonaws.com", "smtp.gmail.com.example.org"])
def test_no_rate_is_proposed_for_other_relays(settings: Settings, host: str) -> None:
    assert proposed(settings, host) == ""


def test_no_rate_is_proposed_where_one_is_set(settings: Settings) -> None:
    settings.RATE_LIMIT = (5, 1)
    assert proposed(settings, "smtp.office365.com") == ""


@pytest.mark.parametrize("relay", KNOWN_RELAYS, ids=lambda relay: relay.pattern)
def test_every_proposed_rate_can_be_set(relay: KnownRelay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATE_LIMIT", relay.rate)
    assert Environment(os.environ).rate("RATE_LIMIT")


@pytest.fixture
def untouched(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the settings are before anybody has set one."""
    settings.EMAIL_BACKEND = "digest.delivery.transports.mailbox.MailboxBackend"
    settings.CELERY_BROKER_URL, settings.SITE_URL = "filesystem://localhost", "http://localhost:8000"
    settings.CONTACT_EMAIL, settings.POSTAL_ADDRESS, settings.DEFAULT_FROM_EMAIL = "", "", "nope"
    settings.OPERATOR_NAME = ""
    monkeypatch.setattr(connection, "vendor", "sqlite")


@pytest.mark.usefixtures("untouched")
def test_the_deployment_check_says_how_to_set_what_is_missing() -> None:
    found = production_check(None)
    assert [warning.id for warning in found] == [*(f"digest.W00{number}" for number in range(1, 8)), "digest.W011"]
    of_servers = ("EMAIL_URL", "DATABASE_URL", "CELERY_BROKER_URL", "SITE_URL")
    of_people = ("CONTACT_EMAIL", "FROM_EMAIL", "POSTAL_ADDRESS", "OPERATOR_NAME")
    for name, warning in zip((*of_servers, *of_people), found, strict=True):
        assert name in str(warning.hint)


def test_a_provider_without_a_webhook_secret_is_a_warning(settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.ANYMAIL = "anymail.backends.amazon_ses.EmailBackend", {}
    said = {str(warning.id): str(warning.hint) for warning in production_check(None)}
    assert "ANYMAIL_WEBHOOK_SECRET" in said["digest.W008"]
    assert "SES_TOPICS" in said["digest.W009"]
    settings.ANYMAIL, settings.SES_TOPICS = {"WEBHOOK_SECRET": "name:password"}, ["arn:aws:sns:us-east-1:1:bounces"]
    assert not {"digest.W008", "digest.W009"} & {warning.id for warning in production_check(None)}


def test_a_secret_without_a_name_is_none(settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.ANYMAIL = "anymail.backends.resend.EmailBackend", {"WEBHOOK_SECRET": "password"}
    assert "digest.W008" in {warning.id for warning in production_check(None)}


@pytest.mark.parametrize(
    ("backend", "keys", "package"),
    [
        ("amazon_ses", {}, "boto3"),
        ("resend", {"RESEND_SIGNING_SECRET": "whsec_x", "RESEND_API_KEY": "key"}, "svix"),
        ("resend", {"RESEND_API_KEY": "key"}, ""),
    ],
)
def test_a_package_that_the_provider_needs_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, backend: str, keys: dict[str, str], package: str
) -> None:
    settings.EMAIL_BACKEND, settings.ANYMAIL = f"anymail.backends.{backend}.EmailBackend", keys
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    found = [message for message in backend_check(None) if message.id == "digest.E004"]
    assert [message.hint for message in found] == [
        f"Install it beside the others: .venv/bin/python -m pip install {package}"
    ] * bool(package)
