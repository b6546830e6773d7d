"""The editions whose letters are held up, for the admin's first page."""

from django import template
from django.utils import timezone

from digest.delivery.outages import describe_outage, find_outages
from digest.delivery.pause import describe_pause, find_paused

register = template.Library()


@register.simple_tag
def held_editions() -> list[list[str]]:
    """Return of each edition that is paused, or that the mail server takes no letter of, why and what to do."""
    paused = [describe_pause(edition) for edition in find_paused(timezone.now())]
    return [*paused, *(describe_outage(edition) for edition in find_outages())]
