"""A clock that can be set while processes run: a file holds by how many seconds it goes wrong."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils import timezone


def follow() -> None:
    """From now on Django's clock goes as the file CLOCK says.

    The function is changed where it is, because it is bound as the usual clock in many places.
    """
    timezone.now.__code__ = _wrong_now.__code__


def _wrong_now() -> datetime:
    from tests.faults.delivery import clock

    return clock.now()


def now() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=ahead(Path(os.environ["CLOCK"])))


def ahead(path: Path) -> float:
    return float(path.read_text("ascii") or 0) if path.exists() else 0.0


def set_by(path: Path, seconds: float) -> None:
    """Sets it on, or back, by so many seconds more."""
    later = path.with_suffix(".new")
    later.write_text(str(ahead(path) + seconds), "ascii")
    later.replace(path)
