"""Says in words when somebody may expect their next letter."""

from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from subscriptions import schedule
from subscriptions.models import Subscriber


def describe_next_letter(subscriber: Subscriber, now: datetime, *, after: date | None = None) -> str:
    """Return when the next letter is sent at the latest, in words; *after* is the day of the last one.

    For example `tomorrow at 08:00 (Europe/London)`; empty for no days.
    """
    moment = schedule.find_next_letter_time(subscriber.timezone, subscriber.hour, subscriber.days, now, after=after)
    if moment is None:
        return ""
    gap = moment.date() - now.astimezone(moment.tzinfo).date()
    values = {
        "day": date_format(moment, _("l, j F Y")),
        "time": f"{moment:%H:%M}",
        "zone": subscriber.timezone.replace("_", " "),
    }
    if gap > timedelta(days=1):
        return _("on %(day)s at %(time)s (%(zone)s)") % values
    return (_("tomorrow at %(time)s (%(zone)s)") if gap else _("today at %(time)s (%(zone)s)")) % values


def describe_next_letter_of(subscriber_id: int, now: datetime, *, after: date | None = None) -> str:
    """Return the same of a reader by their id: for other apps, which know no rows of this one."""
    return describe_next_letter(Subscriber.objects.get(id=subscriber_id), now, after=after)
