"""Summaries of papers, and the summaries that a model still owes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from digest.models.papers import Version


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


class RelatingSentence(models.Model):
    """One sentence by a model that relates a version to another paper, in one language.

    It is empty where the model's answer could not be used: then it is not asked again. It says nothing of who kept
    that other paper, and serves whoever did.
    """

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="relating_sentences")
    kept = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=8)
    prompt_version = models.CharField(max_length=20)
    writer = models.CharField(max_length=100, blank=True)
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "kept", "language", "prompt_version"], name="related_once")
        ]

    def __str__(self) -> str:
        return self.text[:60]


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
