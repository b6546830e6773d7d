"""Restarts everything in the middle of an edition: `python -m tests.faults.rolling_restart [--readers 20000]`.

Two Celery workers as deploy/systemd starts them send the letters, and gunicorn with our settings has the website. One
after the other each is restarted as `systemctl restart` and `systemctl reload` do it: a worker gets SIGTERM, ends after
the letters in hand, and another one begins; gunicorn gets SIGHUP. Meanwhile several clients ask for pages, each time
over a new connection. Real are the processes, Redis, the mail server (`delivery/receiver.py`, which writes down every
letter that it has taken) and the database, that of DATABASE_URL or a file of SQLite.

Printed are the figures. It ends with 1 if a letter is lost, doubled, failed or uncertain, if a request is refused, cut
off or answered with 5xx, or if a restart did not fall into the middle of the letters.
"""

import argparse
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import django

from tests import environment

if TYPE_CHECKING:
    # What it imports reads the settings.
    from tests.faults.delivery.scene import Scene

assert environment  # its import has set what the tests want
os.environ["DJANGO_SETTINGS_MODULE"] = "deploy.settings"
os.environ["LOG_LEVEL"] = "CRITICAL"

ROOT = Path(__file__).resolve().parent.parent.parent
READERS, SECONDS = 20_000, 90.0
WORKERS, PROCESSES = 2, 2
PAGES = ("/", "/readyz", "/privacy/", "/editions/")
CLIENTS = 3
# Seconds between two requests of a client, and from one message of the scheduler to the next.
PAUSE, MINUTE = 0.05, 5.0
# Seconds that a worker has, as in its unit: TimeoutStopSec.
TIME_TO_END = 120.0
PATIENCE = 1200.0
# Seconds after which a client gives up. On a busy machine a website needs half a minute to begin.
TIME_TO_ANSWER = 120.0
# The shares of the letters that have left when each restart begins.
MOMENTS = {"website": 0.1, "worker 1": 0.3, "worker 2": 0.5, "website again": 0.7}


@dataclass(slots=True)
class Answers:
    """What the clients of the website got."""

    statuses: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def complain(self) -> Iterator[str]:
        if bad := {status: count for status, count in self.statuses.items() if status >= 400}:
            yield f"pages were answered with {bad}"
        if self.broken:
            yield f"{len(self.broken)} requests were not answered, such as {self.broken[0]}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.rolling_restart")
    parser.add_argument("--readers", type=int, default=READERS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for which letters leave at least (90)")
    options = parser.parse_args()
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    from tests.faults.delivery.table import fresh_scene

    databases = setup_databases(verbosity=0, interactive=False)
    try:
        with fresh_scene(options.readers) as scene:
            wrong = restart_in_the_middle(scene, options.seconds)
    finally:
        teardown_databases(databases, verbosity=0)
    for complaint in wrong:
        print(f"WRONG: {complaint}")
    return int(bool(wrong))


def restart_in_the_middle(scene: "Scene", seconds: float) -> list[str]:
    """Restart everything while *scene*'s letters leave. Print the figures, and return what must never be."""
    from django.conf import settings

    from tests.faults.delivery import books, processes, receiver
    from tests.faults.delivery.books import Allowed
    from tests.faults.delivery.receiver import Mischief

    scene.settle("edition")
    wrong: list[str] = []
    with scene.mail_server(Mischief()), processes.broker(scene):
        connections = WORKERS * PROCESSES * settings.SMTP_CONNECTIONS
        # However fast the machine is, so that all restarts are in the middle.
        receiver.brake(scene.log, seconds * connections / scene.letters)
        variables = {**scene.machine.environment, **scene.environment, "PYTHONWARNINGS": "ignore"}
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--no-input", "-v0"], cwd=ROOT, env=variables, check=True
        )
        with website(variables) as (master, port), asking(port) as answers, beating(scene):
            workers = [start_worker(variables, number) for number in range(WORKERS)]
            try:
                began = time.monotonic()
                for name, share in MOMENTS.items():
                    wait_until(partial(has_sent, scene, share))
                    before = scene.taken()
                    start = time.monotonic()
                    if name.startswith("website"):
                        reload_website(master, port)
                    else:
                        place = int(name[-1]) - 1
                        code = end_worker(workers[place])
                        workers[place] = start_worker(variables, WORKERS + place)
                        wrong += [f"{name} ended with {code}"] if code else []
                    print(
                        f"{name:15} restarted in {time.monotonic() - start:5.1f} s, while letters {before:,} to"
                        f" {scene.taken():,} of {scene.letters:,} left"
                    )
                    wrong += [f"{name} was restarted when all was over"] if before >= scene.letters else []
                wait_until(partial(is_closed, scene))
                taken = time.monotonic() - began
            finally:
                for worker in workers:
                    end_worker(worker)
        told = scene.run("tell")
    received = scene.received()
    account = books.settle(told, received, scene.readers, scene.quiet, Allowed())
    print(
        f"{scene.letters:,} letters in {taken:.0f} s: {account.accepted:,} accepted, {account.failed} failed,"
        f" {account.uncertain} uncertain, {account.lost} lost, {account.doubled} doubled.\n"
        f"{answers.statuses.total():,} requests, the slowest answered after {answers.slowest:.1f} s."
    )
    return [*wrong, *account.wrong, *answers.complain()]


def start_worker(variables: dict[str, str], number: int) -> "subprocess.Popen[bytes]":
    """Start a worker as deploy/systemd/preprint-post-worker.service does."""
    options = ["-Q", "letters,errands", "--concurrency", str(PROCESSES), "--loglevel", "ERROR"]
    command = [sys.executable, "-m", "celery", "--quiet", "-A", "deploy.celery", "worker", *options]
    return subprocess.Popen([*command, "-n", f"worker{number}@rolling"], cwd=ROOT, env=variables)


def end_worker(worker: "subprocess.Popen[bytes]") -> int:
    """End a worker as its unit does, and return its code."""
    worker.terminate()
    try:
        return worker.wait(TIME_TO_END)
    except subprocess.TimeoutExpired:
        worker.kill()
        return worker.wait()


@contextmanager
def website(variables: dict[str, str]) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Run gunicorn as deploy/systemd/preprint-post-web.service does, and yield it and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn_settings.py", "--log-level", "error"]
    master = subprocess.Popen([*command, "--bind", f"127.0.0.1:{port}", "deploy.wsgi"], cwd=ROOT, env=variables)
    try:
        wait_until(lambda: ask(port, "/readyz") == http.client.OK)
        yield master, port
    finally:
        master.terminate()
        master.wait()


def reload_website(master: "subprocess.Popen[bytes]", port: int) -> None:
    """Replace gunicorn's workers as its unit does, and wait until others answer. Until then requests wait for them."""
    old = children(master.pid)
    master.send_signal(signal.SIGHUP)
    wait_until(lambda: not old & children(master.pid))
    wait_until(lambda: ask(port, "/readyz") == http.client.OK)


def children(pid: int) -> set[int]:
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


@contextmanager
def asking(port: int) -> Iterator[Answers]:
    """Ask for pages all the while."""
    answers, stop = Answers(), threading.Event()

    def keep_asking(first: int) -> None:
        number = first
        while not stop.is_set():
            began = time.monotonic()
            try:
                answers.statuses[ask(port, PAGES[number % len(PAGES)])] += 1
            except (OSError, http.client.HTTPException) as error:
                answers.broken.append(repr(error))
            answers.slowest = max(answers.slowest, time.monotonic() - began)
            number += 1
            time.sleep(PAUSE)

    threads = [threading.Thread(target=keep_asking, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def ask(port: int, path: str) -> int:
    """Ask over a connection of its own, and return the status."""
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=TIME_TO_ANSWER)
    try:
        link.request("GET", path, headers={"Host": "post.example"})
        answer = link.getresponse()
        answer.read()
        return answer.status
    finally:
        link.close()


@contextmanager
def beating(scene: "Scene") -> Iterator[None]:
    """Send the scheduler's message every MINUTE."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.is_set():
            scene.run("ask")
            stop.wait(MINUTE)

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def wait_until(done: Callable[[], bool]) -> None:
    """Wait until *done*, which may be cut off as long as a server begins."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if done():
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise SystemExit("It takes too long; something is wrong.")


def has_sent(scene: "Scene", share: float) -> bool:
    return scene.taken() >= share * scene.letters


def is_closed(scene: "Scene") -> bool:
    return scene.machine.query("SELECT state FROM digest_edition") == [("closed",)]


if __name__ == "__main__":
    sys.exit(main())
