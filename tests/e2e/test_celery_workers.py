"""Two Celery workers send an edition; one dies in the middle, the other is asked to stop, the broker forgets all."""

import os
import signal
import time
from pathlib import Path

import pytest
from django.db import connection

from digest.delivery.workers import identity
from tests.faults.delivery import books, processes
from tests.faults.delivery.books import Allowed
from tests.faults.delivery.celery_worker import PROCESSES
from tests.faults.delivery.fault import DOUBTFUL_PER_KILL
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene
from tests.faults.machine import Machine
from tests.processes import shared_database

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

READERS = 200
SLOW = Mischief(slowest=0.004)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Readers whose hour has come, and an edition; nothing is planned."""
    database = shared_database(tmp_path)
    sqlite = tmp_path / "shared.sqlite3" if connection.vendor == "sqlite" else None
    scene = Scene(Machine(tmp_path, database, sqlite), READERS)
    scene.settle("edition")
    return scene


def claims(scene: Scene) -> set[str]:
    """Who has letters in hand."""
    rows = scene.machine.query("SELECT worker FROM digest_delivery WHERE state IN ('claimed', 'submitting')")
    return {worker for (worker,) in rows}


def is_closed(scene: Scene) -> bool:
    return scene.machine.query("SELECT state FROM digest_edition") == [("closed",)]


def test_killed_and_stopped_workers_lose_and_double_nothing(scene: Scene) -> None:
    with scene.mail_server(SLOW), processes.broker(scene) as broker:
        with processes.hired(scene) as killed, processes.hired(scene) as stopped:
            scene.run("ask")
            scene.wait_for_letters(0.2)
            assert len(claims(scene)) > 1, "several send at once"
            processes.kill(killed)
            if broker:
                broker.forget()
            scene.wait_for_letters(0.4)
            began = time.monotonic()
            os.kill(stopped.pid, signal.SIGTERM)
            stopped.wait()
            assert stopped.returncode == 0
            assert time.monotonic() - began < 20, "it waits for the letters in hand, not for the end of the drain"
        assert scene.taken() < scene.letters
        assert all(map(identity.is_gone, claims(scene)))
        assert {int(worker.split(":")[1]) for worker in claims(scene)}.isdisjoint({stopped.pid})
        with processes.hired(scene):
            scene.run("ask")
            scene.wait_until(lambda: is_closed(scene))
        told = scene.run("tell")
    doubt = Allowed(uncertain=PROCESSES * DOUBTFUL_PER_KILL)
    assert books.settle(told, scene.received(), READERS, scene.quiet, doubt).wrong == ()
    assert told["workers"] >= 3
