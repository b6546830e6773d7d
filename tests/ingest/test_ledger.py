"""The ledger: one line per day and category, and every line balances."""

from datetime import date

import pytest

from digest.domain import Malformed
from digest.ingest import fetch, store_papers
from digest.ingest.fetch import ingest_entries
from digest.ingest.ledger import recount_day
from digest.ingest.ledger_report import report_days
from digest.models import LedgerLine
from tests.ingest.fetched import DAY, paper

pytestmark = pytest.mark.django_db

COUNTS = ("category", "announced", "stored", "new", "crossed", "replaced", "withdrawn", "rejected", "missing", "state")


def lines(day: date = DAY) -> list[tuple[object, ...]]:
    return list(LedgerLine.objects.filter(day=day).order_by("category").values_list(*COUNTS))


def test_a_line_counts_what_its_category_announced() -> None:
    entries = [
        paper(1),
        paper(2),
        paper(3, kind="cross"),
        paper(4, kind="replace"),
        paper(5, kind="replace-cross", withdrawn=True),
        paper(1, section="stat.ML", kind="cross"),
    ]
    ingest_entries(entries, DAY, "test")
    assert lines() == [
        ("cs.LG", 5, 5, 2, 1, 2, 1, 0, 0, "complete"),
        ("stat.ML", 1, 1, 0, 1, 0, 0, 0, 0, "complete"),
    ]


def test_unreadable_entries_have_a_line_without_category() -> None:
    ingest_entries([paper(1), Malformed("line 2", "no title"), Malformed("line 3", "no title")], DAY, "test")
    assert lines() == [("", 2, 0, 0, 0, 0, 0, 2, 0, "complete"), ("cs.LG", 1, 1, 1, 0, 0, 0, 0, 0, "complete")]
    assert all(row.announced == row.stored + row.rejected + row.missing for row in LedgerLine.objects.all())


def test_a_day_without_announcements_is_quiet_until_one_comes() -> None:
    ingest_entries([], DAY, "test")
    assert lines() == [("", 0, 0, 0, 0, 0, 0, 0, 0, "quiet")]
    ingest_entries([paper(1)], DAY, "test")
    assert [line[0] for line in lines()] == ["cs.LG"]


def test_counting_again_changes_no_count() -> None:
    ingest_entries([paper(1), Malformed("line 2", "no title")], DAY, "test")
    before = lines()
    recount_day(DAY)
    assert lines() == before


def test_days_are_kept_apart() -> None:
    ingest_entries([paper(1)], DAY, "test")
    ingest_entries([paper(2), paper(1, kind="replace")], date(2026, 2, 4), "test")
    assert lines()[0][:3] == ("cs.LG", 1, 1)
    assert lines(date(2026, 2, 4))[0][:6] == ("cs.LG", 2, 2, 1, 0, 1)


def test_a_paper_that_is_lost_on_the_way_to_the_tables_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "store_papers", lambda papers, day: store_papers.store_papers(papers[1:], day))
    report = ingest_entries([paper(1), paper(2)], DAY, "test")
    assert report.entries != report.stored + report.known + len(report.rejected)
    assert lines() == [("cs.LG", 2, 1, 1, 0, 0, 0, 0, 0, "partial")]
    (account,) = report_days(DAY, DAY)
    assert (account.balanced, account.settled) == (False, False)
    assert account.as_json()["categories"][0]["note"] == "1 announced, but not stored."


def test_a_category_that_lost_everything_is_seen_until_found(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [paper(1), paper(2, section="cs.AI")]
    monkeypatch.setattr(fetch, "store_papers", lambda papers, day: store_papers.store_papers(papers[:1], day))
    ingest_entries(entries, DAY, "test")
    recount_day(DAY, whole=None)
    assert lines()[0] == ("cs.AI", 1, 0, 0, 0, 0, 0, 0, 0, "partial")
    monkeypatch.undo()
    ingest_entries(entries, DAY, "test")
    assert lines()[0] == ("cs.AI", 1, 1, 1, 0, 0, 0, 0, 0, "complete")


def test_an_entry_with_and_without_a_version_counts_once() -> None:
    ingest_entries([paper(1), paper(1, version=1), paper(1, version=2, kind="replace")], DAY, "test")
    assert lines()[0][:3] == ("cs.LG", 2, 2)
    assert lines()[0][-1] == "complete"
