"""Where mail providers tell what became of letters: Anymail's webhooks, made safe for the open net.

Every request needs ANYMAIL_WEBHOOK_SECRET (`name:password`, as part of the address that the provider is given), also
where the provider signs. Without that setting all are closed. What comes in by mail is not taken: those of Anymail's
addresses are left out. A provider may have a view of our own (delivery/providers/<name>/webhook.py).
"""

import logging
from collections.abc import Callable
from typing import Any

from anymail import urls
from anymail.exceptions import AnymailAPIError, AnymailConfigurationError
from anymail.utils import get_request_basic_auth
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.urls import path
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

from digest.delivery.providers.registry import PROVIDERS

log = logging.getLogger(__name__)
View = Callable[..., HttpResponse]
# What Anymail raises over a request that is not what the provider's documents say.
PARSE_ERRORS: tuple[type[Exception], ...] = (
    AnymailAPIError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class TolerantWebhook:
    """A mixin before a view of Anymail's: what cannot be read is the sender's error, not ours."""

    esp_name: str

    def run_validators(self, request: HttpRequest) -> None:
        try:
            super().run_validators(request)  # type: ignore[misc]
        except PARSE_ERRORS as error:
            raise SuspiciousOperation(f"{self.esp_name} sent what cannot be read") from error

    def parse_events(self, request: HttpRequest) -> list[Any]:
        try:
            return list(super().parse_events(request))  # type: ignore[misc]
        except AnymailConfigurationError as error:
            # Mail that somebody sent to us, at the address for reports. Refused, it would only come again.
            log.warning("%s", error)
            return []
        except PARSE_ERRORS as error:
            raise SuspiciousOperation(f"{self.esp_name} sent what cannot be read") from error


# Our views, by the name of Anymail's address.
OWN_VIEWS = {f"{each.name}_tracking_webhook": each.webhook_view for each in PROVIDERS if each.webhook_view}


def _require_secret(name: str, anymail_view: Any) -> View:
    """Return a view that asks for the secret before anything else, so that strangers learn and cause nothing."""
    provider_view = import_string(OWN_VIEWS[name]) if name in OWN_VIEWS else anymail_view
    view: View = type(provider_view.__name__, (TolerantWebhook, provider_view), {}).as_view()  # type: ignore[attr-defined]

    @csrf_exempt
    def guarded(request: HttpRequest) -> HttpResponse:
        secret = settings.ANYMAIL.get("WEBHOOK_SECRET", "")
        given = get_request_basic_auth(request)
        if secret and given is None:
            # Amazon SNS sends the secret only when it is asked for it like this.
            return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="webhooks"'})
        if not secret or not constant_time_compare(given, secret):
            return HttpResponseForbidden()
        try:
            return view(request)
        except ImproperlyConfigured as error:
            # Whoever posts here is none of ours as long as there is nothing to verify their signatures with.
            log.warning("%s", error)
            return HttpResponseForbidden()

    return guarded


urlpatterns = [
    path(str(pattern.pattern), _require_secret(pattern.name or "", pattern.callback.view_class), name=pattern.name)
    for pattern in urls.urlpatterns
    if (pattern.name or "").endswith(("_tracking_webhook", "mandrill_webhook"))
]
