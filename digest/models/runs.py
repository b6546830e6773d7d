"""Runs over a day, with their reports."""

from django.db import models


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
