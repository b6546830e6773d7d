"""`run_daily` killed at any moment and run again: everybody due gets exactly one letter."""

import email
import email.policy
import json
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.processes import Home, fresh_home

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

# So many that some are left to write to while the killer makes up its mind.
READERS = 200
KILLS: tuple[str | int, ...] = ("build", 3, 40, 90)
DAY = ("run_daily", "--date", "2026-01-23", "--source", "sample")


@pytest.fixture
def readers(tmp_path: Path) -> Path:
    path = tmp_path / "readers.jsonl"
    rows = (
        {"email": f"reader{n}@example.org", "categories": "cs.LG cs.CL hep-th", "papers": 3} for n in range(READERS)
    )
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_killed_again_and_again_everybody_gets_one_letter(tmp_path: Path, readers: Path) -> None:
    with fresh_home(tmp_path / "home") as home:
        home.run("import_subscribers", str(readers))
        killed = [_killed_after(home, moment) for moment in KILLS]
        report = json.loads(home.run(*DAY, "--json"))
        assert killed == [True] * len(KILLS)
        assert report["balanced"] is True
        assert _letters_per_person(home) == {f"reader{n}@example.org": 1 for n in range(READERS)}
        assert json.loads(home.run(*DAY, "--json"))["due"] == 0


def _killed_after(home: Home, moment: str | int) -> bool:
    """SIGKILL once a stage has ended, or once so many letters lie in the mailbox."""
    process = home.start(*DAY)
    assert process.stderr is not None
    if isinstance(moment, str):
        while not process.stderr.readline().strip().startswith(moment):
            assert process.poll() is None
    else:
        _wait_for_letters(home, moment)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def _wait_for_letters(home: Home, count: int) -> None:
    deadline = time.monotonic() + 120
    while len(home.mailbox) < count:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def _letters_per_person(home: Home) -> Counter[str]:
    parsed = (email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in home.mailbox)
    return Counter(str(message["To"]) for message in parsed)
