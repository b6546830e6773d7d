"""The table of a provider's reports on the letters that it took. Part of `digest.models`."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from digest.models.deliveries import FAULTS


class DeliveryEvent(models.Model):
    """One report of a mail provider on one message. Neither the address nor the provider's own text is kept whole.

    Without a delivery it is about another letter (a confirmation), or came before we wrote down the letter's number.
    """

    class Kind(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        DEFERRED = "deferred", _("deferred")
        SOFT_BOUNCE = "soft_bounce", _("soft bounce")
        REFUSED = "refused", _("refused for an unclear reason")
        HARD_BOUNCE = "hard_bounce", _("hard bounce")
        SUPPRESSED = "suppressed", _("on the provider's suppression list")
        REACTIVATED = "reactivated", _("taken off the provider's suppression list")
        REJECTED = "rejected", _("rejected")
        FAILED = "failed", _("failed")
        COMPLAINT = "complaint", _("complaint")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")
        OTHER = "other", _("other")

    delivery = models.ForeignKey("digest.Delivery", on_delete=models.CASCADE, null=True, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField(help_text=_("By the provider's clock where it says a time."))
    provider = models.CharField(max_length=40)
    event_id = models.CharField(max_length=200, blank=True, help_text=_("The provider's own, where it gives one."))
    message_id = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    fault = models.CharField(
        max_length=12, blank=True, choices=FAULTS, help_text=_("What a bounce was about, if it counts.")
    )
    key = models.CharField(max_length=64, unique=True, help_text=_("The same for the same event told again."))
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            # Reports that came before their letter was written down, for the next one to take along.
            models.Index(
                fields=["message_id"],
                name="events_without_delivery",
                condition=models.Q(delivery=None) & ~models.Q(message_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider}: {self.kind}"
