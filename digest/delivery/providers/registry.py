"""All providers of which we know more than Anymail does. A new one is a folder beside this file and a line here."""

from typing import Any

from django.conf import settings
from django.core.mail import get_connection
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from digest.delivery.providers.amazon_ses import provider as amazon_ses
from digest.delivery.providers.base import Provider
from digest.delivery.providers.brevo import provider as brevo
from digest.delivery.providers.mailersend import provider as mailersend
from digest.delivery.providers.mailgun import provider as mailgun
from digest.delivery.providers.mailjet import provider as mailjet
from digest.delivery.providers.mailtrap import provider as mailtrap
from digest.delivery.providers.mandrill import provider as mandrill
from digest.delivery.providers.postmark import provider as postmark
from digest.delivery.providers.resend import provider as resend
from digest.delivery.providers.sendgrid import provider as sendgrid
from digest.delivery.providers.sparkpost import provider as sparkpost
from digest.delivery.providers.unisender_go import provider as unisender_go

PROVIDERS: tuple[Provider, ...] = (
    amazon_ses.PROVIDER,
    brevo.PROVIDER,
    mailersend.PROVIDER,
    mailgun.PROVIDER,
    mailjet.PROVIDER,
    mailtrap.PROVIDER,
    mandrill.PROVIDER,
    postmark.PROVIDER,
    resend.PROVIDER,
    sendgrid.PROVIDER,
    sparkpost.PROVIDER,
    unisender_go.PROVIDER,
)


def find_provider(esp_name: str) -> Provider | None:
    """Return the provider that Anymail's webhooks call so, such as "Amazon SES"; None where we know no more of it."""
    # Brevo was called SendinBlue; Anymail still answers at its old address, under its old name.
    name = "brevo" if esp_name == "SendinBlue" else esp_name.lower().replace(" ", "_")
    return next((provider for provider in PROVIDERS if provider.name == name), None)


def find_configured_provider() -> Provider | None:
    """Return the provider of EMAIL_BACKEND; None for mail servers, files and providers of which we know no more."""
    names = {f"anymail.backends.{provider.name}.EmailBackend": provider for provider in PROVIDERS}
    return names.get(settings.EMAIL_BACKEND)


def find_provider_name() -> str:
    """Return how the provider of EMAIL_BACKEND writes its name; empty where it is none that Anymail knows."""
    if not settings.EMAIL_BACKEND.startswith("anymail."):
        return ""
    try:
        return str(import_string(settings.EMAIL_BACKEND).esp_name)
    except ImportError:  # a package that the provider needs is missing, as a start-up check says
        return str(settings.EMAIL_BACKEND).split(".")[2].replace("_", " ").title()


def describe_suppression_list() -> str:
    """Return how an operator takes addresses off the list of the configured provider; empty where it has none."""
    provider = find_configured_provider()
    if provider is None or not provider.suppression_page:
        return ""
    advice = _("If the mail provider lists an address too, no letter arrives until it is taken off there (%(page)s).")
    return advice % {"page": provider.suppression_page}


def open_connection() -> Any:
    """Return a connection by the settings, of a backend of ours where the provider knows idempotency keys."""
    own = {f"anymail.backends.{each.name}.EmailBackend": each.backend for each in PROVIDERS if each.backend}
    return get_connection(own.get(settings.EMAIL_BACKEND))
