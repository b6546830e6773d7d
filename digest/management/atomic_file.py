"""Files that commands write: there when they are complete, not before."""

import os
from collections.abc import Iterable
from pathlib import Path

from django.core.management.base import CommandError
from django.utils.translation import gettext as _


def write_file(pieces: Iterable[str] | Iterable[bytes], path: Path) -> None:
    """Write *pieces*, text as UTF-8, to *path*, where they appear once complete. Raises CommandError."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.writelines(piece.encode() if isinstance(piece, str) else piece for piece in pieces)
        part.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise CommandError(_("%(file)s cannot be written: %(reason)s") % {"file": path, "reason": reason}) from error
    finally:
        part.unlink(missing_ok=True)
