"""Start-up checks: they name settings that are missing, and say how to set them."""

from collections.abc import Iterator, Sequence
from email.utils import parseaddr
from importlib.util import find_spec
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.db import connection
from django.utils.module_loading import import_string

from digest.delivery.providers.registry import PROVIDERS
from digest.delivery.rate_limits.known_relays import find_known_relay
from digest.delivery.transports.backend_kinds import LOCAL_BACKENDS, SMTP_BACKENDS

# What the privacy page says of whoever runs the site.
OPERATOR_SETTINGS = ("OPERATOR_NAME", "POSTAL_ADDRESS", "CONTACT_EMAIL")


class DeploymentCheck(NamedTuple):
    is_failed: bool
    id: str
    # What the failure means.
    text: str
    # How to set it right.
    hint: str


@checks.register
def sender_check(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check that real letters have a postal address, which the law asks for, and links that readers reach."""
    if settings.EMAIL_BACKEND.endswith(LOCAL_BACKENDS):
        return []
    errors: list[checks.CheckMessage] = []
    if not settings.POSTAL_ADDRESS:
        hint = "Set POSTAL_ADDRESS to the address of whoever sends the letters. Every letter shows it."
        errors.append(checks.Error("Letters would go out without a postal address.", hint=hint, id="digest.E001"))
    if urlsplit(settings.SITE_URL).hostname in {"localhost", "127.0.0.1", "::1"} and not _mail_stays_here():
        hint = (
            "Set SITE_URL to the address that readers reach, for example https://post.example.org. To try it out with a"
            " mail server on this machine (EMAIL_URL=smtp://localhost:1025), set DEBUG=1 instead."
        )
        errors.append(checks.Error("Links in letters would lead to this machine only.", hint=hint, id="digest.E002"))
    return errors


@checks.register
def backend_check(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check that the mail backend can be imported."""
    if package := _find_missing_package():
        hint = f"Install it beside the others: .venv/bin/python -m pip install {package}"
        return [checks.Error(f"The mail provider needs the package {package}.", hint=hint, id="digest.E004")]
    try:
        import_string(settings.EMAIL_BACKEND)
    except ImportError as error:
        hint = "EMAIL_BACKEND names a class, for example anymail.backends.resend.EmailBackend."
        return [checks.Error(f"The mail backend cannot be loaded: {error}", hint=hint, id="digest.E003")]
    return []


def _find_missing_package() -> str:
    """Return the package that the provider's API or its signed reports need and that is not installed; else nothing."""
    for provider in PROVIDERS:
        is_sender = f"anymail.backends.{provider.name}.EmailBackend" == settings.EMAIL_BACKEND
        if is_sender and provider.api_package and find_spec(provider.api_package) is None:
            return provider.api_package
        setting, package = provider.signature_package
        if settings.ANYMAIL.get(setting) and find_spec(package) is None:
            return package
    return ""


@checks.register(deploy=True)
def production_check(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Warn of settings that suit one laptop but not many readers, and of what readers would miss."""
    all_checks = chain(_check_infrastructure(), _check_sender(), _check_provider(), _check_rate())
    return [checks.Warning(each.text, hint=each.hint, id=each.id) for each in all_checks if each.is_failed]


def _check_infrastructure() -> Iterator[DeploymentCheck]:
    yield DeploymentCheck(
        settings.EMAIL_BACKEND.endswith(LOCAL_BACKENDS),
        "digest.W001",
        "Letters are kept as files and reach nobody.",
        "Set EMAIL_URL (smtp+tls://user:password@host) or EMAIL_BACKEND and its ANYMAIL_ settings.",
    )
    yield DeploymentCheck(
        connection.vendor == "sqlite",
        "digest.W002",
        "SQLite serves one machine only.",
        "Set DATABASE_URL to postgres://user:password@host/name.",
    )
    yield DeploymentCheck(
        settings.CELERY_BROKER_URL.startswith("filesystem:"),
        "digest.W003",
        "The broker is a folder of this machine.",
        "Set CELERY_BROKER_URL to redis://host:6379/0.",
    )


def _check_sender() -> Iterator[DeploymentCheck]:
    yield DeploymentCheck(
        not settings.SITE_URL.startswith("https://"),
        "digest.W004",
        "The site has no https address, so links in letters are not safe and one-click unsubscription does not work.",
        "Set SITE_URL to the address that readers reach, for example https://post.example.org.",
    )
    yield DeploymentCheck(
        not settings.CONTACT_EMAIL,
        "digest.W005",
        "Readers and arXiv do not know whom to write to.",
        "Set CONTACT_EMAIL to an address that somebody reads.",
    )
    yield DeploymentCheck(
        not _is_address(settings.DEFAULT_FROM_EMAIL),
        "digest.W006",
        f"Letters would come from {settings.DEFAULT_FROM_EMAIL!r}, which is no address.",
        "Set FROM_EMAIL, for example: Preprint Post <letters@post.example.org>.",
    )
    yield DeploymentCheck(
        not settings.POSTAL_ADDRESS,
        "digest.W007",
        "Letters have no postal address, which many countries ask for.",
        "Set POSTAL_ADDRESS to the address of whoever sends the letters.",
    )
    yield DeploymentCheck(
        not settings.OPERATOR_NAME,
        "digest.W011",
        "The privacy page does not say who runs the site, which many countries ask for.",
        "Set OPERATOR_NAME to the name of the person or the organisation that sends the letters.",
    )


def _check_provider() -> Iterator[DeploymentCheck]:
    yield DeploymentCheck(
        settings.EMAIL_BACKEND.startswith("anymail.") and ":" not in settings.ANYMAIL.get("WEBHOOK_SECRET", ""),
        "digest.W008",
        "The provider cannot tell of bounces and complaints, so dead addresses would be written to again and again.",
        "Set ANYMAIL_WEBHOOK_SECRET to a name and a long random password (name:password), and give the provider the"
        " address https://name:password@<your site>/anymail/<provider>/tracking/.",
    )
    yield DeploymentCheck(
        "amazon_ses" in settings.EMAIL_BACKEND and not settings.SES_TOPICS,
        "digest.W009",
        "Nothing that Amazon SES tells of bounces and complaints is believed.",
        "Set SES_TOPICS to the ARNs of the SNS topics that SES publishes to, with spaces between them.",
    )


def _check_rate() -> Iterator[DeploymentCheck]:
    """Yield RATE_LIMIT where the relay is known to throttle. Without it the rate is learned from refused letters."""
    is_smtp = settings.EMAIL_BACKEND.endswith(SMTP_BACKENDS)
    relay = find_known_relay(settings.EMAIL_HOST if is_smtp else settings.EMAIL_BACKEND)
    if relay and not settings.RATE_LIMIT:
        yield DeploymentCheck(
            True,
            "digest.W010",
            f"{relay.name} takes only so many letters, and no limit is set.",
            f"Set RATE_LIMIT={relay.rate}, or what your account is allowed: see {relay.source}",
        )


def find_missing_operator_settings() -> list[str]:
    """Return the names of the settings without which nobody knows who runs the site."""
    return [name for name in OPERATOR_SETTINGS if not getattr(settings, name)]


def _is_address(text: str) -> bool:
    try:
        validate_email(parseaddr(text)[1])
    except ValidationError:
        return False
    return True


def refuse_to_send_unready() -> None:
    """Raise ImproperlyConfigured with what to set where letters cannot go out. Workers run no checks at their start."""
    if errors := sender_check(None):
        raise ImproperlyConfigured(" ".join(f"{error.msg} {error.hint}" for error in errors))


def _mail_stays_here() -> bool:
    """Return whether this is a trial with a mail server on this machine, so that links may lead here too."""
    return (
        settings.DEBUG
        and settings.EMAIL_BACKEND.endswith(SMTP_BACKENDS)
        and settings.EMAIL_HOST in {"localhost", "127.0.0.1", "::1"}
    )
