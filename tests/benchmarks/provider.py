"""A mail provider on this machine, in a process of its own: it takes any letter and answers after a while."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

from tests.delivery.provider_server import ProviderOffice, Server

PATIENCE = 30.0


@contextmanager
def provider(latency: float) -> Iterator[str]:
    """Gives its address. *latency*: seconds from a call to its answer."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(latency, theirs), daemon=True)
    process.start()
    try:
        if not ours.poll(PATIENCE):
            raise TimeoutError("the provider in our place does not begin")
        yield ours.recv()
    finally:
        ours.send("end")
        process.join(PATIENCE)


def _serve(latency: float, other: Connection) -> None:
    server = Server(ProviderOffice(latency))
    server.start()
    other.send(server.address)
    other.recv()
    server.stop()
