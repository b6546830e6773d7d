"""What needs the operator, for the admin's first page: editions whose letters are held up, and all other alarms."""

from django import template
from django.utils import timezone

from digest.alarms.conditions import HELD_UP
from digest.alarms.watch import find_alarms
from digest.delivery.outages import describe_outage, find_outages
from digest.delivery.pause import describe_pause, find_paused
from digest.models import Alarm

register = template.Library()


@register.simple_tag
def held_editions() -> list[list[str]]:
    """Return of each edition that is paused, or that the mail server takes no letter of, why and what to do."""
    paused = [describe_pause(edition) for edition in find_paused(timezone.now())]
    return [*paused, *(describe_outage(edition) for edition in find_outages())]


@register.simple_tag
def open_alarms() -> list[Alarm]:
    """Return the alarms that are not over, but for those of editions that are held up."""
    return [alarm for alarm in find_alarms() if not alarm.key.startswith(HELD_UP)]
