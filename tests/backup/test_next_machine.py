"""A machine burns down in the middle of its letters. The next one has a backup, two keys and the mail server's log."""

import email
import email.policy
import json
import shutil
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.processes import Home, fresh_home

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

READERS = 120
ADDRESSES = [f"reader{number}@example.org" for number in range(READERS)]
DAY = ("--date", "2026-01-23")
SEND = ("run_daily", *DAY, "--source", "sample")


def served(home: Home) -> list[str]:
    """Whom letters went to, as a mail server's log has it: files in the mailbox stand for letters that were taken."""
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["To"].strip("<>")
        for path in home.mailbox
    ]


def wait_for_letters(home: Home, count: int) -> None:
    deadline = time.monotonic() + 120
    while len(home.mailbox) < count:
        assert time.monotonic() < deadline, "no letter leaves"
        time.sleep(0.002)


def burn_down(home: Home, backup: Path) -> None:
    """Die in the middle of the letters, a while after a backup was made, which the letters did not wait for."""
    rows = ({"email": address, "categories": "cs.LG cs.CL hep-th", "papers": 3} for address in ADDRESSES)
    readers = home.folder / "readers.jsonl"
    readers.write_text("\n".join(map(json.dumps, rows)))
    home.run("import_subscribers", str(readers))
    home.run("prepare_day", *DAY, "--source", "sample")
    home.run("backup", str(backup))
    sending = home.start(*SEND)
    wait_for_letters(home, READERS // 4)
    sending.send_signal(signal.SIGKILL)
    sending.communicate()


def test_a_restored_machine_serves_those_who_were_not(tmp_path: Path) -> None:
    backup, log = tmp_path / "backup.json.gz", tmp_path / "served.txt"
    with fresh_home(tmp_path / "burnt") as burnt, fresh_home(tmp_path / "next", tables=False) as home:
        burn_down(burnt, backup)
        before = served(burnt)
        assert 0 < len(before) < READERS
        for key in ("suppression_key", "secret_key"):
            shutil.copy(burnt.folder / key, home.folder)
        home.run("restore", str(backup))
        _out, said = home.start(*SEND).communicate()
        assert "Somebody must act: The edition is paused: Restored from a backup" in said
        assert served(home) == []
        log.write_text("\n".join(before))
        told = json.loads(home.run("settle_letters", *DAY, "--served", str(log), "--json"))
        assert (told["settled"], told["already"], told["unknown"]) == (len(before), 0, [])
        home.run("resume_edition", *DAY)
        report = json.loads(home.run(*SEND, "--json"))
        assert report["balanced"] is True
        assert Counter(before + served(home)) == dict.fromkeys(ADDRESSES, 1)
        assert json.loads(home.run(*SEND, "--json"))["due"] == 0
