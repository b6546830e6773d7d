"""What is wrong with the settings or the machine, in a sentence that says what to do.

Commands, the website and the workers end with it. A traceback would tell an operator nothing, so that it is kept for
what is a bug of ours.
"""

import errno
import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError

from deploy.database_errors import describe_database_error, name_user

# What `describe_error` may know.
KNOWN_ERRORS = (ImproperlyConfigured, DatabaseError, InterfaceError, OSError)


def describe_error(error: Exception) -> str:
    """Return what *error* means; nothing where it is a bug of ours."""
    if isinstance(error, ImproperlyConfigured):
        return f"The settings are not right yet. {error}"
    if isinstance(error, OSError):
        return _describe_os_error(error)
    if isinstance(error, DatabaseError | InterfaceError):
        return describe_database_error(error)
    return ""


@contextmanager
def end_with_sentence() -> Iterator[None]:
    """End the process with what a known error means. Raises SystemExit, and every other error as it is."""
    try:
        yield
    except KNOWN_ERRORS as error:
        sentence = describe_error(error)
        if not sentence:
            raise
        sys.exit(sentence)


def require_writable(folder: Path) -> None:
    """Raise OSError, which names *folder*, where nothing can be written there: a disk may be full without saying so."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(4096))
            file.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error


class SentenceFilter(logging.Filter):
    """Has the record of a task that a known error ended say what to do, in the place of the traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, KNOWN_ERRORS) and (sentence := describe_error(error)):
            name = record.args.get("name", record.name) if isinstance(record.args, dict) else record.name
            record.msg, record.args, record.exc_info, record.exc_text = "%s: %s", (name, sentence), None, None
        return True


def _describe_os_error(error: OSError) -> str:
    """Return the sentence for what the operating system refuses; nothing where it names no file and no known cause."""
    place = str(error.filename or "")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full{f': {place} cannot be written' if place else ''}. Make room, and run it again."
    if error.errno == errno.EROFS:
        return f"{place or 'A file'} cannot be written: its disk takes no changes (read-only file system)."
    if error.errno == errno.EIO:
        return f"The disk fails{f' at {place}' if place else ''} (input/output error). See the log of the machine."
    if error.errno in (errno.EACCES, errno.EPERM) and place:
        return (
            f"{name_user()} may not use {place} ({error.strerror}). Run this as the user that owns it. The folder for"
            " all that is kept is PREPRINT_POST_HOME."
        )
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "There are too many open files. Raise the limit of open files (ulimit -n), and run it again."
    return f"{place}: {error.strerror}." if place and error.strerror else ""
