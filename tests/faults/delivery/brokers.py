"""Redis, a server of the scene's own, loses what it was told, or comes back empty; the folder holds torn messages."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import redis

from deploy.broker import QUEUES
from tests.faults.delivery.fault import Fault
from tests.faults.delivery.receiver import Mischief
from tests.faults.delivery.scene import Scene
from tests.processes import Child

SLOW = Mischief(slowest=0.002)


class Broker:
    """An empty redis-server."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        scene.environment["CELERY_BROKER_URL"] = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(self.scene.home))
        command = ["redis-server", "--port", str(self.port), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.scene.wait_until(self.answers)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False

    def forget(self) -> None:
        """Every message, and everybody who waits for one."""
        self.client.flushall()
        self.client.client_kill_filter(_type="normal", skipme=True)

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port)


def flushed_and_restarted(scene: Scene) -> int:
    """A Celery worker sends while its broker forgets everything, and dies; then there are new readers and a message."""
    scene.settle("edition")
    with _listening(scene) as broker:
        scene.run("ask")
        scene.wait_for_letters(0.3)
        broker.forget()
        scene.run("ask")
        scene.wait_for_letters(0.6)
        broker.kill()
        scene.wait_for_letters(1.0)
        broker.start()
        first = scene.readers + 1
        scene.run("more", str(first), str(first + 4))
        scene.readers += 5
        scene.run("ask")
        scene.wait_for_letters(1.0)
    return 2


@contextmanager
def _listening(scene: Scene) -> Iterator[Broker]:
    broker = Broker(scene)
    worker: Child = scene.start("listen")
    try:
        yield broker
        os.kill(worker.pid, signal.SIGTERM)
        worker.wait()
    finally:
        broker.kill()


def torn_messages(scene: Scene) -> int:
    """A Celery worker sends while half-written and empty messages come into the folder that it listens to."""
    scene.environment["CELERY_BROKER_URL"] = "filesystem://localhost"
    scene.settle("edition")
    worker: Child = scene.start("listen")
    folder = scene.home / "broker"
    for time in range(3):
        for queue, torn in product(QUEUES, (b"", b'{"body": "W1t')):
            (folder / "queue" / f"0_{time}-{len(torn)}.{queue}.msg").write_bytes(torn)
        scene.run("ask")
        scene.wait_for_letters((time + 1) / 3)
    scene.wait_until(lambda: not list((folder / "queue").glob("0_*")))
    os.kill(worker.pid, signal.SIGTERM)
    worker.wait()
    return len(list((folder / "set_aside").iterdir()))


def no_redis() -> str:
    return "" if shutil.which("redis-server") else "redis-server is not installed"


FAULTS = (
    Fault("broker flushed, killed and back empty", flushed_and_restarted, SLOW, missing=no_redis),
    Fault("torn messages in the folder broker", torn_messages, SLOW, least=18),
)
