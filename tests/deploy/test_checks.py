"""What is missing is said at the start, with how to set it."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pytest_django import Settings

from digest.checks import production_check, refuse_to_send_unready, sender_check


def test_letters_as_files_need_nothing(settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.POSTAL_ADDRESS = "digest.delivery.mailbox.MailboxBackend", ""
    assert sender_check(None) == []


def test_real_letters_need_a_postal_address(settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.POSTAL_ADDRESS = "anymail.backends.resend.EmailBackend", ""
    assert [error.id for error in sender_check(None)] == ["digest.E001"]
    with pytest.raises(ImproperlyConfigured, match="POSTAL_ADDRESS"):
        refuse_to_send_unready()


def test_real_letters_need_an_address_that_readers_reach(settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.SITE_URL = "anymail.backends.resend.EmailBackend", "http://localhost:8000"
    assert [error.id for error in sender_check(None)] == ["digest.E002"]


def test_a_mail_server_on_this_machine_may_have_links_to_this_machine(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.SITE_URL = "127.0.0.1", "http://localhost:8000"
    assert sender_check(None) == []


def test_production_warns_of_what_serves_one_machine_only(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMAIL_BACKEND = "digest.delivery.mailbox.MailboxBackend"
    settings.CELERY_BROKER_URL = "filesystem://"
    monkeypatch.setattr(connection, "vendor", "sqlite")
    found = production_check(None)
    assert [warning.id for warning in found] == ["digest.W001", "digest.W002", "digest.W003"]
    assert all(warning.hint for warning in found)
