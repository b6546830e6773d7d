"""A Celery worker leaves a sign with the tasks that it takes: so the operator's page can tell whether workers live."""

from datetime import datetime, timedelta
from typing import Any

from celery.signals import task_prerun
from django.db import DatabaseError
from django.db.models import QuerySet
from django.utils import timezone

from digest.models import SignOfLife

# A busy worker writes one sign of each queue in so much time, and not one for each task.
INTERVAL = timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(days=7)
MAX_NAME_LENGTH = SignOfLife._meta.get_field("name").max_length


def leave_sign(queue: str, worker: str, now: datetime) -> None:
    """Note that *worker* takes a task of *queue* now. Those of a week ago are forgotten."""
    name = f"{_prefix(queue)}{worker}"[:MAX_NAME_LENGTH]
    if SignOfLife.objects.filter(name=name, at__gt=now - INTERVAL, at__lte=now).exists():
        return
    _row, is_new = SignOfLife.objects.update_or_create(name=name, defaults={"at": now})
    if is_new:
        SignOfLife.objects.filter(name__startswith=_prefix(queue), at__lt=now - FORGOTTEN_AFTER).delete()


def find_workers(queue: str) -> QuerySet[SignOfLife]:
    """Return when each worker took a task of *queue* last, the newest first."""
    return SignOfLife.objects.filter(name__startswith=_prefix(queue)).order_by("-at")


def _prefix(queue: str) -> str:
    return f"worker {queue} "


@task_prerun.connect(dispatch_uid="deploy")
def note_task(*, task: Any, **_signal: object) -> None:
    """Leave the sign as a task begins. A database that is away is told of by the task itself."""
    about = task.request.delivery_info or {}
    if about.get("is_eager") or not task.request.hostname:
        return
    try:
        leave_sign(about.get("routing_key", ""), task.request.hostname, timezone.now())
    except DatabaseError:
        return
