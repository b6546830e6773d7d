"""Real processes with a home and a database of their own, on SQLite or wherever DATABASE_URL points."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from uuid import uuid4

import dj_database_url
import psycopg
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from tests.processes import Child, copy_of_tables

ROOT = Path(__file__).resolve().parent.parent.parent


class Home:
    """Runs `manage.py` commands against one fresh installation."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.env = {**os.environ, "PREPRINT_POST_HOME": str(folder), "DATABASE_URL": database_url}

    @property
    def mailbox(self) -> list[Path]:
        return sorted((self.folder / "mailbox").glob("*.eml"))

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        return subprocess.Popen(
            command, env=self.env, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, *arguments: str) -> str:
        """What the command printed. It must end well."""
        process = Child(_command, *arguments, environment=self.env)
        out: str = process.wait(120)
        assert process.returncode == 0
        return out


def _command(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@contextmanager
def fresh_home(folder: Path, *, tables: bool = True) -> Iterator[Home]:
    """An installation with its *tables* made, or none. On PostgreSQL its database is dropped at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    if connection.vendor == "sqlite":
        if tables:
            copy_of_tables(folder / "preprint-post.sqlite3")
        yield Home(folder, "")
        return
    with _database() as url:
        home = Home(folder, url)
        if tables:
            home.run("migrate", "-v0")
        yield home


@contextmanager
def _database() -> Iterator[str]:
    settings = dj_database_url.parse(os.environ["DATABASE_URL"])
    name = f"preprint_post_e2e_{uuid4().hex[:8]}"
    server = f"postgres://{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT'] or 5432}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"{server}/{name}"
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
