"""A worker's name tells whether its process still lives."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from digest.delivery.workers import identity


def test_this_process_lives() -> None:
    assert not identity.is_gone(identity.make_worker_name())


def test_two_drains_of_one_process_have_two_names() -> None:
    assert identity.make_worker_name() != identity.make_worker_name()
    assert len(identity.make_worker_name()) <= 120


def test_the_number_of_the_container_stands_in_the_name_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "readlink", lambda path: "pid:[4026531836]")
    assert identity.make_worker_name().split(":")[0].endswith("/4026531836")


def named(pid: int, start: str) -> str:
    host = identity.make_worker_name().split(":")[0]
    return f"{host}:{pid}:{start}:abcd"


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_a_killed_process_is_gone_even_before_its_parent_notices() -> None:
    process = sleeper()
    name = named(process.pid, identity._process_start(process.pid))
    assert not identity.is_gone(name)
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert identity.is_gone(name)
    process.wait()
    assert identity.is_gone(name)


def test_a_process_number_used_again_is_not_the_same_worker() -> None:
    assert identity.is_gone(named(os.getpid(), "1"))


@pytest.mark.parametrize("name", ["", "elsewhere:1:1:a", "me", "a:b:c", f"{'x' * 200}:1:2"])
def test_other_machines_are_never_called_gone(name: str) -> None:
    assert not identity.is_gone(name)


def test_a_machine_without_proc_asks_for_the_number_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(identity, "PROC", tmp_path)
    assert not identity.is_gone(identity.make_worker_name())
    process = sleeper()
    name = named(process.pid, "")
    assert not identity.is_gone(name)
    process.kill()
    process.wait()
    assert identity.is_gone(name)
