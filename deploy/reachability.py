"""Looks at what the settings lead to: is it there, and does it take us?

Each look yields what is wrong, with what to do, and as information what could not be looked at. It changes nothing and
sends no letter.
"""

import smtplib
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.mail import get_connection
from django.db import DatabaseError
from kombu.exceptions import KombuError

from deploy.broker_connection import open_broker
from deploy.database_errors import describe_database_error
from deploy.health import check_static_files, lacks_migrations
from deploy.known_errors import describe_error, require_writable
from digest.deliverability.findings import FindingState
from digest.deliverability.sender_dns import look_up_sender
from digest.delivery.providers.key_check import KeyState, check_key
from digest.delivery.providers.registry import find_provider_name
from digest.delivery.transports.backend_kinds import LOCAL_BACKENDS, SMTP_BACKENDS
from digest.delivery.transports.smtp_backend import describe_connection_error
from digest.summaries.llm.client import ModelService
from digest.summaries.llm.configured_models import configured_writers
from digest.summaries.llm.embedding_client import configured_embedder
from digest.summaries.llm.errors import ModelError

TIMEOUT_SECONDS = 10
# What compose.yaml gives the website in the place of the key, which it has no use for.
KEY_OF_WEBSITE = "set"

Found = Iterator[checks.CheckMessage]


def look_at_database() -> Found:
    """Say whether the database cannot be used, or is older than this code."""
    try:
        if lacks_migrations():
            hint = "Run: python manage.py migrate"
            yield checks.Warning("The database is older than this code, or empty.", hint=hint, id="deploy.W002")
    except DatabaseError as error:
        text = describe_database_error(error) or f"The database cannot be used ({error})."
        yield checks.Warning(text, id="deploy.W003")


def look_at_static_files() -> Found:
    """Say whether the style sheet is missing where pages look for it."""
    if check_static_files():
        hint = "Run: python manage.py collectstatic --no-input"
        yield checks.Warning("Pages have no style: the static files were not collected.", hint=hint, id="deploy.W004")


def look_at_broker() -> Found:
    """Say whether tasks cannot be handed over."""
    try:
        require_writable(settings.BROKER_FOLDER)
        with open_broker():
            return
    except (OSError, KombuError) as error:
        reason = describe_error(error) if isinstance(error, OSError) else ""
        said = " ".join(str(error).split()) or type(error).__name__
        hint = "See whether it runs, and whether CELERY_BROKER_URL is right."
        text = f"The broker cannot be used: {reason or said}"
        yield checks.Warning(text, hint=hint, id="deploy.W005")


def look_at_mail_server() -> Found:
    """Say whether the mail server does not let us in, or the mail provider does not take our key."""
    if settings.EMAIL_BACKEND.endswith(LOCAL_BACKENDS):
        return
    if settings.EMAIL_BACKEND.endswith(SMTP_BACKENDS):
        server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
        yield from _log_in({"backend": settings.EMAIL_BACKEND}, server, "EMAIL_URL", "deploy.W006")
    elif settings.EMAIL_BACKEND.startswith("anymail."):
        yield from _try_providers_key()


def look_at_alert_server() -> Found:
    """Say the same of the mail server of alarms, if it is another one."""
    server = settings.ALERT_MAIL_SERVER
    if server and server["backend"].endswith(SMTP_BACKENDS):
        yield from _log_in(server, f"{server['host']}:{server['port']}", "ALERT_EMAIL_URL", "deploy.W007")


def _log_in(arguments: dict[str, Any], server: str, setting: str, id: str) -> Found:
    try:
        connection = get_connection(**arguments, timeout=TIMEOUT_SECONDS)
        connection.open()
        connection.close()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        hint = f"See whether it can be reached from here, and whether {setting} is right."
        if isinstance(error, smtplib.SMTPAuthenticationError):
            hint = f"Set the user and the password in {setting} to those that the mail server knows."
        yield checks.Warning(describe_connection_error(error, server), hint=hint, id=id)


def _try_providers_key() -> Found:
    name, found = find_provider_name(), check_key()
    if found.state == KeyState.REFUSED:
        hint = f"Set the key of {name} in the ANYMAIL_ settings: https://anymail.dev says which."
        yield checks.Warning(f"{name} does not take our key ({found.reason}).", hint=hint, id="deploy.W008")
    elif found.state == KeyState.AWAY:
        hint = "See whether this machine reaches the Internet."
        yield checks.Warning(f"{name} could not be reached ({found.reason}).", hint=hint, id="deploy.W009")
    elif found.state == KeyState.UNKNOWN:
        hint = "Send a sample to yourself: python manage.py preview_letter --kind digest --send you@example.org"
        text = f"The key of {name} could not be tried: only a letter shows whether it is right."
        yield checks.Info(text, hint=hint, id="deploy.I001")


def look_at_models() -> Found:
    """Say whether a model's service is away, refuses the key, or does not have the model."""
    if settings.OPENAI_API_KEY == KEY_OF_WEBSITE:
        hint = "Run this in the worker too: docker compose … exec worker python manage.py check --deploy"
        yield checks.Info("The website has no key of the model, so it was not asked.", hint=hint, id="deploy.I005")
        return
    services = [writer.service for writer in configured_writers()]
    names = ["OPENAI", "OPENAI_FALLBACK"][: len(services)]
    if embedder := configured_embedder():
        services.append(embedder)
        names.append("OPENAI_EMBEDDING")
    for name, service in zip(names, services, strict=True):
        service.timeout = min(service.timeout, TIMEOUT_SECONDS)
        try:
            yield from _judge_models(name, service, service.list_models())
        finally:
            service.close()


def _judge_models(name: str, service: ModelService, found: list[str] | ModelError) -> Found:
    if isinstance(found, ModelError):
        said = f"{found.reason}: {found.said}" if found.said else found.reason
        hint = f"See {name}_BASE_URL and {name}_API_KEY. Until it answers, letters have sentences of the abstracts."
        yield checks.Warning(f"{name}_MODEL cannot be asked: {said}", hint=hint, id="deploy.W010")
    elif not found:
        text = f"{name}_MODEL could not be looked at: its service does not list its models."
        yield checks.Info(text, id="deploy.I002")
    elif service.model not in found:
        alike = get_close_matches(service.model, found, 3)
        hint = f"Set {name}_MODEL to one that it has" + (f", such as {' or '.join(alike)}." if alike else ".")
        yield checks.Warning(f"The service does not list the model {service.model!r}.", hint=hint, id="deploy.W011")


def look_at_sender() -> Found:
    """Say what DNS has of the sender that makes receivers refuse letters or file them as spam."""
    report = look_up_sender()
    if report is None:
        if settings.DNS_SERVERS is None and not settings.EMAIL_BACKEND.endswith(LOCAL_BACKENDS):
            text = "DNS_SERVERS is none, so that nobody looked at SPF, DKIM, DMARC and PTR of the sender."
            yield checks.Info(text, id="deploy.I003")
        return
    for finding in report.findings:
        text, hint = f"{finding.subject}: {finding.text}", finding.to_do or None
        if finding.state == FindingState.WRONG:
            yield checks.Warning(text, hint=hint, id="deploy.W012")
        elif finding.state in (FindingState.ADVICE, FindingState.UNKNOWN):
            yield checks.Info(text, hint=hint, id="deploy.I004")


# Those that may keep us waiting and ask no database.
LOOKS: tuple[Callable[[], Found], ...] = (
    look_at_broker,
    look_at_mail_server,
    look_at_alert_server,
    look_at_models,
    look_at_sender,
)
