"""A town served by two Celery workers, of which one is killed half-way: `python -m tests.benchmarks.serving`.

BENCH_READERS (100,000) readers, whose hour has come, and a real day, in a database of their own on the server of
DATABASE_URL, which must be PostgreSQL; a redis-server of its own. The scheduler's message goes out every ten seconds,
not every minute. The mail server writes down every letter that it took: the books are held against that. As planning,
sending and receiving share a machine, the seconds say little of one that only sends. Ends with 1 if a book is off.

With --relay the mail server is a relay that takes 14 letters a second, 7% of 1,000 addresses do not exist, and no
worker is killed. It also ends with 1 if the edition was paused, or if not everybody else was served.
"""

import argparse
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.benchmarks import population
from tests.benchmarks.isolation import alone, set_environment
from tests.faults.delivery import receiver
from tests.faults.delivery.receiver import Mischief

READERS = 100_000
WORKERS, PROCESSES = 2, 2
# Seconds from one message of the scheduler to the next.
MINUTE = 10.0
PATIENCE = 1800.0
RELAY_READERS = 1_000
RELAY = (
    Mischief("mail", "454 Throttling failure: Maximum sending rate exceeded.", rate=14),
    Mischief("rcpt", "550 5.1.1 unknown", share=0.07),
)


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # so that its servers and workers end with it
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.serving")
    parser.add_argument(
        "--relay", action="store_true", help="through a relay of 14 letters a second, 7%% dead addresses"
    )
    relay = parser.parse_args().relay
    readers = int(os.environ.get("BENCH_READERS") or (RELAY_READERS if relay else READERS))
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        set_environment(Path(folder))
        os.environ.update(
            PYTHONWARNINGS="ignore",
            LETTER_WORKERS=str(WORKERS * PROCESSES),
            SITE_URL="https://post.example",
            SECRET_KEY="Yp2q9vXK7sRfE0dTzLwGh4BnUjMa8CiO3kQx",
            SUPPRESSION_KEY="Kc5uWm1tHd8yPr3xNa6vJq0bZs9eLf2gTi7o",
        )
        made = alone(population.build, readers)
        if not made["database"]:
            raise SystemExit("Set DATABASE_URL to a PostgreSQL server.")
        os.environ["DATABASE_URL"] = made["database"]
        try:
            pushes_back = RELAY if relay else (Mischief(),)
            with redis_server(Path(folder)), mail_server(Path(folder) / "received", pushes_back) as log:
                figures = served_through_relay(log, readers) if relay else served(log, readers)
        finally:
            alone(population.tear_down)
    print(json.dumps(figures, indent=2))
    return int(bool(figures["wrong"]))


def served(log: Path, readers: int) -> dict[str, Any]:
    alone(everybody_due)
    with workers() as (victim, _other):
        began = time.monotonic()
        ask_until(lambda: taken(log) >= readers / 2)
        at_death = taken(log)
        os.killpg(victim.pid, signal.SIGKILL)
        ask_until(is_over)
        seconds = time.monotonic() - began
    told, received = alone(tell), receiver.read(log)
    doubled = [address for address, count in received.letters.items() if count > 1]
    figures = {
        **{name: told[name] for name in ("due", "accepted", "excluded", "failed", "uncertain", "edition")},
        "letters_received": received.letters.total(),
        "readers_reached": len(received.letters),
        "received_when_a_worker_was_killed": at_death,
        "doubled": len(doubled),
        "seconds": round(seconds, 1),
        "letters_per_s": round(received.letters.total() / seconds, 1),
    }
    return {**figures, "wrong": list(wrong(told, received, readers, doubled))}


def served_through_relay(log: Path, readers: int) -> dict[str, Any]:
    alone(everybody_due)
    with workers():
        began = time.monotonic()
        ask_until(is_over)
        seconds = time.monotonic() - began
    told, received = alone(tell), receiver.read(log)
    doubled = [address for address, count in received.letters.items() if count > 1]
    figures = {
        **{name: told[name] for name in ("due", "accepted", "excluded", "failed", "uncertain", "edition", "paused")},
        **{name: told[name] for name in ("failed_for", "suppressed")},
        "letters_received": received.letters.total(),
        "pushed_back": received.strikes,
        "doubled": len(doubled),
        "seconds": round(seconds, 1),
        "letters_per_s": round(received.letters.total() / seconds, 1),
    }
    found = list(wrong(told, received, readers, doubled))
    if told["paused"]:
        found.append(f"the edition was paused: {told['paused']}")
    if told["failed_for"] != {"gone": told["failed"]} or told["suppressed"] != told["failed"]:
        found.append("somebody failed whose address exists, or a dead address was not given up")
    return {**figures, "wrong": found}


def wrong(told: dict[str, Any], received: receiver.Received, readers: int, doubled: Sequence[str]) -> Iterator[str]:
    """What must never be, in words."""
    final = sum(told[name] for name in ("accepted", "excluded", "failed", "uncertain"))
    if not told["due"] == final == readers:
        yield f"{readers} readers are due, {told['due']} in the books, and {final} letters came to an end"
    accepted, uncertain = set(told["accepted_addresses"]), set(told["uncertain_addresses"])
    if lost := len(accepted - set(received.letters)):
        yield f"{lost} letters are called accepted and were never received"
    if unmarked := len(set(received.letters) - accepted - uncertain):
        yield f"{unmarked} letters were received and the books do not say so"
    if secret := len(set(doubled) - uncertain):
        yield f"{secret} readers have two letters and the books do not say so"


# --- what happens in processes of its own, with Django ---------------------------------------------------------------


def everybody_due() -> None:
    population.set_up()
    from django.utils import timezone

    from digest.models import Edition
    from subscriptions.models import Subscriber

    now = timezone.now()
    Edition.objects.update(frozen_at=now)
    Subscriber.objects.update(timezone="UTC", hour=now.hour)


def ask() -> None:
    """The scheduler's message."""
    population.set_up()
    from deploy.celery import app
    from digest.tasks import request_due_drains

    app.set_current()
    request_due_drains.delay()


def tell() -> dict[str, Any]:
    population.set_up()
    from django.db.models import Count

    from digest.models import Delivery, Edition
    from digest.reconciliation.books import read_books
    from subscriptions.models import Suppression

    edition = Edition.objects.get(day=population.DAY)
    book = read_books(edition)
    rows = Delivery.objects.filter(edition=edition)
    addresses = {
        f"{state}_addresses": list(rows.filter(state=state).values_list("subscriber__email", flat=True))
        for state in ("accepted", "uncertain")
    }
    failed = rows.filter(state="failed").order_by().values_list("fault").annotate(number=Count("id"))
    more = {"paused": edition.pause_reason, "failed_for": dict(failed), "suppressed": Suppression.objects.count()}
    counts = {**more, "due": book.due, "accepted": book.accepted, "uncertain": book.uncertain, "edition": edition.state}
    return {**counts, "excluded": book.excluded.total(), "failed": book.failed.total(), **addresses}


# --- servers and workers ---------------------------------------------------------------------------------------------


@contextmanager
def redis_server(folder: Path) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    os.environ["CELERY_BROKER_URL"] = f"redis://127.0.0.1:{port}/0"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            yield
        finally:
            server.kill()


@contextmanager
def mail_server(log: Path, mischiefs: Sequence[Mischief]) -> Iterator[Path]:
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as listener:
        # Else the second of several answers waits 40 ms for an acknowledgement of the first; connections inherit it.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        forks = multiprocessing.get_context("fork")
        server = forks.Process(target=receiver.main, args=(listener, log, *mischiefs), daemon=True)
        server.start()
        try:
            yield log
        finally:
            server.kill()


@contextmanager
def workers() -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Each the leader of a session of its own, so that all its processes can be killed at once."""
    options = ("--concurrency", str(PROCESSES), "--loglevel", "ERROR", "--without-mingle")
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "deploy.celery", "worker", *options]
    started = [
        subprocess.Popen([*command, "-n", f"worker{number}@town"], start_new_session=True) for number in range(WORKERS)
    ]
    try:
        yield started
    finally:
        for worker in started:
            with suppress(ProcessLookupError):
                worker.terminate()  # its processes end with it: see deploy/celery.py
            worker.wait()


def ask_until(done: Callable[[], bool]) -> None:
    end, next_message = time.monotonic() + PATIENCE, 0.0
    while not done():
        if time.monotonic() >= next_message:
            next_message = time.monotonic() + MINUTE
            alone(ask)
        if time.monotonic() > end:
            raise SystemExit("It takes too long; something is wrong.")
        time.sleep(0.2)


def is_over() -> bool:
    with psycopg.connect(os.environ["DATABASE_URL"]) as link:
        found = link.execute(
            "SELECT 1 FROM digest_edition WHERE day = %s AND state = 'closed'", [population.DAY]
        ).fetchone()
    return found is not None


def taken(log: Path) -> int:
    return log.read_bytes().count(b"took ") if log.exists() else 0


if __name__ == "__main__":
    sys.exit(main())
