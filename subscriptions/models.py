"""The tables about people. Written only by services.py and, in bulk, by storing.py."""

from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

EVERY_DAY = 0b1111111
"""The days a reader wants letters on, as bits: Monday is 1, Sunday 64."""


class Subscriber(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending", _("waiting for confirmation")
        ACTIVE = "active", _("active")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")

    class Detail(models.TextChoices):
        TITLES = "titles", _("titles only")
        TLDR = "tldr", _("one-sentence summary")
        STRUCTURED = "structured", _("structured summary")
        ABSTRACT = "abstract", _("full abstract")

    email = models.CharField(max_length=254, help_text=_("As typed; mail goes here."))
    email_key = models.CharField(max_length=254, unique=True, help_text=_("The address in small letters."))
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    categories = models.TextField(blank=True, help_text=_("arXiv categories, separated by spaces."))
    filters = models.TextField(blank=True, help_text=_("One filter per line."))
    language = models.CharField(max_length=8, default="en")
    timezone = models.CharField(max_length=64, default="UTC")
    hour = models.PositiveSmallIntegerField(default=8)
    days = models.PositiveSmallIntegerField(default=EVERY_DAY)
    papers = models.PositiveSmallIntegerField(default=10)
    minimum = models.PositiveSmallIntegerField(default=1)
    detail = models.CharField(max_length=12, choices=Detail.choices, default=Detail.TLDR)
    paused_until = models.DateField(null=True, blank=True)
    epoch = models.PositiveIntegerField(default=0, help_text=_("Raised to make all earlier signed links void."))
    new_email = models.CharField(max_length=254, blank=True, help_text=_("A change of address not yet confirmed."))
    created_at = models.DateTimeField(default=now)
    consent_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True, help_text=_("The last confirmation or link letter."))
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["status", "timezone", "hour"]),
            # Pages of due readers, by id: without it every page sorts all readers.
            models.Index(fields=["status", "id"], name="subscriber_by_status"),
        ]

    def __str__(self) -> str:
        return self.email


class Suppression(models.Model):
    """An address never to be written to."""

    email_key = models.CharField(max_length=254, unique=True)
    reason = models.CharField(max_length=40)
    detail = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.email_key}: {self.reason}"
