"""What an error of the database means, in a sentence that says what to do."""

import getpass
import os
import shutil
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from psycopg_pool import PoolTimeout

CONNECT_SECONDS = 3
# Less than that free counts as a full disk: SQLite calls it an I/O error where its journal cannot grow.
FULL_BELOW_BYTES = 1_000_000

NOT_READY = "The database is not ready ({error}). Run: python manage.py migrate"
BUSY = "The database is busy: another process is writing to it ({error}). Nothing is lost: run it again."
# By the code of PostgreSQL: https://www.postgresql.org/docs/current/errcodes-appendix.html
POSTGRES_SENTENCES = {
    **dict.fromkeys(("42P01", "42703"), NOT_READY),
    **dict.fromkeys(("55P03", "40P01", "40001", "57014"), BUSY),
    "25006": "The database takes no changes ({error}): set DATABASE_URL to the server that does.",
    "42501": "The user of DATABASE_URL has not the right to do this ({error}). Make it the owner of the tables.",
    "53100": "The disk of the database server is full ({error}). Make room there, and run it again.",
    "53300": "The database server has no connection left ({error}). Raise its max_connections, or lower DATABASE_POOL.",
    "58030": "The disk of the database server fails ({error}). See the server's log.",
    **dict.fromkeys(
        ("57P01", "57P02", "57P03"),
        "The database server is stopping or starting ({error}). Nothing is lost: run it again.",
    ),
}


def describe_database_error(error: Exception) -> str:
    """Return what is wrong and what to do; nothing where the error is a bug of ours, such as a query that is none."""
    cause = error.__cause__ or error
    said = " ".join(str(error).split())
    if not isinstance(cause, psycopg.Error):
        return _describe_sqlite(said)
    if sentence := POSTGRES_SENTENCES.get(cause.sqlstate or ""):
        return sentence.format(error=said)
    if isinstance(cause, PoolTimeout):
        return _describe_lost_connection(find_connection_problem())
    return _describe_lost_connection(said) if isinstance(error, OperationalError | InterfaceError) else ""


def _describe_sqlite(said: str) -> str:
    """Return the sentence for SQLite's own words, which are the same since its first version."""
    path = Path(settings.DATABASES["default"]["NAME"])
    if "no such table" in said or "no such column" in said:
        return NOT_READY.format(error=said)
    if "is locked" in said:
        return BUSY.format(error=said)
    if "disk is full" in said or ("disk I/O error" in said and _is_disk_full(path)):
        return f"The disk is full: {path} cannot grow. Make room, and run it again."
    if "disk I/O error" in said:
        return f"The disk fails: {path} cannot be read or written (disk I/O error). See the log of the machine."
    if "readonly database" in said:
        return f"{path} cannot be written {_by_whom(path)}"
    if "unable to open" in said:
        if not path.parent.is_dir():
            return f"The database {path} cannot be made, as there is no folder {path.parent}. See DATABASE_URL."
        return f"The database {path} cannot be opened {_by_whom(path)}"
    if "not a database" in said or "malformed" in said:
        return f"{path} is damaged or no database ({said}). Restore a backup (docs/backup.md), or see DATABASE_URL."
    return ""


def _is_disk_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < FULL_BELOW_BYTES
    except OSError:
        return False


def _by_whom(path: Path) -> str:
    """Return the end of a sentence: who may not use a file of ours, and what to do."""
    return f"by {name_user()}. Run this as the user that owns it, or see whether the disk takes changes."


def name_user() -> str:
    """Return the name of the user that runs this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name in this container
        return f"user {os.getuid()}"


def _describe_lost_connection(reason: str) -> str:
    """Return the sentence for why PostgreSQL does not answer."""
    reason = reason.removeprefix("connection failed: ")
    if not reason:
        return "The database server did not answer in time. Nothing is lost: run it again."
    if "does not exist" in reason and "database" in reason:
        return f"There is no such database ({reason}). Make it with createdb, or see DATABASE_URL."
    return f"The database server cannot be used ({reason}). See whether it runs, and whether DATABASE_URL is right."


def find_connection_problem() -> str:
    """Return why no connection to PostgreSQL can be made now, in its own words; nothing where one can.

    A pool of connections says only that it had none in time.
    """
    try:
        psycopg.connect(**{**connection.get_connection_params(), "connect_timeout": CONNECT_SECONDS}).close()
    except psycopg.Error as error:
        return " ".join(str(error).split())
    return ""
