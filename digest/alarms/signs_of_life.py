"""The clock's jobs leave a sign whenever they run, so that somebody else can see that they do not."""

from datetime import datetime, timedelta

from digest.models import SignOfLife

# From one run to the next, if all is well: with some room for a run that takes longer.
CELERY_INTERVAL = timedelta(minutes=10)
CRON_INTERVAL = timedelta(minutes=30)


def leave_sign(name: str, now: datetime, interval: timedelta) -> None:
    """Note that a job of the clock runs now, and will again within *interval*."""
    SignOfLife.objects.update_or_create(name=name, defaults={"at": now, "next_by": now + interval})


def find_silence(now: datetime) -> datetime | None:
    """Return when a job of the clock ran last, if one should have since; None if all is well, or none ever ran.

    A job that an operator no longer uses is not missed while another one runs.
    """
    newest = SignOfLife.objects.filter(next_by__isnull=False).order_by("-next_by").first()
    return newest.at if newest and newest.next_by and newest.next_by < now else None


def is_my_turn(name: str, now: datetime, interval: timedelta) -> bool:
    """Return whether *interval* has passed since any process last had its turn at *name*; then this one has it."""
    _row, is_new = SignOfLife.objects.get_or_create(name=name, defaults={"at": now})
    due = SignOfLife.objects.filter(name=name, at__lte=now - interval)
    return is_new or bool(due.update(at=now))
