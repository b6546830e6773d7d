"""What an operator should know at once, for the admin's first page."""

from django import template
from django.utils import timezone

from digest.delivery.pause import describe_pause, find_paused

register = template.Library()


@register.simple_tag
def paused_editions() -> list[list[str]]:
    """Return of each paused edition what is so, why, and what to do."""
    return [describe_pause(edition) for edition in find_paused(timezone.now())]
