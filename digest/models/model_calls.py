"""The tables of requests to models, so that every process knows what the day has cost. Part of `digest.models`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ModelBatch(models.Model):
    """Requests handed to a model service in one file, at half the price, for an answer within a day."""

    STATES = [
        ("preparing", _("preparing")),
        ("submitted", _("submitted")),
        ("collected", _("collected")),
        ("failed", _("failed")),
    ]

    provider_id = models.CharField(max_length=200, blank=True)
    model = models.CharField(max_length=100)
    prompt_version = models.CharField(max_length=20)
    state = models.CharField(max_length=12, choices=STATES, default="preparing")
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "model batches"

    def __str__(self) -> str:
        return f"{self.model} {self.created_at:%Y-%m-%d %H:%M}: {self.state}"


class ModelCall(models.Model):
    """One request to a model. It stands here before it is made, with what it may cost: a kill hides no money."""

    STATES = [
        ("asked", _("asked")),
        ("accepted", _("accepted")),
        ("rejected", _("rejected")),
        ("failed", _("failed")),
    ]

    version = models.ForeignKey("digest.Version", on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=8)
    model = models.CharField(max_length=100)
    prompt_version = models.CharField(max_length=20)
    batch = models.ForeignKey(ModelBatch, on_delete=models.CASCADE, null=True, blank=True, related_name="calls")
    state = models.CharField(max_length=12, choices=STATES, default="asked")
    reason = models.CharField(max_length=100, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.model} {self.version_id} {self.language}: {self.state}"
