"""Celery's broker: folders on a laptop, Redis where CELERY_BROKER_URL says so."""

from pathlib import Path
from typing import Any

# What may take an hour, what sends letters, and what is looked at every minute; none of them waits for another kind.
# A worker serves all of them unless it is started with `-Q`.
QUEUES: dict[str, tuple[str, ...]] = {
    "prepare": ("run_daily", "catch_up_summaries"),
    "letters": ("drain",),
    "errands": ("deliver_due", "run_errands", "remind"),
}

# Seconds after which Redis gives a message to somebody else: longer than a task may wait in a worker and take.
VISIBILITY = 2 * 60 * 60


def settings(url: str, folder: Path) -> dict[str, Any]:
    """Celery settings for *url*; for `filesystem://` the folders are made, as kombu expects them to exist."""
    common: dict[str, Any] = {
        "CELERY_TASK_IGNORE_RESULT": True,
        "CELERY_TASK_QUEUES": {name: {} for name in QUEUES},
        "CELERY_TASK_DEFAULT_QUEUE": "errands",
        "CELERY_TASK_ROUTES": {f"digest.tasks.{task}": {"queue": name} for name in QUEUES for task in QUEUES[name]},
        # A worker that goes away leaves its messages to others. One that kills its process is not given to the next
        # one: whatever is in it, the scheduler asks again, and the database knows what was done.
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_REJECT_ON_WORKER_LOST": False,
        "CELERY_TASK_SERIALIZER": "json",
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        # The processes of a worker may take longer than four seconds to begin where many do at once.
        "CELERY_WORKER_PROC_ALIVE_TIMEOUT": 60.0,
        "CELERY_BEAT_SCHEDULE_FILENAME": str(folder / "beat"),
        # Announcements follow US Eastern time, and so does the schedule.
        "CELERY_TIMEZONE": "America/New_York",
    }
    folder.mkdir(parents=True, exist_ok=True)
    if not url.startswith("filesystem:"):
        return {**common, "CELERY_BROKER_TRANSPORT_OPTIONS": {"visibility_timeout": VISIBILITY}}
    for name in ("queue", "processed", "control"):
        (folder / name).mkdir(exist_ok=True)
    options = {
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "processed_folder": str(folder / "processed"),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.1,
    }
    return {**common, "CELERY_BROKER_TRANSPORT_OPTIONS": options}
