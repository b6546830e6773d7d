"""Who is draining: a name per drain, from which others on the same machine can tell whether its process still lives."""

import os
import re
import secrets
import socket
import sys
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
# States of a process that was killed and not yet collected by its parent.
DEAD_STATES = ("Z", "X")


def make_worker_name() -> str:
    """Return `host:pid:start of the process:token`. The token keeps two drains of one process apart."""
    return f"{_host_name()}:{os.getpid()}:{_process_start(os.getpid())}:{secrets.token_hex(4)}"


def is_of_this_boot(worker: str) -> bool:
    """Return whether a worker ran on this machine, in whatever container, since the machine was last started."""
    boot = _boot_id()
    return bool(boot) and worker.partition(":")[0].split("/")[1:2] == [boot]


def is_gone(worker: str) -> bool:
    """Return True only if *worker* ran here and has ended; about other hosts only their lease can tell."""
    host, _, rest = worker.partition(":")
    pid, _, rest = rest.partition(":")
    start = rest.partition(":")[0]
    if host != _host_name() or not pid.isdigit():
        return False
    return not _is_running(int(pid)) or _process_start(int(pid)) != start


def _host_name() -> str:
    """Return names of the machine, its start and the container: outside of these a process number means nothing."""
    parts = [socket.gethostname().replace(":", "-").replace("/", "-")[:40]]
    if boot := _boot_id():
        parts.append(boot)
    with suppress(OSError):
        parts.extend(re.findall(r"\d+", os.readlink(PROC / "self/ns/pid")))  # pid:[4026531836]
    return "/".join(parts)


def _boot_id() -> str:
    """Return the id of this boot; empty where the machine does not tell."""
    with suppress(OSError):
        return (PROC / "sys/kernel/random/boot_id").read_text("ascii")[:8]
    return ""


def _is_running(pid: int) -> bool:
    if stat := _read_stat(pid):
        return stat[0] not in DEAD_STATES
    if PROC.joinpath("self/stat").exists():
        return False
    if sys.platform == "win32":  # there os.kill would end the process; its lease must tell
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _process_start(pid: int) -> str:
    """Return when a process began, in clock ticks since the boot; empty where that cannot be read."""
    stat = _read_stat(pid)
    return stat[19] if len(stat) > 19 else ""


def _read_stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third on. The second, a program's name, may hold anything."""
    try:
        return (PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return []
