"""The table of situations in docs/operator-messages.md: each is made to happen, and the command says and ends so."""

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, ManagementUtility, call_command, load_command_class

from digest.domain import FetchedPaper
from digest.ingest.fetch import ingest_entries
from digest.ingest.ledger import Verdict, record_verdicts, recount_day
from digest.management.exit_codes import EXIT_CODES, ExitCode
from digest.models import Missing, Run

pytestmark = pytest.mark.django_db

TABLE = Path(settings.BASE_DIR) / "docs" / "operator-messages.md"
NOW = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
TODAY, YESTERDAY, LONG_AGO = date(2026, 11, 25), date(2026, 11, 24), date(2026, 10, 20)
INSTALLED_AT = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)


class Row(NamedTuple):
    situation: str
    command: str
    says: str
    code: int


class Ended(NamedTuple):
    code: int
    printed: str
    error: str


def read_rows() -> Iterator[Row]:
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r"\| (.+) \| `(.+)` \| (.+) \| (\d) \|", line):
            situation, command, says, code = found.groups()
            yield Row(situation, command, says, int(code))


ROWS = list(read_rows())


# --- the situations -------------------------------------------------------------------------------------------------
def nothing() -> None:
    """Nobody has read anything yet."""


def papers(day: date = YESTERDAY, count: int = 2) -> None:
    """Papers of the day are stored."""
    found = (
        FetchedPaper(f"{day:%y%m}.{n:05}", f"Paper {n}", "We sort.", ("Ada Ada",), ("cs.LG",), day, f"entry {n}")
        for n in range(1, count + 1)
    )
    ingest_entries(found, day, "test")


def verdict(day: date, state: str, category: str = "") -> None:
    record_verdicts(day, {category: Verdict(state)}, {category})
    recount_day(day)


def listing_did_not_come(day: date) -> None:
    papers(day)
    verdict(day, "partial", "cs.LG")


def paper_is_missing(day: date) -> None:
    papers(day)
    Missing.objects.create(day=day, category="cs", arxiv_id="2611.00009", kind="new", last_error="not known")
    recount_day(day)


SITUATIONS: Mapping[str, Callable[[], object]] = {
    "a weekend": nothing,
    "a weekend to come": nothing,
    "a US holiday": nothing,
    "the day after a US holiday": nothing,
    "a day before the installation": nothing,
    "a day to come": nothing,
    "today, not read yet": nothing,
    "today, nothing announced yet": lambda: verdict(TODAY, "open"),
    "today, a listing did not come": lambda: listing_did_not_come(TODAY),
    "a working day that nobody read": nothing,
    "a working day on which nothing came": lambda: verdict(YESTERDAY, "holiday"),
    "a listing did not come": lambda: listing_did_not_come(YESTERDAY),
    "a paper is missing": lambda: paper_is_missing(YESTERDAY),
    "a paper has been missing for long": lambda: paper_is_missing(LONG_AGO),
    "a day whose papers are stored": papers,
    "a date that is none": nothing,
}


def test_the_table_and_the_test_know_the_same_situations() -> None:
    assert {row.situation for row in ROWS} == set(SITUATIONS)


# --- what the commands say ------------------------------------------------------------------------------------------
def run(command: str, *flags: str) -> Ended:
    out = StringIO()
    try:
        call_command(*shlex.split(command), *flags, stdout=out, stderr=StringIO())
    except CommandError as error:
        return Ended(error.returncode, out.getvalue(), str(error))
    return Ended(ExitCode.FINE, out.getvalue(), "")


def has_json(command: str) -> bool:
    name = shlex.split(command)[0]
    return "--json" in load_command_class("digest", name).create_parser("manage.py", name).format_help()


def texts_in(told: object) -> Iterator[str]:
    """Yield every name and every text of what JSON holds."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield name
            yield from texts_in(value)
    elif isinstance(told, list):
        for value in told:
            yield from texts_in(value)
    elif isinstance(told, str):
        yield told


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Iterator[Row]:
    with time_machine.travel(NOW, tick=False):
        Run.objects.create(day=INSTALLED_AT.date(), source="test", started_at=INSTALLED_AT)
        SITUATIONS[request.param.situation]()
        yield request.param


def rows(*, wrong: bool) -> list[Any]:
    chosen = [row for row in ROWS if (row.code == ExitCode.WRONG_USAGE) == wrong]
    return [pytest.param(row, id=f"{row.situation}: {row.command.split()[0]}") for row in chosen]


@pytest.mark.parametrize("row", rows(wrong=False), indirect=True)
def test_each_situation_is_told_and_ends_as_the_table_says(row: Row) -> None:
    ended = run(row.command)
    said = f"{ended.printed}\n{ended.error}"
    assert row.says in said, said
    assert ended.code == row.code, said
    if row.code == ExitCode.FINE:
        assert "manage.py" not in said, "nothing is advised where there is nothing to do"


@pytest.mark.parametrize("row", [each for each in rows(wrong=False) if has_json(each.values[0].command)], indirect=True)
def test_json_ends_the_same_way_and_says_the_same(row: Row) -> None:
    ended = run(row.command, "--json")
    assert ended.code == row.code
    told = json.loads(ended.printed) if ended.printed else {}
    assert any(row.says in text for text in [ended.error, *texts_in(told)])
    if row.code != ExitCode.FAILED:
        assert EXIT_CODES[told["outlook"]] == row.code


@pytest.mark.parametrize("row", rows(wrong=True), indirect=True)
def test_wrong_usage_ends_as_the_table_says(row: Row, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        ManagementUtility(["manage.py", *shlex.split(row.command)]).execute()
    assert end.value.code == row.code
    assert row.says in capsys.readouterr().err
