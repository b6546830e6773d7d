"""Celery's queues, and its broker: folders on a laptop, Redis where CELERY_BROKER_URL says so."""

from pathlib import Path
from typing import Any

# By queue: what may take an hour, what sends letters, and what runs every minute. No kind waits for another one.
# A worker serves all queues unless it is started with `-Q`.
QUEUES: dict[str, tuple[str, ...]] = {
    "prepare": ("run_daily", "catch_up_summaries", "forget"),
    "letters": ("drain",),
    "errands": ("deliver_due", "run_errands", "remind", "watch", "check_sender"),
}

# After this time Redis gives a message to another worker. It is longer than a task may wait in a worker and then take.
VISIBILITY_TIMEOUT_SECONDS = 2 * 60 * 60

FOLDER_POLLING_SECONDS = 0.1


def transport(url: str) -> str | None:
    """Return what carries messages for the broker at *url*: a class of ours, or None for kombu's own."""
    return "deploy.folder_broker:FolderTransport" if url.startswith("filesystem:") else None


def task_routes() -> dict[str, dict[str, str]]:
    """Return Celery's routes: by the full name of a task, the queue that it waits in."""
    return {f"digest.tasks.{task}": {"queue": queue} for queue, tasks in QUEUES.items() for task in tasks}


def transport_options(url: str, folder: Path) -> dict[str, Any]:
    """Return kombu's transport options for the broker at *url*.

    For `filesystem://` the folders below *folder* are made, because kombu expects them to exist.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not url.startswith("filesystem:"):
        return {"visibility_timeout": VISIBILITY_TIMEOUT_SECONDS}
    for name in ("queue", "processed", "control"):
        (folder / name).mkdir(exist_ok=True)
    return {
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "processed_folder": str(folder / "processed"),
        "control_folder": str(folder / "control"),
        "set_aside_folder": str(folder / "set_aside"),
        "polling_interval": FOLDER_POLLING_SECONDS,
    }
