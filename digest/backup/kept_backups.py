"""A backup every night: each is read back, the newest ones stay, and the alarms learn what became of it."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from django.db import DatabaseError

from digest.backup.backup_file import BadBackup, Contents, check_backup, write_backup
from digest.domain import ProgressCallback, no_progress
from digest.models import SignOfLife
from digest.models.alarms import BACKUP_FAILED, BACKUP_MADE

# Their order by name is that of their times.
NAME, PATTERN = "preprint-post-{:%Y-%m-%d-%H%M%S}.json.gz", "preprint-post-????-??-??-??????.json.gz"


def add_backup(folder: Path, keep: int, now: datetime, tick: ProgressCallback = no_progress) -> tuple[Path, Contents]:
    """Write a backup into *folder* and read it back. Then delete all of them there but the *keep* newest.

    A failure deletes none, and is noted for the alarms. Raises OSError, NotMigrated, BadBackup.
    """
    path = folder / NAME.format(now.astimezone(UTC))
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        written = write_backup(path, now, tick)
        try:
            if check_backup(path).rows != written.rows:
                raise BadBackup(f"{path} has other rows than were written.")
        except BadBackup:
            path.unlink(missing_ok=True)
            raise
    except Exception:
        with suppress(DatabaseError):
            SignOfLife.objects.update_or_create(name=BACKUP_FAILED, defaults={"at": now})
        raise
    for old in sorted(folder.glob(PATTERN))[:-keep]:
        old.unlink()
    SignOfLife.objects.update_or_create(name=BACKUP_MADE, defaults={"at": now})
    return path, written
