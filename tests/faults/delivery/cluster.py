"""A PostgreSQL of a fault's own, in a folder that goes afterwards: one that may be stopped and killed."""

import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "postgres"
# Below those that the system gives to connections: a letter's would sit on the port while the server is down.
PORTS = range(15_000, 32_000)
# Where the newest server is, if there is no pg_config or it speaks of clients alone.
DEBIAN = Path("/usr/lib/postgresql")


class Cluster:
    """Listens at `url`. What it says stands in a file."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs, self._port = folder, programs, _free_port()
        self._data, self._log = folder / "data", folder / "log"
        self.url = f"postgres://{USER}@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        kept = ("-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self._run("initdb", "-D", str(self._data), *kept)
        self._control("start", "-o", f"-p {self._port} -c listen_addresses=127.0.0.1 -k {self._folder}")

    def restart(self, mode: str) -> None:
        """`fast` ends what is under way; after `immediate`, as after a kill, it has to recover what it had promised."""
        self._control("restart", "-m", mode)

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def times(self, words: str) -> int:
        """How often the server said this."""
        return self._log.read_text("utf-8", "replace").count(words)

    def _control(self, command: str, *options: str) -> None:
        self._run("pg_ctl", command, "-D", str(self._data), "-l", str(self._log), "-w", *options)

    def _run(self, program: str, *arguments: str) -> None:
        """A server refuses to be run by root."""
        user = USER if os.getuid() == 0 else None
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, check=True, cwd=self._folder, stdout=subprocess.DEVNULL, user=user, group=user)


@contextmanager
def running() -> Iterator[Cluster]:
    programs = _programs()
    assert programs
    with tempfile.TemporaryDirectory(prefix="cluster-") as name:
        folder = Path(name)
        if os.getuid() == 0:
            shutil.chown(folder, USER)
        cluster = Cluster(folder, programs)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


def not_here() -> str:
    if not _programs():
        return "PostgreSQL's server is not installed"
    return "" if os.getuid() != 0 or _is_known(USER) else f"there is no user {USER}"


def _programs() -> Path | None:
    """The folder with initdb and pg_ctl."""
    found = [_told(), *sorted(DEBIAN.glob("*/bin"), key=_version, reverse=True)]
    return next((folder for folder in found if folder and (folder / "initdb").exists()), None)


def _told() -> Path | None:
    if not (program := shutil.which("pg_config")):
        return None
    return Path(subprocess.run([program, "--bindir"], check=True, capture_output=True, text=True).stdout.strip())


def _version(folder: Path) -> float:
    name = folder.parent.name
    return float(name) if name.replace(".", "", 1).isdigit() else 0.0


def _is_known(user: str) -> bool:
    try:
        return bool(pwd.getpwnam(user))
    except KeyError:
        return False


def _free_port() -> int:
    for port in random.sample(PORTS, 100):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise AssertionError("no port is free")
