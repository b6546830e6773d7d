"""Deliveries: one letter to one subscriber, and what became of it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from digest.models.compact_json import CompactJSONField
from digest.models.editions import Edition, EditionEntry
from subscriptions.email.mail_answers import Fault

FAULTS = [
    (Fault.GONE.value, _("the mailbox does not exist")),
    (Fault.SUPPRESSED.value, _("the provider's suppression list")),
    (Fault.RECIPIENT.value, _("the mailbox takes nothing now")),
    (Fault.DOUBT.value, _("the recipient or us")),
    (Fault.SENDER.value, _("our address or reputation")),
    (Fault.CONTENT.value, _("the content")),
    (Fault.RELAY.value, _("our mail server")),
    (Fault.DISBELIEVED.value, _("a relay that is not believed")),
    (Fault.NETWORK.value, _("the network")),
]


class Delivery(models.Model):
    """One letter to one subscriber: the only truth about whether it went out."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        CLAIMED = "claimed", _("claimed")
        SUBMITTING = "submitting", _("submitting")
        ACCEPTED = "accepted", _("accepted")
        FAILED = "failed", _("failed")
        UNCERTAIN = "uncertain", _("uncertain")
        EXCLUDED = "excluded", _("excluded")

    class Kind(models.TextChoices):
        DIGEST = "digest", _("the day's letter")
        WELCOME = "welcome", _("the first letter, right after the confirmation")

    # one_letter_per_edition begins with the edition: a million rows need no second index of it.
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    subscriber = models.ForeignKey(
        "subscriptions.Subscriber", on_delete=models.SET_NULL, null=True, related_name="deliveries"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.DIGEST)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    reason = models.CharField(max_length=300, blank=True)
    fault = models.CharField(
        max_length=12, blank=True, choices=FAULTS, help_text=_("What the last refusal was about, if it counts.")
    )
    temporary = models.BooleanField(default=False, help_text=_("It failed as it was put off until it was late."))
    picks = CompactJSONField(default=list, help_text=_("Frozen: [[rank, score, [[reason, text], …]], …]."))
    notices = CompactJSONField(default=list, help_text=_("Frozen: ranks of replaced or withdrawn papers it tells of."))
    news = CompactJSONField(null=True, blank=True, help_text=_("Frozen: the rows of PaperNews it tells of."))
    relations = models.JSONField(
        null=True, blank=True, help_text=_("Frozen: [[rank, sentence, model], …], of papers that the reader kept.")
    )
    matched = models.PositiveIntegerField(default=0)
    covers_from = models.DateField(
        null=True, blank=True, help_text=_("The first day that it covers, if there are several.")
    )
    language = models.CharField(max_length=8)
    detail = models.CharField(max_length=12)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True)
    not_after = models.DateTimeField(null=True, blank=True)
    doubted_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it was first handed over, if no answer came and it may be repeated.")
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    provider_id = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["edition", "subscriber"], name="one_letter_per_edition")]
        indexes = [
            # With the id, so that the next letters to claim are found without sorting all that wait. On PostgreSQL it
            # holds no accepted and no excluded letters, and the one by provider_id is a hash: see migration 0025.
            models.Index(fields=["edition", "state", "id"], name="next_deliveries"),
            models.Index(
                fields=["edition", "not_before"],
                name="open_deliveries",
                condition=models.Q(state__in=("pending", "claimed", "submitting")),
            ),
            models.Index(fields=["edition"], name="doubted_deliveries", condition=models.Q(doubted_at__isnull=False)),
            # A provider that reports on a letter names it by its own number.
            models.Index(fields=["provider_id"], name="delivery_by_provider_id", condition=~models.Q(provider_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id}/{self.subscriber_id}: {self.state}"


class ShownPaper(models.Model):
    """The readers whose letters showed a paper of an edition, or told of it: all of a block of reader ids in one row.

    `digest/picking/shown_papers.py` makes it of the letters of past editions (`Edition.is_packed`), and reads it.
    """

    pk = models.CompositePrimaryKey("entry", "block")
    entry = models.ForeignKey(EditionEntry, on_delete=models.CASCADE, related_name="shown", db_index=False)
    block = models.PositiveIntegerField(help_text=_("The reader's id without its last 16 bits."))
    shown_to = models.BinaryField(help_text=_("The last 16 bits of each reader's id, in order."))
    told_to = models.BinaryField(help_text=_("The same of those whose letter gave notice of it."))

    def __str__(self) -> str:
        return f"{self.entry_id}/{self.block}"
