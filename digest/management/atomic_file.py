"""Files that commands write: there when they are complete, not before."""

import os
from collections.abc import Iterable
from pathlib import Path

from django.core.management.base import CommandError
from django.utils.translation import gettext as _


def write_file(pieces: Iterable[str], path: Path) -> None:
    """Write *pieces* to *path*, where they appear once complete. Raises CommandError."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
        part.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise CommandError(_("%(file)s cannot be written: %(reason)s") % {"file": path, "reason": reason}) from error
    finally:
        part.unlink(missing_ok=True)
