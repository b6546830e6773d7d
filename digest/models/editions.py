"""Editions: the frozen papers of a day and the summaries shown for them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from digest.models.papers import Announcement, Version
from digest.models.summaries import Summary


class Edition(models.Model):
    """The ranked papers of one day. Frozen for good when its first letter is planned."""

    STATES = [("open", _("open")), ("frozen", _("frozen")), ("closed", _("closed"))]

    day = models.DateField(unique=True)
    state = models.CharField(max_length=16, choices=STATES, default="open")
    paused = models.BooleanField(default=False, help_text=_("No letter of this edition goes out while it is paused."))
    pause_reason = models.CharField(max_length=300, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True, help_text=_("When it was paused last."))
    resumed_at = models.DateTimeField(null=True, blank=True, help_text=_("When it was resumed last."))
    alerted_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the operator was told of the pause, or paused it.")
    )
    down_since = models.DateTimeField(
        null=True, blank=True, help_text=_("Since when the mail server takes nobody's letter; empty while it does.")
    )
    down_reason = models.CharField(max_length=300, blank=True, help_text=_("What it said last."))
    note = models.TextField(blank=True, help_text=_("Shown at the top of every letter. Markdown."))
    notes = models.JSONField(
        null=True, blank=True, help_text=_("By language, what letters in it show in the place of the note.")
    )
    approval = models.CharField(
        max_length=8,
        blank=True,
        default="",
        db_default="",
        choices=[("asked", _("asked for")), ("given", _("given")), ("lapsed", _("nobody answered in time"))],
    )
    approve_by = models.DateTimeField(
        null=True, blank=True, help_text=_("Until then its letters wait for somebody's approval.")
    )
    frozen_at = models.DateTimeField(null=True, blank=True)
    planned_until = models.DateTimeField(
        null=True, blank=True, help_text=_("Whose hour came by then has been looked at.")
    )
    looked_at = models.DateTimeField(null=True, blank=True, help_text=_("When everybody was last looked at."))
    closed_at = models.DateTimeField(null=True, blank=True)
    wanted = models.JSONField(default=dict, help_text=_("The ranks that letters show, by language."))
    is_packed = models.BooleanField(
        default=False, help_text=_("Whether the papers that its letters showed stand in ShownPaper.")
    )
    whole_letters = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("How many letters were left whole as the others were shortened.")
    )

    handed_over = models.PositiveIntegerField(
        default=0,
        # A process of the version before, which knows no such column, may still make editions.
        db_default=0,
        help_text=_("How many letters drains saw accepted: at most as many as there are rows of such."),
    )

    doubled = models.PositiveIntegerField(
        default=0, db_default=0, help_text=_("How many letters left twice, as the operator was told of it.")
    )

    def __str__(self) -> str:
        return str(self.day)

    def reopen_books(self) -> None:
        """Open the books of the edition again if they are closed, as letters of it wait."""
        Edition.objects.filter(id=self.id, state="closed").update(state="frozen", closed_at=None)


class EntryQuerySet(models.QuerySet["EditionEntry"]):
    def of_the_day(self) -> "EntryQuerySet":
        """Return the papers that the edition's own day announced: what pages show and reports count."""
        return self.filter(announced_on=None)


class EditionEntry(models.Model):
    """A paper of an edition. Behind those of its day stand the earlier ones that letters of several days show."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="entries")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="entries")
    rank = models.PositiveIntegerField()
    score = models.FloatField()
    score_without_names = models.FloatField(
        default=0.0, help_text=_("What the score would be if nobody's name counted.")
    )
    section = models.CharField(max_length=32)
    kind = models.CharField(max_length=16, choices=[*Announcement.KINDS, ("withdrawn", "withdrawn")])
    announced_on = models.DateField(
        null=True, blank=True, help_text=_("The earlier day that announced it; empty for a paper of the edition's day.")
    )

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("edition entries")
        constraints = [
            models.UniqueConstraint(fields=["edition", "version"], name="one_entry_per_version"),
            models.UniqueConstraint(fields=["edition", "rank"], name="one_entry_per_rank"),
        ]
        # Pages count by it without reading the entries.
        indexes = [models.Index(fields=["edition", "announced_on", "section", "kind"], name="sections_of_edition")]

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
