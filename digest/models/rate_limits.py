"""The table of rate limits: how many letters went out in a window of time. Part of `digest.models`."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Pace(models.Model):
    """The letters that all workers together sent in a window of time: to one domain, or, without a name, to all."""

    name = models.CharField(max_length=254, unique=True, blank=True)
    window = models.DateTimeField(help_text=_("When the window began in which they are counted."))
    used = models.PositiveIntegerField(default=0)
    promised = models.PositiveIntegerField(default=0, help_text=_("Letters told to come in later windows."))
    rest_until = models.DateTimeField(null=True, blank=True, help_text=_("The domain asked us to slow down."))
    rests = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=300, blank=True)
    # What the mail server was seen to take, in the row without a name: see delivery/rate_limits/learned_rate.py.
    rate = models.FloatField(null=True, blank=True, help_text=_("Letters a second at which the mail server throttled."))
    throttled_at = models.DateTimeField(null=True, blank=True)
    free_from = models.DateTimeField(null=True, blank=True, help_text=_("Until then nobody begins another letter."))
    refusals = models.PositiveSmallIntegerField(default=0)
    # How many connections at once it was seen to serve, where it left more than these waiting; and when.
    connections = models.PositiveSmallIntegerField(null=True, blank=True)
    connections_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = _("paces")

    def __str__(self) -> str:
        return self.name or "*"
