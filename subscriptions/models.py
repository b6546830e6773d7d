"""The tables about people.

Only `services`, `account_requests`, `links/remembered_browsers.py` and, in bulk, `importing` write to them.
"""

import secrets

from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from subscriptions.address_hashes import HASH_LENGTH, AddressHashField
from subscriptions.preference_defaults import (
    DEFAULT_DAYS,
    DEFAULT_DETAIL,
    DEFAULT_HOUR,
    DEFAULT_LANGUAGE,
    DEFAULT_MINIMUM,
    DEFAULT_PAPERS,
    DEFAULT_POPULARITY,
    DEFAULT_TIMEZONE,
    Preferences,
)

MIN_LINK_NUMBER = 1 << 16
MAX_LINK_NUMBER = (1 << 31) - 1


def drawn() -> int:
    """Return a random number of 31 bits for a row's signed links. The first migration knows this function by name.

    In a database that is made anew the same ids come again, but these numbers do not: nobody's old link opens the page
    of whoever has the id now. Numbers below MIN_LINK_NUMBER were given before 2026-11.
    """
    return MIN_LINK_NUMBER + secrets.randbelow(MAX_LINK_NUMBER + 1 - MIN_LINK_NUMBER)


class Subscriber(models.Model):
    """A person who signed up or was imported: address, preferences, consent and the numbers of their links."""

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting for confirmation")
        ACTIVE = "active", _("active")
        UNSUBSCRIBED = "unsubscribed", _("unsubscribed")

    class Detail(models.TextChoices):
        TITLES = "titles", _("titles only")
        TLDR = "tldr", _("one-sentence summary")
        STRUCTURED = "structured", _("structured summary")
        ABSTRACT = "abstract", _("full abstract")

    class Popularity(models.TextChoices):
        NONE = "none", _("not at all")
        SOME = "some", _("some")
        MUCH = "much", _("much")

    email = models.CharField(max_length=254, help_text=_("As typed; mail goes here."))
    email_key = models.CharField(max_length=254, unique=True, help_text=_("The address in small letters."))
    address_hash = AddressHashField(db_index=True, help_text=_("By which suppressions are found."))
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    categories = models.TextField(blank=True, help_text=_("arXiv categories, separated by spaces."))
    filters = models.TextField(blank=True, help_text=_("One filter per line."))
    language = models.CharField(max_length=8, default=DEFAULT_LANGUAGE)
    timezone = models.CharField(max_length=64, default=DEFAULT_TIMEZONE)
    hour = models.PositiveSmallIntegerField(default=DEFAULT_HOUR)
    days = models.PositiveSmallIntegerField(default=DEFAULT_DAYS)
    papers = models.PositiveSmallIntegerField(default=DEFAULT_PAPERS)
    minimum = models.PositiveSmallIntegerField(default=DEFAULT_MINIMUM)
    detail = models.CharField(max_length=12, choices=Detail.choices, default=DEFAULT_DETAIL)
    popularity = models.CharField(
        max_length=8,
        choices=Popularity.choices,
        default=DEFAULT_POPULARITY,
        blank=True,
        help_text=_("How much votes and stars count; empty for what is usual in the categories."),
    )
    switched_off = models.CharField(
        max_length=100, blank=True, help_text=_("Signals that are left out of the score, separated by spaces.")
    )
    paused_until = models.DateField(null=True, blank=True)
    epoch = models.PositiveIntegerField(default=drawn, help_text=_("Drawn anew to make all earlier signed links void."))
    key = models.PositiveIntegerField(default=drawn, help_text=_("In every link to leave; never changes."))
    feed_number = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("In the address of the reader's own feed; empty while there is none.")
    )
    wishes = models.JSONField(
        default=dict, blank=True, help_text=_("Of a sign-up for an address that we knew; they count once confirmed.")
    )
    new_email = models.CharField(max_length=254, blank=True, help_text=_("A change of address not yet confirmed."))
    created_at = models.DateTimeField(default=now)
    consent_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    unsubscribed_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True, help_text=_("The last confirmation or link letter."))
    asked_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the first letter that asks to confirm was queued.")
    )
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

    def preferences(self) -> Preferences:
        """Return what the person chose, as values."""
        return Preferences(
            categories=tuple(self.categories.split()),
            filters=tuple(self.filters.split("\n")) if self.filters else (),
            language=self.language,
            timezone=self.timezone,
            hour=self.hour,
            days=self.days,
            papers=self.papers,
            minimum=self.minimum,
            detail=self.detail,
            popularity=self.popularity,
            switched_off=tuple(self.switched_off.split()),
        )


class RememberedBrowser(models.Model):
    """A browser in which a reader opened their account by a mailed link. Deleting the row forgets it."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="remembered_browsers")
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"browser {self.pk}"


class AddressChange(models.Model):
    """A change of address that the old address can still take back."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="address_changes")
    old_email = models.CharField(max_length=254)
    changed_at = models.DateTimeField(default=now, db_index=True)

    def __str__(self) -> str:
        return f"change of address {self.pk}"


class FormerInterests(models.Model):
    """What a reader asked for until `ended_at`: the page of an earlier letter shows what matched then."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, related_name="former_interests")
    categories = models.TextField(blank=True)
    filters = models.TextField(blank=True)
    ended_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"interests {self.pk}"


class Suppression(models.Model):
    """An address never to be written to, or whose person deleted everything. It is known by its keyed hash alone."""

    class Reason(models.TextChoices):
        """The class of reason."""

        HARD_BOUNCE = "hard_bounce", _("the mailbox does not exist")
        COMPLAINT = "complaint", _("complaint")
        WORN_OUT = "soft_bounces", _("letters were refused or came back for weeks")
        PROVIDER_LIST = "provider_list", _("on the mail provider's suppression list")
        BLOCKED = "blocked", _("blocked, here or by the service that the address came from")
        # No suppression: whoever deleted their data may sign up again. Only an import leaves them alone.
        DELETED = "deleted", _("the person deleted their data")

    address_hash = models.CharField(max_length=HASH_LENGTH)
    reason = models.CharField(max_length=40, choices=Reason.choices)
    run = models.PositiveBigIntegerField(
        null=True, blank=True, db_index=True, help_text=_("The run whose letter was refused.")
    )
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["address_hash", "reason"], name="one_suppression_per_reason")]

    def __str__(self) -> str:
        return f"suppression {self.pk}"


class Errand(models.Model):
    """An account request: a letter to send, or to decide on. The row is deleted once it is handled."""

    class Kind(models.TextChoices):
        """The first three are what people asked for; a decision ends them or turns them into one of the letters."""

        SIGN_UP = "sign_up", _("sign-up")
        LINK = "ask_link", _("request for a link")
        ADDRESS = "ask_address", _("change of address")
        CONFIRMATION = "confirm", _("confirmation")
        ALREADY = "already", _("notice of being subscribed already")
        MANAGE = "manage", _("link to the preferences")
        CHECK = "check", _("check of a new address")
        DELETION = "delete", _("link to delete everything")
        MOVED = "moved", _("notice to the old address")
        REMINDER = "remind", _("reminder of the confirmation")
        GOODBYE = "goodbye", _("goodbye to somebody who left")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, null=True, related_name="errands")
    email = models.CharField(max_length=254, blank=True, help_text=_("As typed by whoever asked."))
    wishes = models.JSONField(default=dict, blank=True)
    turn = models.PositiveSmallIntegerField(
        default=0, help_text=_("How many letters to this domain the same network asked for before.")
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    # The attempts that the recipient's server refused; the others failed for reasons of ours.
    refusals = models.PositiveSmallIntegerField(default=0)
    # Whether the last attempt failed for a reason of ours.
    failed_for_us = models.BooleanField(default=False)
    not_before = models.DateTimeField(db_index=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            # The letter that waits is the claim: of two requests that lead to one, the second leads to nothing.
            models.UniqueConstraint(
                fields=["subscriber"],
                condition=models.Q(kind__in=("confirm", "already", "manage", "remind")),
                name="one_letter_waits",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class MailOutage(models.Model):
    """The last attempts at account letters failed for reasons of ours. There is one row while that is so, else none."""

    since = models.DateTimeField()
    last_failure_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    # The one domain whose letters failed: as long as it is one, others' letters may leave. Empty where all fail.
    domain = models.CharField(max_length=255, blank=True)

    def __str__(self) -> str:
        return self.reason


class Count(models.Model):
    """The number of requests in the window that ends at `until`: see rate_limits.py."""

    bucket = models.CharField(max_length=24, unique=True)
    number = models.PositiveIntegerField()
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.bucket}: {self.number}"
