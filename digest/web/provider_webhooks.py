"""Where mail providers tell what became of letters: Anymail's webhooks, made safe for the open net.

Every request needs ANYMAIL_WEBHOOK_SECRET (`name:password`, as part of the address that the provider is given), also
where the provider signs. Without that setting all are closed. What comes in by mail is not taken: those of Anymail's
addresses are left out. Amazon SES, whose signature Anymail does not verify, has a class of its own below.
"""

import logging
from collections.abc import Callable
from typing import Any

from anymail import urls
from anymail.exceptions import AnymailAPIError, AnymailConfigurationError, AnymailWebhookValidationFailure
from anymail.utils import get_request_basic_auth
from anymail.webhooks.amazon_ses import AmazonSESBaseWebhookView, AmazonSESTrackingWebhookView
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.urls import path
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt

from digest.delivery.providers.amazon_ses import sns_signature

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
    """Before a view of Anymail's: what cannot be read is the sender's error, not ours."""

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


class AmazonSes(AmazonSESTrackingWebhookView):  # type: ignore[misc]
    """Verifies the signature of SNS, which Anymail does not, and does without boto3."""

    fetch = staticmethod(sns_signature.fetch_from_sns)

    def __init__(self, **kwargs: Any) -> None:
        # Past Anymail's own, which asks for boto3.
        super(AmazonSESBaseWebhookView, self).__init__(**kwargs)

    def run_validators(self, request: HttpRequest) -> None:
        super().run_validators(request)
        try:
            sns_signature.verify_message(self._parse_sns_message(request), self.fetch)
        except sns_signature.ForgedMessage as error:
            raise AnymailWebhookValidationFailure(f"Amazon SES: {error}") from error

    def auto_confirm_sns_subscription(self, sns_message: dict[str, Any]) -> None:
        """The topic is one of ours and the message from Amazon, as was verified."""
        try:
            self.fetch(sns_signature.require_sns_address(str(sns_message.get("SubscribeURL"))))
        except sns_signature.ForgedMessage as error:
            raise SuspiciousOperation(f"Amazon SES: {error}") from error


OWN_VIEWS = {AmazonSESTrackingWebhookView: AmazonSes}


def _require_secret(view_class: Any) -> View:
    """Asks for the secret before anything else, so that strangers learn and cause nothing."""
    kept = OWN_VIEWS.get(view_class, view_class)
    view: View = type(kept.__name__, (TolerantWebhook, kept), {}).as_view()  # type: ignore[attr-defined]

    @csrf_exempt
    def guarded(request: HttpRequest) -> HttpResponse:
        secret = settings.ANYMAIL.get("WEBHOOK_SECRET", "")
        given = get_request_basic_auth(request)
        if secret and given is None:
            # Amazon SNS sends the secret only when it is asked for it like this.
            return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="webhooks"'})
        if not secret or not constant_time_compare(given, secret):
            return HttpResponseForbidden()
        return view(request)

    return guarded


urlpatterns = [
    path(str(pattern.pattern), _require_secret(pattern.callback.view_class), name=pattern.name)
    for pattern in urls.urlpatterns
    if (pattern.name or "").endswith(("_tracking_webhook", "mandrill_webhook"))
]
