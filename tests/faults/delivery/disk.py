"""A disk without room. It is a small one of its own, in memory: to mount it takes the rights of root."""

import errno
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.delivery.fault import DOUBTFUL_PER_KILL, Fault
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene, end

SIZE = "32m"
# Seconds: longer than a letter is on its way.
REST = 0.3
# Letters after which the disk is full the first time: the journal still grows with every write.
FEW = 5
WORKERS = 2
# Seconds for an answer, so that the letters are not all gone before the disk is full.
SLOWEST = 0.03
# Letters sent together at first.
GROUP = "2"


def full(scene: Scene) -> int:
    """Twice: while workers send, who may wait it out, and before one begins, who is killed."""
    scene.settle("edition", "plan")
    with _small_disk(scene) as disk:
        workers = [scene.start("send", BATCH=GROUP) for _ in range(WORKERS)]
        scene.wait_until(lambda: scene.taken() >= FEW)
        with _no_room(disk):
            stood_still = _comes_to_rest(scene) < scene.letters
        for worker in workers:
            worker.wait()
        with _no_room(disk):
            unlucky = scene.start("send")
            scene.wait_until(lambda: scene.is_ready(unlucky))
            time.sleep(REST)
            end(unlucky, signal.SIGKILL)
        scene.run("finish")
    return int(stood_still)


def _comes_to_rest(scene: Scene) -> int:
    """What was on its way arrives. Gives how many letters are there then."""
    before = -1
    while (now := scene.taken()) != before:
        before = now
        time.sleep(REST)
    return now


@contextmanager
def _small_disk(scene: Scene) -> Iterator[Path]:
    """The database, and whatever else the product keeps, is on it meanwhile."""
    database, environment = scene.machine.sqlite, dict(scene.machine.environment)
    assert database is not None
    with _mounted() as disk:
        shutil.copy(database, disk / database.name)
        scene.machine.environment.update(PREPRINT_POST_HOME=str(disk), DATABASE_URL=f"sqlite:///{disk / database.name}")
        yield disk
        shutil.copy(disk / database.name, database)
    scene.machine.environment.update(environment)


@contextmanager
def _mounted() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="small-disk-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "faults", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


@contextmanager
def _no_room(disk: Path) -> Iterator[None]:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            _fill(file.fileno(), bytes(size))
        yield
    ballast.unlink()


def _fill(file: int, block: bytes) -> None:
    try:
        while True:
            os.write(file, block)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


def not_here() -> str:
    return "" if _may_mount() else "needs the right to mount a disk"


def _may_mount() -> bool:
    if os.getuid() != 0 or not shutil.which("mount"):
        return False
    try:
        with _mounted():
            return True
    except subprocess.CalledProcessError:
        return False


FAULTS = (
    Fault(
        "no room on the disk, and a kill",
        full,
        Mischief(slowest=SLOWEST),
        DOUBTFUL_PER_KILL,
        missing=not_here,
        database="sqlite",
    ),
)
