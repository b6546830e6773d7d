"""What is wrong with the settings or the machine, in a sentence that says what to do.

Commands, the website and the workers end with it. A traceback would tell an operator nothing, so that it is kept for
what is a bug of ours.
"""

import errno

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
