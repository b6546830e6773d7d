"""The tables of what was announced and what is still missing. Part of `digest.models`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LedgerLine(models.Model):
    """The announcements of a category on a day, and what became of them."""

    STATES = [
        ("open", _("open")),
        ("quiet", _("quiet")),
        ("holiday", _("holiday")),
        ("stale", _("stale")),
        ("partial", _("partial")),
        ("complete", _("complete")),
    ]
    # In these there is nothing left to fetch.
    SETTLED_STATES = frozenset({"complete", "quiet", "holiday"})

    day = models.DateField()
    category = models.CharField(max_length=32)
    announced = models.PositiveIntegerField(default=0)
    named = models.PositiveIntegerField(default=0, help_text=_("Announcements that a source gave, before storing."))
    stored = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    crossed = models.PositiveIntegerField(default=0)
    replaced = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=16, choices=STATES, default="open")
    verdict = models.CharField(max_length=16, blank=True, help_text=_("What the source said when it was last read."))
    note = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "category"], name="one_ledger_line")]

    def __str__(self) -> str:
        return f"{self.category} {self.day}: {self.state}"


class Missing(models.Model):
    """A paper that a listing names and that nobody could read yet. Resolved when it is stored or rejected."""

    day = models.DateField()
    category = models.CharField(max_length=32, help_text=_("The listing that names it; of an archive where it is one."))
    arxiv_id = models.CharField(max_length=40)
    version = models.PositiveSmallIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=16)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = _("missing")
        constraints = [models.UniqueConstraint(fields=["day", "category", "arxiv_id"], name="missed_once")]
        indexes = [models.Index(fields=["day"], name="still_missing", condition=models.Q(resolved_at=None))]

    def __str__(self) -> str:
        return f"{self.arxiv_id} {self.day}"


class Rejection(models.Model):
    """An entry that could not be stored, and why."""

    day = models.DateField(db_index=True)
    category = models.CharField(max_length=32, blank=True, help_text=_("Empty where nobody knows it."))
    source = models.CharField(max_length=200)
    where = models.CharField(max_length=200)
    reason = models.CharField(max_length=300)
    excerpt = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "source", "where", "reason"], name="rejected_once")]

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


class Turn(models.Model):
    """A lease on an outside service: one request at a time, over all processes and machines. See `ServiceLock`."""

    name = models.CharField(max_length=40, unique=True)
    holder = models.CharField(max_length=120, blank=True, help_text=_("Empty while nobody asks."))
    until = models.DateTimeField(null=True, blank=True, help_text=_("A holder who is still there then was killed."))
    free_at = models.DateTimeField(null=True, blank=True, help_text=_("Nobody asks before."))
    refused_until = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
