"""The tables about people. Written only by services.py, answering.py, aside.py and, in bulk, by storing.py."""

import secrets

from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

# The days a reader wants letters on, as bits: Monday is 1, Sunday 64.
EVERY_DAY = 0b1111111


LEAST_DRAWN = 1 << 16


def drawn() -> int:
    """A random number of 31 bits for a row's signed links. Ids come again in a database that is made anew; these do
    not, so that nobody's old link opens the page of whoever has the id now. Smaller numbers are from before 2026-11.
    """
    return LEAST_DRAWN + secrets.randbelow((1 << 31) - LEAST_DRAWN)


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
    epoch = models.PositiveIntegerField(default=drawn, help_text=_("Drawn anew to make all earlier signed links void."))
    key = models.PositiveIntegerField(default=drawn, help_text=_("In every link to leave; never changes."))
    wishes = models.JSONField(
        default=dict, blank=True, help_text=_("Of a sign-up for an address that we knew; they count once confirmed.")
    )
    new_email = models.CharField(max_length=254, blank=True, help_text=_("A change of address not yet confirmed."))
    created_at = models.DateTimeField(default=now)
    consent_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True, help_text=_("The last confirmation or link letter."))
    reminded_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True, help_text=_("The person's own last change of wishes."))

    class Meta:
        indexes = [
            # Those whose hour has come, by id.
            models.Index(fields=["status", "timezone", "hour", "id"], name="subscriber_by_hour"),
            # Pages of due readers, by id: without it every page sorts all readers.
            models.Index(fields=["status", "id"], name="subscriber_by_status"),
            # Every minute: who has confirmed, and who changed their hour.
            models.Index(
                fields=["confirmed_at"],
                name="subscriber_newcomers",
                condition=models.Q(created_at__lt=models.F("confirmed_at")),
            ),
            models.Index(fields=["changed_at"], name="subscriber_changed"),
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


class Errand(models.Model):
    """A short letter to write, or a question whether one is due. The row goes once that is done."""

    class Kind(models.TextChoices):
        """The first three are what people asked for; carrying one out ends it or makes it one of the letters below."""

        SIGN_UP = "sign_up", _("sign-up")
        LINK = "ask_link", _("request for a link")
        ADDRESS = "ask_address", _("change of address")
        CONFIRMATION = "confirm", _("confirmation")
        ALREADY = "already", _("notice of being subscribed already")
        MANAGE = "manage", _("link to the preferences")
        CHECK = "check", _("check of a new address")
        DELETION = "delete", _("link to delete everything")
        MOVED = "moved", _("notice to the old address")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, null=True, related_name="errands")
    email = models.CharField(max_length=254, blank=True, help_text=_("As typed by whoever asked."))
    wishes = models.JSONField(default=dict, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Count(models.Model):
    """How often something was asked for in the window that ends at `until`: see limits.py."""

    bucket = models.CharField(max_length=24, unique=True)
    number = models.PositiveIntegerField()
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.bucket}: {self.number}"
