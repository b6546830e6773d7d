"""The clock's jobs leave a sign whenever they run, so that somebody else can see that they do not."""

from datetime import datetime, timedelta

from django.db.models import Q

from digest.models import SignOfLife

# From one run to the next, if all is well: with some room for a run that takes longer.
CELERY_INTERVAL = timedelta(minutes=10)
CRON_INTERVAL = timedelta(minutes=30)
DAILY_INTERVAL = timedelta(hours=26)
LONGEST_INTERVAL = timedelta(days=2)


def leave_sign(name: str, now: datetime, interval: timedelta) -> None:
    """Note that a job of the clock runs now, and will again within *interval*."""
    SignOfLife.objects.update_or_create(name=name, defaults={"at": now, "next_by": now + interval})


def find_silence(now: datetime) -> datetime | None:
    """Return when a job of the clock ran last, if one should have since; None if all is well, or none ever ran.

    A job that an operator no longer uses is not missed while another one runs. A sign from the future tells nothing:
    the clock was wrong as it was left.
    """
    newest = SignOfLife.objects.filter(next_by__isnull=False).order_by("-next_by").first()
    if newest is None or newest.next_by is None:
        return None
    is_silent = newest.next_by < now or newest.next_by > now + LONGEST_INTERVAL
    return min(newest.at, now) if is_silent else None


def is_my_turn(name: str, now: datetime, interval: timedelta) -> bool:
    """Return whether *interval* has passed since any process last had its turn at *name*; then this one has it."""
    _row, is_new = SignOfLife.objects.get_or_create(name=name, defaults={"at": now})
    # A turn in the future was taken while the clock was wrong.
    due = SignOfLife.objects.filter(Q(at__lte=now - interval) | Q(at__gt=now + interval), name=name)
    return is_new or bool(due.update(at=now))
