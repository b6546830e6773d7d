"""No command ends in a traceback over an error of the machine, and each error is called by its name."""

import errno
import logging
import os
import socket
import sqlite3
from collections import namedtuple
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Never, TextIO

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import get_commands
from django.db import OperationalError, ProgrammingError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg_pool import PoolTimeout
from pytest_django import Settings

from deploy import celery, database_errors
from deploy.command_line import main
from deploy.env import private_folder
from deploy.known_errors import describe_error, end_with_sentence, require_writable
from digest import scheduler, tasks
from digest.sources.huggingface import HuggingFace

ROOT = Path(__file__).resolve().parents[2]
# Every command of ours that asks the database, as it is typed.
ASKING = [
    "alarms",
    "approve_edition --date 2026-01-23",
    "backfill_papers --from 2026-01-22 --to 2026-01-23",
    "backtest",
    "backup {folder}/new.gz",
    "build_edition --date 2026-01-23 --source sample",
    "deliver_due",
    "embed_papers",
    "export_edition --date 2026-01-23",
    "export_subscribers",
    "fetch_papers --date 2026-01-23 --source sample",
    "fetch_signals --date 2026-01-23",
    "forget --dry-run",
    "import_subscribers {folder}/readers.csv",
    "index_papers",
    "ledger --date 2026-01-23",
    "move_database sqlite:///{folder}/other.sqlite3",
    "note Hello. --date 2026-01-23",
    "pause_edition --date 2026-01-23",
    "prepare_day --date 2026-01-23 --source sample",
    "preview_letter ada@example.org --date 2026-01-23 -o {folder}/letter.eml",
    "reconcile --date 2026-01-23",
    "renew_address_hashes",
    "resume_edition --date 2026-01-23",
    "retry_letters --date 2026-01-23",
    "run_daily --date 2026-01-23 --source sample",
    "send_letters --date 2026-01-23",
    "settle_letters --date 2026-01-23",
    "undo_suppressions --worn-out",
    "write_summaries --date 2026-01-23",
    "write_summaries --backfill",
    "write_summaries --batch --date 2026-01-23",
    "write_summaries --collect",
    # Django's own that an operator runs.
    "createsuperuser --no-input --username ada --email ada@example.org",
    "migrate",
]
# Those that read files and ask nothing of the database, or not before they have read one.
READING = [
    "check_backup {folder}/missing.gz",
    "predict tldr {folder}/missing.jsonl",
    "restore {folder}/missing.gz",
    "settings",
    "train_extractive --train {folder}/missing.jsonl",
    "train_promise {folder}/missing.jsonl --hf {folder}/missing.jsonl",
    "train_rarity {folder}/missing.jsonl",
    "train_relevance {folder}/missing.jsonl --users {folder}/missing.jsonl",
]


def postgres_error(sqlstate: str, words: str, kind: type[Exception] = OperationalError) -> Exception:
    error = kind(words)
    error.__cause__ = psycopg.errors.lookup(sqlstate)(words)
    return error


# What the database or the disk may say, and what an operator is told.
KNOWN_ERRORS = {
    "no tables": (OperationalError("no such table: digest_edition"), "not ready (no such table: digest_edition). Run"),
    "locked": (OperationalError("database is locked"), "The database is busy: another process"),
    "full": (OperationalError("database or disk is full"), "The disk is full: "),
    "broken disk": (OperationalError("disk I/O error"), "The disk fails: "),
    "read-only": (OperationalError("attempt to write a readonly database"), "cannot be written by "),
    "no file": (OperationalError("unable to open database file"), "cannot be "),
    "other file": (OperationalError("file is not a database"), "is damaged or no database"),
    "no tables in PostgreSQL": (
        postgres_error("42P01", 'relation "digest_edition" does not exist', ProgrammingError),
        "not ready",
    ),
    "full server": (postgres_error("53100", "could not extend file"), "The disk of the database server is full"),
    "deadlock": (postgres_error("40P01", "deadlock detected"), "The database is busy"),
    "away": (
        postgres_error("08006", "server closed the connection\nunexpectedly"),
        "cannot be used (server closed the connection unexpectedly)",
    ),
    "full disk": (OSError(errno.ENOSPC, "No space left on device", "/home/letters"), "full: /home/letters cannot be"),
    "home of somebody else": (PermissionError(errno.EACCES, "Permission denied", "/home"), "may not use /home"),
    "wrong setting": (ImproperlyConfigured("SITE_URL is wrong."), "The settings are not right yet. SITE_URL is wrong."),
}


@pytest.fixture(autouse=True)
def _set_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line sets Django up, which the tests have done: a second time would give the logs to this test."""
    monkeypatch.setattr("django.setup", lambda: None)
    # It is away here, and asked again after a while, before the database is.
    monkeypatch.setattr(HuggingFace, "fetch_lists", lambda *_given: ())


def end_of(typed: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Return the code with which a command ends and what it says to people."""
    (folder / "readers.csv").write_text("email\nada@example.org\n", encoding="utf-8")
    try:
        main(["manage.py", *typed.format(folder=folder).split()])
    except SystemExit as end:
        said = capsys.readouterr().err
        return (end.code, said) if isinstance(end.code, int) else (1, said + str(end.code))
    return 0, capsys.readouterr().err


def test_every_command_is_tried() -> None:
    ours = {name for name, app in get_commands().items() if app in ("deploy", "digest", "subscriptions")}
    assert ours == {typed.split()[0] for typed in ASKING + READING} - {"createsuperuser", "migrate"}


def refuse_database(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(self: BaseDatabaseWrapper) -> Never:
        raise error

    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", refuse)


@pytest.mark.parametrize("typed", ASKING)
def test_every_command_ends_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    settings: Settings,
    typed: str,
) -> None:
    settings.OPENAI_EMBEDDING_MODEL, settings.OPENAI_EMBEDDING_BASE_URL = "numbers", "http://127.0.0.1:9/v1"
    # One of each kind of error. Which sentence each of all has is seen with one command.
    for name in ("locked", "no tables in PostgreSQL", "full disk", "wrong setting"):
        error, sentence = KNOWN_ERRORS[name]
        refuse_database(monkeypatch, error)
        code, said = end_of(typed, tmp_path, capsys)
        assert (code, "Traceback" in said) == (1, False), name
        # Some commands name the file that they write and say the same of it.
        assert sentence in said.splitlines()[-1] or f"new.gz cannot be written: {error.args[1]}" in said, name


@pytest.mark.parametrize("name", KNOWN_ERRORS)
def test_every_error_has_its_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    error, sentence = KNOWN_ERRORS[name]
    refuse_database(monkeypatch, error)
    code, said = end_of("ledger", tmp_path, capsys)
    assert (code, len(said.splitlines())) == (1, 1)
    assert sentence in said
    assert ("busy" in said) == (name in ("locked", "deadlock")), "it is said only where it is so"


@pytest.mark.parametrize("typed", READING)
def test_a_file_that_is_missing_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path, typed: str) -> None:
    code, said = end_of(typed, tmp_path, capsys)
    assert "Traceback" not in said
    assert (code, "missing" in said) == ((0, False) if typed == "settings" else (1, True))


# --- what is no command ---------------------------------------------------------------------------------------------
def test_a_task_that_a_known_error_ended_says_it_in_a_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_given: object, **_options: object) -> Never:
        raise OperationalError("no such table: digest_edition")

    monkeypatch.setattr(scheduler, "request_due_drains", refuse)
    celery.app.tasks[tasks.request_due_drains.name].apply()
    [record] = [each for each in caplog.records if each.name == "celery.app.trace" and each.levelname == "ERROR"]
    assert logging.Formatter().format(record) == (
        "digest.tasks.deliver_due: The database is not ready (no such table: digest_edition)."
        " Run: python manage.py migrate"
    )


def test_a_task_with_a_bug_keeps_its_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(scheduler, "request_due_drains", lambda now, request_drain: 1 / 0)
    celery.app.tasks[tasks.request_due_drains.name].apply()
    [record] = [each for each in caplog.records if each.name == "celery.app.trace" and each.levelname == "ERROR"]
    assert "ZeroDivisionError" in logging.Formatter().format(record)


def test_workers_try_whether_they_can_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(SystemExit, match=f"^{tmp_path}/missing: No such file or directory"), end_with_sentence():
        require_writable(tmp_path / "missing")

    def refuse(**_options: object) -> Never:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(SystemExit, match=f"^The disk is full: {tmp_path} cannot be written"), end_with_sentence():
        require_writable(tmp_path)


# --- real errors ----------------------------------------------------------------------------------------------------
def wrapped(error: Exception) -> OperationalError:
    """Return an error of a database as Django raises it."""
    outer = OperationalError(*error.args)
    outer.__cause__ = error
    return outer


def write_while_locked(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as holder, closing(sqlite3.connect(path, 0)) as other:
        holder.execute("BEGIN EXCLUSIVE")
        other.execute("CREATE TABLE papers (id)")


def write_too_much(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA max_page_count=2")
        database.execute("CREATE TABLE papers (abstract)")
        database.execute("INSERT INTO papers VALUES (zeroblob(100000))")


def write_without_right(path: Path) -> None:
    path.touch()
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.execute("CREATE TABLE papers (id)")


def open_without_folder(path: Path) -> None:
    sqlite3.connect(path)


def read_another_file(path: Path) -> None:
    path.write_text("Dear readers, " * 100, encoding="utf-8")
    with closing(sqlite3.connect(path)) as database:
        database.execute("SELECT * FROM papers")


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        (write_while_locked, "The database is busy: another process is writing to it (database is locked)."),
        (write_too_much, "The disk is full: "),
        (write_without_right, "cannot be written by "),
        (open_without_folder, "as there is no folder "),
        (read_another_file, "is damaged or no database (file is not a database)."),
    ],
)
def test_sqlite_says_it_and_it_is_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings, cause: Callable[[Path], None], sentence: str
) -> None:
    path = tmp_path / "missing" / "post.sqlite3" if cause is open_without_folder else tmp_path / "post.sqlite3"
    monkeypatch.setitem(settings.DATABASES["default"], "NAME", str(path))
    with pytest.raises(sqlite3.DatabaseError) as raised:
        cause(path)
    assert sentence in describe_error(wrapped(raised.value))


def test_a_journal_that_cannot_grow_is_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    for free, sentence in ((0, "The disk is full: "), (10**9, "The disk fails: ")):
        monkeypatch.setattr("shutil.disk_usage", lambda _path, free=free: usage(10**10, 0, free))
        assert describe_error(OperationalError("disk I/O error")).startswith(sentence)


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_postgresql_that_is_away_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": closed_port(),
        "dbname": "post",
        "user": "ada",
        "password": "uZ3nQ0rT8wKe5",
    }
    monkeypatch.setattr(connection, "get_connection_params", lambda: given)
    said = describe_error(wrapped(PoolTimeout("couldn't get a connection after 5.00 sec")))
    assert said.startswith("The database server cannot be used (connection to server at ")
    assert "Connection refused" in said
    assert given["password"] not in said
    assert "\n" not in said


def test_a_database_that_nobody_made_is_told_from_a_server_that_is_away() -> None:
    said = psycopg.OperationalError('connection failed: FATAL:  database "post" does not exist')
    assert describe_error(wrapped(said)) == (
        'There is no such database (FATAL: database "post" does not exist). Make it with createdb, or see DATABASE_URL.'
    )


def test_a_pool_that_is_used_up_is_no_server_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_errors, "find_connection_problem", str)
    said = describe_error(wrapped(PoolTimeout("couldn't get a connection after 5.00 sec")))
    assert said == "The database server did not answer in time. Nothing is lost: run it again."


def test_a_home_that_is_no_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    for path in (tmp_path / "home", tmp_path / "home" / "below"):
        with pytest.raises(ImproperlyConfigured, match=f"PREPRINT_POST_HOME is {path}, which cannot be used"):
            private_folder(path)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full. Make room, and run it again."),
        (OSError(errno.EROFS, "x", "/home/static"), "/home/static cannot be written: its disk takes no changes"),
        (OSError(errno.EIO, "x", "/home/static"), "The disk fails at /home/static"),
        (OSError(errno.EMFILE, "x"), "There are too many open files."),
        (FileNotFoundError(errno.ENOENT, "No such file or directory", "a.csv"), "a.csv: No such file or directory."),
    ],
)
def test_what_the_system_refuses_is_named(error: OSError, sentence: str) -> None:
    assert describe_error(error).startswith(sentence)


@pytest.mark.parametrize("error", [ProgrammingError("syntax error at or near SELECT"), KeyError("x"), OSError("x")])
def test_a_bug_of_ours_keeps_its_traceback(error: Exception) -> None:
    assert describe_error(error) == ""


def test_a_traceback_is_there_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_database(monkeypatch, OperationalError("database is locked"))
    with pytest.raises(OperationalError):
        main(["manage.py", "ledger", "--traceback"])


def end_of_settings(monkeypatch: pytest.MonkeyPatch, output: TextIO) -> object:
    """Return the code or the words with which `settings` ends whose output goes there."""
    with monkeypatch.context() as patch, output:
        patch.setattr("sys.stdout", output)
        with pytest.raises(SystemExit) as end:
            main(["manage.py", "settings"])
    return end.value.code


def test_an_output_on_a_full_disk_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    full = os.fdopen(os.open("/dev/full", os.O_WRONLY), "w", encoding="utf-8")
    assert end_of_settings(monkeypatch, full) == "The disk is full. Make room, and run it again."


def test_a_reader_that_has_enough_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    assert end_of_settings(monkeypatch, os.fdopen(writing, "w", encoding="utf-8")) == 1
