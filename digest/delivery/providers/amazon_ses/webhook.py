"""The webhook of Amazon SES: Anymail does not verify the signature of SNS, this view does."""

from typing import Any

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.webhooks.amazon_ses import AmazonSESBaseWebhookView, AmazonSESTrackingWebhookView
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest

from digest.delivery.providers.amazon_ses import sns_signature


class TrackingWebhook(AmazonSESTrackingWebhookView):  # type: ignore[misc]
    """Anymail's view, with the signature verified and without boto3."""

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
        """Confirm the subscription. The topic is one of ours and the message from Amazon, as was verified."""
        try:
            self.fetch(sns_signature.require_sns_address(str(sns_message.get("SubscribeURL"))))
        except sns_signature.ForgedMessage as error:
            raise SuspiciousOperation(f"Amazon SES: {error}") from error
