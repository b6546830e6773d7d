"""What the operator was told of, and when the clock's jobs ran last."""

from django.db import models

# Signs of backups that are made every night: when one was made last, and when one failed.
BACKUP_MADE, BACKUP_FAILED = "backup", "backup failed"


class Alarm(models.Model):
    """Something that needs the operator, from when it was seen until it was over. They are told of each end once."""

    key = models.CharField(max_length=120)
    text = models.TextField()
    to_do = models.TextField()
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    # When somebody last began to tell of it, or of its end: they may have been killed meanwhile.
    tried_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="one_alarm_at_a_time", condition=models.Q(ended_at=None))
        ]

    def __str__(self) -> str:
        return self.text


class SignOfLife(models.Model):
    """When something that all processes share happened last: a job of the clock, a look at the alarms, a good day."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    # Of a job of the clock: by when it runs again if all is well.
    next_by = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"
