"""Two runs of cron's `deliver_due` at once, as when one takes longer than ten minutes."""

import email
import email.policy
import json
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.processes import fresh_home

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

READERS = 300
DAY = ("--date", "2026-01-23", "--source", "sample")


def test_two_runs_at_once_send_each_letter_once(tmp_path: Path) -> None:
    readers = tmp_path / "readers.jsonl"
    addresses = [f"reader{number}@example.org" for number in range(READERS)]
    readers.write_text("\n".join(json.dumps({"email": each, "categories": "cs.LG hep-th"}) for each in addresses))
    with fresh_home(tmp_path / "home") as home:
        home.run("prepare_day", *DAY)
        home.run("import_subscribers", str(readers))
        home.run("pause_edition", "--date", "2026-01-23")
        planning = home.start("send_letters", *DAY)
        planning.communicate()
        home.run("resume_edition", "--date", "2026-01-23")
        runs = [home.start("deliver_due", "--json") for _run in range(2)]
        outputs = [run.communicate() for run in runs]
        assert [run.returncode for run in runs] == [0, 0], outputs
        letters = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in home.mailbox]
        assert Counter(str(letter["To"]) for letter in letters) == dict.fromkeys(addresses, 1)
        assert json.loads(home.run("deliver_due", "--json"))["editions"] == []
