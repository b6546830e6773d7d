"""Postfix's smtp-sink, which takes any letter and forgets it, and smtp-source, which sends as fast as can be."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SESSIONS = 8
PATIENCE = 10.0
PLACES = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))


class Missing(Exception):
    """A tool is not installed; the text says which."""


@contextmanager
def sink(*options: str, folder: Path | None = None) -> Iterator[int]:
    """An smtp-sink of its own on 127.0.0.1, that writes into *folder* if it is told to write. Gives its port."""
    port = _free_port()
    user = ["-u", pwd.getpwuid(65534).pw_name] if os.getuid() == 0 else []
    with subprocess.Popen([_tool("smtp-sink"), *user, *options, f"127.0.0.1:{port}", "1000"], cwd=folder) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def source(port: int, letters: int, size: int) -> float:
    """Seconds that smtp-source takes for so many letters of *size* bytes, several sessions at a time."""
    tool = _tool("smtp-source")
    command = [tool, "-s", str(SESSIONS), "-m", str(letters), "-l", str(size), "-d"]
    began = time.perf_counter()
    subprocess.run([*command, "-f", "a@example.org", "-t", "b@example.org", f"127.0.0.1:{port}"], check=True)
    return time.perf_counter() - began


def missing(name: str) -> str:
    """Empty where the tool is installed."""
    return "" if shutil.which(name, path=PLACES) else f"{name} of Postfix is not installed"


def _tool(name: str) -> str:
    if words := missing(name):
        raise Missing(words)
    return str(shutil.which(name, path=PLACES))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
