"""What the last hourly check of the sender found. Part of `digest.models`."""

from django.db import models


class SenderCheck(models.Model):
    """The newest check, in the only row of this table: the next one takes its place."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    checked_at = models.DateTimeField()
    # What DNS said when it could be asked last, as `SenderReport.as_json` writes it; null where no letter leaves.
    report = models.JSONField(null=True, blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    # Since when DNS cannot be reached.
    unreachable_since = models.DateTimeField(null=True, blank=True)
    # Of the letters of the last days: how many there were, came back, and were complained of.
    letters = models.PositiveIntegerField(default=0)
    bounced = models.PositiveIntegerField(default=0)
    complained = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.checked_at:%Y-%m-%d %H:%M:%S}"
