"""Tries all migrations on a database in use: `python -m tests.upgrade [--letters 100000]`. It needs PostgreSQL.

A database of its own on the server of DATABASE_URL gets the tables of the first migrations and so many letters. Then
`migrate` runs as docs/upgrade.md has it, with a lock_timeout of two seconds, while somebody writes down what became of
letters and somebody reads them, in short transactions. Printed is how long each migration took and how long anybody
waited. It ends with 1 if a migration fails, somebody waited for two seconds or met an error, or a letter, its picks or
what was written of it is lost.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from tests.benchmarks.isolation import set_environment

ROOT = Path(__file__).resolve().parent.parent.parent
LETTERS, EDITIONS = 100_000, 20
FIRST_TABLES = [("subscriptions", "0001_initial"), ("digest", "0001_initial")]
# Seconds that nobody may wait, the migrations for a lock included.
MOST = 2.0
# Seconds between two transactions of one client.
PAUSE = 0.01
PICKS = [[rank, 0.5, [["category", "cs.LG"], ["keyword", "graph neural network"]]] for rank in range(10)]
APPLIED = re.compile(r"Applying (\S+)\.\.\. OK \((\d+\.\d+)s\)")
PENDING_OF_A_HUNDRED = 20
READERS_ASKED = 100


@dataclass(slots=True)
class Client:
    """Somebody who uses the database all the while, by short transactions."""

    name: str
    # Does one transaction, and returns whether there was something to do.
    act: Callable[[psycopg.Connection[Any], int], None]
    done: int = 0
    longest: float = 0.0
    errors: list[str] = field(default_factory=list)

    def run(self, url: str, stop: threading.Event) -> None:
        with psycopg.connect(url, autocommit=True) as link:
            while not stop.is_set():
                began = time.monotonic()
                try:
                    self.act(link, self.done)
                except psycopg.Error as error:
                    self.errors.append(str(error).partition("\n")[0])
                else:
                    self.done += 1
                self.longest = max(self.longest, time.monotonic() - began)
                time.sleep(PAUSE)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.upgrade")
    parser.add_argument("--letters", type=int, default=LETTERS)
    arguments = parser.parse_args()
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        parser.error("set DATABASE_URL to a PostgreSQL server")
    with tempfile.TemporaryDirectory(prefix="upgrade-") as home, new_database(server) as url:
        os.environ["DATABASE_URL"] = url
        set_environment(Path(home))
        began = time.monotonic()
        waiting = build(arguments.letters)
        print(f"{arguments.letters:,} letters at the first migrations, after {time.monotonic() - began:.1f} s")
        letters, reader = Client("writes of letters", _Writer(waiting).write), Client("reads letters", _read)
        people = Client("writes of people", _write_people)
        clients = [letters, people, reader]
        with busy(clients, url):
            began = time.monotonic()
            answer = migrate()
        seconds = time.monotonic() - began
        for name, taken in sorted(APPLIED.findall(answer.stdout), key=lambda each: -float(each[1]))[:8]:
            print(f"{name:55}{float(taken):>8.2f} s")
        print(f"{'all migrations':55}{seconds:>8.2f} s")
        for client in clients:
            print(f"{client.name:30}{client.done:>8,} transactions, the longest {client.longest:.2f} s")
        complaints = list(find_faults(answer, arguments.letters, clients))
    for complaint in complaints:
        print(f"WRONG: {complaint}")
    return int(bool(complaints))


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """Make an empty database on the server, yield its address, and drop it."""
    name = f"upgrade_{os.getpid()}"
    with psycopg.connect(urlsplit(server)._replace(path="/postgres").geturl(), autocommit=True) as link:
        link.execute(f"CREATE DATABASE {name}")  # our own name
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            link.execute(f"DROP DATABASE {name} WITH (FORCE)")


def build(letters: int) -> list[int]:
    """Make the tables of the first migrations, with letters. Return the ids of those that wait."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"
    import django

    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    executor.migrate(FIRST_TABLES)
    tables = MigrationExecutor(connection).loader.project_state(FIRST_TABLES).apps
    _write_people_and_letters(tables, letters)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SELECT id FROM digest_delivery WHERE state = 'pending' ORDER BY id")
        waiting = [row[0] for row in cursor.fetchall()]
    connection.close()
    return waiting


def _write_people_and_letters(tables: Any, letters: int) -> None:
    from tests.copied_rows import copy_rows

    now = datetime.now(UTC)
    person = tables.get_model("subscriptions", "Subscriber").objects.create(
        email="Reader0@example.org", email_key="reader0@example.org", status="active", confirmed_at=now
    )
    copy_rows(
        "subscriptions_subscriber",
        {"email": "'Reader' || n || '@example.org'", "email_key": "'reader' || n || '@example.org'"},
        f"CROSS JOIN generate_series(1, {letters // EDITIONS - 1}) n",
    )
    suppression = tables.get_model("subscriptions", "Suppression").objects
    suppression.bulk_create(
        suppression.model(email_key=f"gone{number}@example.org", reason="hard_bounce") for number in range(500)
    )
    for ago in range(EDITIONS):
        edition = tables.get_model("digest", "Edition").objects.create(
            day=(now - timedelta(days=ago)).date(), state="frozen", frozen_at=now
        )
        tables.get_model("digest", "Delivery").objects.create(
            edition=edition,
            subscriber=person,
            state="accepted",
            picks=PICKS,
            language="en",
            detail="tldr",
            created_at=now,
            provider_id="<0@mail.provider.example>",
        )
    copy_rows(
        "digest_delivery",
        {
            "subscriber_id": "s.id",
            "state": f"CASE WHEN s.id % 100 < {PENDING_OF_A_HUNDRED} THEN 'pending' ELSE 'accepted' END",
            "provider_id": "'<' || t.edition_id || '-' || s.id || '@mail.provider.example>'",
        },
        f"JOIN subscriptions_subscriber s ON s.id <> {person.pk}",
    )


class _Writer:
    """Writes down that letters were accepted, one after the other."""

    def __init__(self, waiting: Sequence[int]) -> None:
        self._waiting = waiting

    def write(self, link: psycopg.Connection[Any], number: int) -> None:
        sql = (
            "UPDATE digest_delivery SET state = 'accepted', attempts = attempts + 1, finished_at = now() WHERE id = %s"
        )
        link.execute(sql, [self._waiting[number % len(self._waiting)]])


def _write_people(link: psycopg.Connection[Any], number: int) -> None:
    address = f"reader{number % READERS_ASKED}@example.org"
    link.execute("UPDATE subscriptions_subscriber SET mailed_at = now() WHERE email_key = %s", [address])
    link.execute("UPDATE digest_edition SET planned_until = now() WHERE id = (SELECT max(id) FROM digest_edition)")


def _read(link: psycopg.Connection[Any], number: int) -> None:
    sql = (
        "SELECT d.id, d.state FROM digest_delivery d JOIN subscriptions_subscriber s ON s.id = d.subscriber_id"
        " JOIN digest_edition e ON e.id = d.edition_id WHERE s.email_key = %s"
    )
    found = link.execute(sql, [f"reader{number % READERS_ASKED}@example.org"]).fetchall()
    if len(found) != EDITIONS:
        raise psycopg.DataError(f"{len(found)} letters of a reader were found")


@contextmanager
def busy(clients: Sequence[Client], url: str) -> Iterator[None]:
    """Let the clients use the database meanwhile."""
    stop = threading.Event()
    threads = [threading.Thread(target=client.run, args=(url, stop)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def migrate() -> subprocess.CompletedProcess[str]:
    """Run all migrations, as an operator does."""
    return subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "2"],
        cwd=ROOT,
        env={**os.environ, "PGOPTIONS": f"-c lock_timeout={MOST * 1000:.0f}"},
        capture_output=True,
        text=True,
        check=False,
    )


def find_faults(answer: subprocess.CompletedProcess[str], letters: int, clients: Sequence[Client]) -> Iterator[str]:
    """Yield what is not as it should be."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from digest.models.compact_json import encode_list

    if answer.returncode:
        yield f"migrate ended with {answer.returncode}: {answer.stderr[-600:]}"
        return
    executor = MigrationExecutor(connection)
    if missing := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield f"{len(missing)} migrations were not applied"
    for client in clients:
        if client.errors:
            yield f"{client.name}: {len(client.errors)} errors, such as {client.errors[0]}"
        if client.longest >= MOST or not client.done:
            yield f"{client.name}: waited for {client.longest:.1f} s, {client.done} transactions"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), sum(attempts), sum((picks <> %s)::int) FROM digest_delivery", [encode_list(PICKS)]
        )
        stored, written, changed = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid")
        [(broken,)] = cursor.fetchall()
    if (stored, written, changed) != (letters, clients[0].done, 0):
        yield (
            f"{stored} of {letters} letters are there, {changed} with other picks, and {written} of"
            f" {clients[0].done} writes"
        )
    if broken:
        yield f"{broken} indexes are not valid"


if __name__ == "__main__":
    sys.exit(main())
