"""Opinions of readers on papers, and the papers that they saved."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from digest.models.papers import Paper


class Feedback(models.Model):
    """An opinion of a reader on a paper, or a paper that they saved."""

    # Why a reader wants less of a paper.
    CAUSES = [("topic", _("off topic")), ("known", _("known already")), ("weak", _("weak"))]
    KINDS = [("more", _("more like this")), ("less", _("less like this")), ("save", _("saved"))]

    subscriber = models.ForeignKey("subscriptions.Subscriber", on_delete=models.CASCADE, related_name="feedback")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="feedback")
    kind = models.CharField(max_length=8, choices=KINDS)
    created_at = models.DateTimeField(auto_now_add=True)
    place = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Where the paper stood in the reader's letter, from 1; empty if in none.")
    )
    cause = models.CharField(
        max_length=8, choices=CAUSES, blank=True, help_text=_("Why they want less of it; empty if they did not say.")
    )

    class Meta:
        verbose_name_plural = _("feedback")
        constraints = [models.UniqueConstraint(fields=["subscriber", "paper", "kind"], name="said_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.paper_id}"
