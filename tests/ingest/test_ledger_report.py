"""The ledger as it is printed, for people and for programs."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.domain import FetchedPaper, Malformed, SourceUnavailable
from digest.ingest import fetch
from digest.ingest.fetch import ingest_entries
from digest.ingest.ledger import CategoryVerdict, record_verdicts, recount_day
from digest.ingest.ledger_report import report_days
from digest.models import Missing, Run
from tests.ingest.fetched import DAY, paper

pytestmark = pytest.mark.django_db


def printed(*flags: str) -> str:
    out = StringIO()
    call_command("ledger", "--date", str(DAY), *flags, stdout=out)
    return out.getvalue()


def test_a_table_says_what_became_of_each_category() -> None:
    ingest_entries([paper(1), paper(2, kind="cross"), Malformed("entry 3", "no title")], DAY, "test")
    record_verdicts(
        DAY, {"cs.AI": CategoryVerdict("complete"), "cs.LG": CategoryVerdict("complete", "A note.")}, {"cs.AI", "cs.LG"}
    )
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


def ended(day: date, *flags: str) -> tuple[int, str]:
    """Return the exit code and the output of `ledger` in the evening of DAY."""
    out = StringIO()
    with time_machine.travel(datetime(DAY.year, DAY.month, DAY.day, 23, tzinfo=UTC)):
        try:
            call_command("ledger", "--date", str(day), *flags, stdout=out)
        except CommandError as error:
            return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def test_what_is_missing_since_lately_comes_by_itself() -> None:
    ingest_entries([paper(1)], DAY, "test")
    Missing.objects.create(day=DAY, category="cs", arxiv_id="2602.00009", kind="new", last_error="not known")
    recount_day(DAY)
    code, said = ended(DAY)
    assert (code, said.splitlines()[-2:]) == (
        4,
        ["  Every run asks again for what is missing.", f"Not settled yet: {DAY}"],
    )


def test_a_listing_that_did_not_come_is_read_again_on_the_same_day() -> None:
    ingest_entries([paper(1)], DAY, "test")
    record_verdicts(DAY, {"cs.LG": CategoryVerdict("partial", "No listing.")}, {"cs.LG"})
    recount_day(DAY)
    code, said = ended(DAY)
    assert code == 4
    assert "  The runs of today read it again." in said


def test_a_listing_that_did_not_come_is_backfilled_later() -> None:
    day = DAY - timedelta(days=1)
    ingest_entries([paper(1)], day, "test")
    record_verdicts(day, {"cs.LG": CategoryVerdict("stale", "Old.")}, {"cs.LG"})
    recount_day(day)
    code, said = ended(day)
    assert code == 3
    assert f"  To complete it: python manage.py backfill_papers --from {day} --to {day}" in said


def _broken_off() -> Iterator[FetchedPaper]:
    yield paper(1)
    raise SourceUnavailable("The file ends in the middle.")


def test_a_file_that_broke_off_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    day = DAY - timedelta(days=1)
    monkeypatch.setattr(fetch, "ENTRIES_PER_TRANSACTION", 1)
    with pytest.raises(SourceUnavailable):
        ingest_entries(_broken_off(), day, "test")
    code, said = ended(day)
    assert code == 3
    assert f"python manage.py fetch_papers --date {day} --source FILE" in said


def test_several_days_end_as_the_worst_of_them_does() -> None:
    assert ended(DAY, "--days", "1")[0] == 4, "nobody has read today"
    Run.objects.create(day=DAY, source="arxiv", started_at=datetime(2026, 1, 5, tzinfo=UTC))
    code, said = ended(DAY, "--days", "4")
    assert (code, said.splitlines()[-1]) == (3, f"Not settled: {DAY - timedelta(days=1)}"), "days before were a weekend"


def test_json_says_the_same() -> None:
    code, said = ended(DAY, "--json")
    report = json.loads(said.splitlines()[0])
    assert (code, report["outlook"], report["settled"], report["state"]) == (4, "wait", False, "open")
    assert report["advice"].startswith(f"Nobody has asked arXiv for {DAY}")


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
