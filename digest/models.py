"""The tables of the digest. Fields and constraints, nothing else."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from digest.call_models import ModelBatch as ModelBatch
from digest.call_models import ModelCall as ModelCall
from digest.event_models import DeliveryEvent as DeliveryEvent
from digest.ledger_models import LedgerLine as LedgerLine
from digest.ledger_models import Missing as Missing
from digest.ledger_models import Rejection as Rejection
from digest.ledger_models import Turn as Turn
from digest.pace_models import Pace as Pace


class Paper(models.Model):
    """A paper's identity. What it says stands in its versions."""

    arxiv_id = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.arxiv_id


class Version(models.Model):
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(default=1)
    title = models.TextField()
    abstract = models.TextField()
    authors = models.JSONField(default=list)
    categories = models.JSONField(default=list, help_text=_("The first is the primary one."))
    primary_category = models.CharField(max_length=32, db_index=True)
    published = models.DateTimeField(null=True, blank=True)
    updated = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(blank=True)
    doi = models.CharField(max_length=200, blank=True)
    journal_ref = models.TextField(blank=True)
    code_url = models.URLField(max_length=500, blank=True)
    withdrawn = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["paper", "number"], name="one_row_per_version")]

    def __str__(self) -> str:
        return f"{self.paper_id}v{self.number}"


class Announcement(models.Model):
    """A paper in a category's listing of a day."""

    KINDS = [(kind, kind) for kind in ("new", "cross", "replace", "replace-cross")]

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="announcements")
    category = models.CharField(max_length=32)
    day = models.DateField()
    kind = models.CharField(max_length=16, choices=KINDS)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "category", "day"], name="announced_once")]
        indexes = [models.Index(fields=["day", "category"])]

    def __str__(self) -> str:
        return f"{self.category} {self.day}"


class Signal(models.Model):
    """One observation of upvotes, comments or stars."""

    KINDS = [("upvotes", _("upvotes")), ("comments", _("comments")), ("stars", _("stars"))]

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="signals")
    kind = models.CharField(max_length=16, choices=KINDS)
    value = models.PositiveIntegerField()
    observed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["paper", "kind", "observed_at"], name="observed_once")]

    def __str__(self) -> str:
        return f"{self.value} {self.kind}"


class Summary(models.Model):
    """A summary of one version in one language by one writer: a model's name, `extractive` or `imported`."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="summaries")
    language = models.CharField(max_length=8)
    writer = models.CharField(max_length=100)
    prompt_version = models.CharField(max_length=20, blank=True)
    tldr = models.TextField()
    motivation = models.TextField(blank=True)
    method = models.TextField(blank=True)
    result = models.TextField(blank=True)
    conclusion = models.TextField(blank=True)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=10, decimal_places=6, default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = _("summaries")
        constraints = [
            models.UniqueConstraint(fields=["version", "language", "writer", "prompt_version"], name="written_once"),
            models.CheckConstraint(condition=~models.Q(tldr=""), name="summary_says_something"),
        ]

    def __str__(self) -> str:
        return self.tldr[:60]


class Backfill(models.Model):
    """A summary that a model still owes: the extractive one went out in its place."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="backfills")
    language = models.CharField(max_length=8)
    reason = models.CharField(max_length=300)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "language"], name="owed_once")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.language}: {self.reason}"


class Edition(models.Model):
    """The ranked papers of one day. Frozen for good when its first letter is planned."""

    STATES = [("open", _("open")), ("frozen", _("frozen")), ("closed", _("closed"))]

    day = models.DateField(unique=True)
    state = models.CharField(max_length=16, choices=STATES, default="open")
    paused = models.BooleanField(default=False, help_text=_("No letter of this edition goes out while it is paused."))
    pause_reason = models.CharField(max_length=300, blank=True)
    note = models.TextField(blank=True, help_text=_("Shown at the top of every letter. Markdown."))
    frozen_at = models.DateTimeField(null=True, blank=True)
    planned_until = models.DateTimeField(
        null=True, blank=True, help_text=_("Whose hour came by then has been looked at: see due.py.")
    )
    looked_at = models.DateTimeField(null=True, blank=True, help_text=_("When everybody was last looked at."))
    closed_at = models.DateTimeField(null=True, blank=True)
    wanted = models.JSONField(default=dict, help_text=_("The ranks that letters show, by language: see wanted.py."))

    def __str__(self) -> str:
        return str(self.day)


class EditionEntry(models.Model):
    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="entries")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="entries")
    rank = models.PositiveIntegerField()
    score = models.FloatField()
    section = models.CharField(max_length=32)
    kind = models.CharField(max_length=16, choices=[*Announcement.KINDS, ("withdrawn", "withdrawn")])

    class Meta:
        verbose_name_plural = _("edition entries")
        constraints = [
            models.UniqueConstraint(fields=["edition", "version"], name="one_entry_per_version"),
            models.UniqueConstraint(fields=["edition", "rank"], name="one_entry_per_rank"),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} #{self.rank + 1}"


class EditionSummary(models.Model):
    """The summary that an edition shows for a paper in a language: chosen once, so that letters stay the same bytes."""

    entry = models.ForeignKey(EditionEntry, on_delete=models.CASCADE, related_name="summaries")
    language = models.CharField(max_length=8)
    summary = models.ForeignKey(Summary, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name_plural = _("edition summaries")
        constraints = [models.UniqueConstraint(fields=["entry", "language"], name="one_summary_shown")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.language}"


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

    # one_letter_per_edition begins with the edition: a million rows need no second index of it.
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    subscriber = models.ForeignKey(
        "subscriptions.Subscriber", on_delete=models.SET_NULL, null=True, related_name="deliveries"
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.PENDING)
    reason = models.CharField(max_length=300, blank=True)
    picks = models.JSONField(default=list, help_text=_("Frozen: [[rank, score, [[reason, text], …]], …]."))
    notices = models.JSONField(default=list, help_text=_("Frozen: ranks of replaced or withdrawn papers it tells of."))
    matched = models.PositiveIntegerField(default=0)
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
            # With the id, so that the next letters to claim are found without sorting all that wait.
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


class Feedback(models.Model):
    """What a reader said of a paper."""

    KINDS = [("more", _("more like this")), ("less", _("less like this")), ("save", _("saved"))]

    subscriber = models.ForeignKey("subscriptions.Subscriber", on_delete=models.CASCADE, related_name="feedback")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="feedback")
    kind = models.CharField(max_length=8, choices=KINDS)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = _("feedback")
        constraints = [models.UniqueConstraint(fields=["subscriber", "paper", "kind"], name="said_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.paper_id}"


class Run(models.Model):
    """One run over a day, with the report it printed."""

    day = models.DateField(db_index=True)
    source = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    balanced = models.BooleanField(null=True)
    report = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.day} {self.started_at:%H:%M:%S}"
