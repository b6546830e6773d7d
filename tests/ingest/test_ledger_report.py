"""The ledger as it is printed, for people and for programs."""

from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from digest.domain import Malformed
from digest.ingest.fetch import ingest_entries
from digest.ingest.ledger import Verdict, record_verdicts, recount_day
from digest.ingest.ledger_report import report_days
from digest.management.commands import backfill_papers, ledger
from digest.models import Missing
from tests.ingest.fetched import DAY, paper

pytestmark = pytest.mark.django_db


def printed(*flags: str) -> str:
    out = StringIO()
    call_command("ledger", "--date", str(DAY), *flags, stdout=out)
    return out.getvalue()


def test_a_table_says_what_became_of_each_category() -> None:
    ingest_entries([paper(1), paper(2, kind="cross"), Malformed("entry 3", "no title")], DAY, "test")
    record_verdicts(DAY, {"cs.AI": Verdict("complete"), "cs.LG": Verdict("complete", "A note.")}, {"cs.AI", "cs.LG"})
    recount_day(DAY)
    head, unplaced, row, quiet, total, rejected = printed().splitlines()
    assert head.split() == [
        str(DAY), "announced", "stored", "new", "cross", "replaced", "withdrawn", "rejected", "missing", "state",
    ]  # fmt: skip
    assert row.split() == ["cs.LG", "2", "2", "1", "1", "0", "0", "0", "0", "complete", "A", "note."]
    assert unplaced.split()[:2] == ["-", "1"]
    assert "1 category quiet" in quiet
    assert total.split() == ["total", "3", "2", "1", "1", "0", "0", "1", "0", "balanced"]
    assert rejected.strip() == "rejected: entry 3: no title"


def test_what_is_missing_is_named_and_the_command_ends_with_3() -> None:
    ingest_entries([paper(1)], DAY, "test")
    Missing.objects.create(day=DAY, category="cs", arxiv_id="2602.00009", kind="new", last_error="not known")
    recount_day(DAY)
    out = StringIO()
    with pytest.raises(CommandError, match=f"Not settled: {DAY}") as end:
        call_command("ledger", "--date", str(DAY), stdout=out)
    assert end.value.returncode == 3
    assert "missing: 2602.00009 in cs: not known (attempts: 0)" in out.getvalue()
    assert "not balanced, partial" in out.getvalue()


def test_several_days_are_one_line_of_json_each() -> None:
    for back in range(3):
        ingest_entries([paper(back + 1)], DAY - timedelta(days=back), "test")
    assert len(printed("--days", "3", "--json").splitlines()) == 3


@pytest.mark.parametrize("days", ["0", "-1", "many", "99999999"])
def test_a_number_of_days_that_is_none_is_explained(days: str) -> None:
    with pytest.raises(CommandError, match="is not a number of days"):
        printed(f"--days={days}")


def test_a_month_asks_as_much_as_a_day() -> None:
    for back in range(30):
        ingest_entries([paper(back + 1), Malformed("line 1", "no title")], DAY - timedelta(days=back), "test")
    assert queries(DAY) == queries(DAY - timedelta(days=29)) == 3


def queries(first: date) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert all(account.settled for account in report_days(first, DAY))
    return len(captured)


@pytest.mark.parametrize(
    "words", [["ledger"], ["backfill_papers", "--from", "2026-02-02", "--to", "2026-02-03"]], ids=["ledger", "backfill"]
)
def test_without_tables_the_operator_is_told_to_make_them(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise OperationalError("no such table: digest_ledgerline")

    monkeypatch.setattr(ledger, "report_days", broken)
    monkeypatch.setattr(backfill_papers, "backfill_papers", broken)
    with pytest.raises(CommandError, match=r"manage\.py migrate") as end:
        call_command(*words)
    assert end.value.returncode == 1
