"""Celery's broker: folders on a laptop, Redis where CELERY_BROKER_URL says so."""

from pathlib import Path
from typing import Any


def settings(url: str, folder: Path) -> dict[str, Any]:
    """Celery settings for *url*; for `filesystem://` the folders are made, as kombu expects them to exist."""
    common: dict[str, Any] = {
        "CELERY_TASK_IGNORE_RESULT": True,
        "CELERY_TASK_ACKS_LATE": True,
        "CELERY_TASK_SERIALIZER": "json",
        "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
        "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
        "CELERY_BEAT_SCHEDULE_FILENAME": str(folder / "beat"),
        # Announcements follow US Eastern time, and so does the schedule.
        "CELERY_TIMEZONE": "America/New_York",
    }
    folder.mkdir(parents=True, exist_ok=True)
    if not url.startswith("filesystem:"):
        return common
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
