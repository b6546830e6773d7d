"""What an operator's crontab calls, at times that a test sets, against a mail server that a test asks for."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from digest import scheduler
from digest.delivery import repeated_drains
from tests.delivery.smtp_server import Answer

# A Friday morning, after the listing of the night.
MORNING = datetime(2026, 1, 23, 7, 0, tzinfo=UTC)
FRIDAY = ("--date", "2026-01-23", "--source", "sample")
MONDAY = ("--date", "2026-01-26", "--source", "sample")
GREYLISTED = "451 4.7.1 Greylisted, please try again later"


class Clock:
    """The time of a test. To wait takes none of the test's own."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self.traveller = traveller
        self.waited = timedelta(0)

    def sleep(self, seconds: float) -> None:
        self.traveller.shift(seconds)
        self.waited += timedelta(seconds=seconds)

    def move_to(self, moment: datetime) -> None:
        self.traveller.move_to(moment)


@contextmanager
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    with time_machine.travel(MORNING, tick=False) as traveller:
        clock = Clock(traveller)
        monkeypatch.setattr(repeated_drains, "sleep", clock.sleep)
        yield clock


def call(command: str, *flags: str) -> tuple[dict[str, Any], int, str]:
    """Return the command's JSON, its exit code, and the sentence with which it ended."""
    out, code, said = StringIO(), 0, ""
    try:
        call_command(command, *flags, "--json", stdout=out)
    except CommandError as error:
        code, said = error.returncode, str(error)
    return json.loads(out.getvalue() or "{}"), code, said


def greylist(attempts: int = 1) -> Answer:
    """Answer for a mail server that asks each recipient to come again so many times."""
    asked: Counter[str] = Counter()

    def answer(address: str) -> str | None:
        asked[address] += 1
        return GREYLISTED if asked[address] <= attempts else None

    return answer


def send_due_letters(moment: datetime) -> int:
    """Plan and send in this process what is due at *moment*, and return how many letters were taken."""
    return sum(report.accepted for report in scheduler.deliver_editions(moment))
