"""Start-up checks: what is missing and how to set it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

HARMLESS = ("mailbox.MailboxBackend", "console.EmailBackend", "locmem.EmailBackend", "dummy.EmailBackend")
"""Backends that reach nobody outside: with them nothing has to be set."""


@checks.register
def sender_check(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Real letters need a postal address (the law asks for it) and a site that their links reach."""
    if settings.EMAIL_BACKEND.endswith(HARMLESS):
        return []
    found: list[checks.CheckMessage] = []
    if not settings.POSTAL_ADDRESS:
        hint = "Set POSTAL_ADDRESS to the address of whoever sends the letters. Every letter shows it."
        found.append(checks.Error("Letters would go out without a postal address.", hint=hint, id="digest.E001"))
    if urlsplit(settings.SITE_URL).hostname in {"localhost", "127.0.0.1", "::1"} and not _mail_stays_here():
        hint = "Set SITE_URL to the address that readers reach, for example https://post.example.org."
        found.append(checks.Error("Links in letters would lead to this machine only.", hint=hint, id="digest.E002"))
    return found


@checks.register(deploy=True)
def production_check(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """What works on a laptop and does not for many readers."""
    found: list[checks.CheckMessage] = []
    if settings.EMAIL_BACKEND.endswith(HARMLESS):
        hint = "Set EMAIL_URL (smtp://user:password@host:587) or EMAIL_BACKEND and its ANYMAIL_ settings."
        found.append(checks.Warning("Letters are kept as files and reach nobody.", hint=hint, id="digest.W001"))
    if connection.vendor == "sqlite":
        hint = "Set DATABASE_URL to postgres://user:password@host/name."
        found.append(checks.Warning("SQLite serves one machine only.", hint=hint, id="digest.W002"))
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        hint = "Set CELERY_BROKER_URL to redis://host:6379/0."
        found.append(checks.Warning("The broker is a folder of this machine.", hint=hint, id="digest.W003"))
    return found


def refuse_to_send_unready() -> None:
    """For workers, which run no checks at their start. Raises ImproperlyConfigured with what to set."""
    if errors := sender_check(None):
        raise ImproperlyConfigured(" ".join(f"{error.msg} {error.hint}" for error in errors))


def _mail_stays_here() -> bool:
    """An SMTP server on this very machine: a trial run, whose links may lead here too."""
    return settings.EMAIL_BACKEND.endswith("smtp.EmailBackend") and settings.EMAIL_HOST in {"localhost", "127.0.0.1"}
