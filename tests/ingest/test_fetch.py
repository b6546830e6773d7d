"""Everything that a day announces is stored once, whole and balanced."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digest.domain import Entry, Malformed, Observation, SourceUnavailable
from digest.ingest import fetch, store_papers
from digest.ingest.fetch import IntakeReport, ingest_entries
from digest.models import Announcement, LedgerLine, Paper, Rejection, Signal, Summary, Version
from digest.sources.files.detect import open_paths
from tests.ingest.fetched import CHINESE, DAY, ENGLISH, SORTING, paper

pytestmark = pytest.mark.django_db

STARS = (Observation("stars", 5, datetime(2026, 2, 3, tzinfo=UTC)),)
BAD = Malformed("line 9", "no title", "2602.00009")


def balanced(report: IntakeReport) -> bool:
    return report.entries == report.stored + report.known + len(report.rejected)


def queries_for(entries: list[Entry]) -> int:
    with CaptureQueriesContext(connection) as captured:
        ingest_entries(entries, DAY, "test")
    return len(captured)


def test_a_paper_is_stored_with_its_version_and_announcement() -> None:
    report = ingest_entries([replace(SORTING, comment="9 pages", code_url="https://github.com/ada/sort")], DAY, "test")
    assert report == IntakeReport(entries=1, stored=1, known=0, rejected=())
    version = Version.objects.select_related("paper").get()
    assert (version.paper.arxiv_id, version.number, version.primary_category) == ("2602.00001", 1, "cs.LG")
    assert (version.authors, version.categories) == (["Ada Önal", "Bao Li"], ["cs.LG", "stat.ML"])
    assert (version.comment, version.code_url) == ("9 pages", "https://github.com/ada/sort")
    announcement = Announcement.objects.get()
    assert (announcement.category, announcement.day, announcement.kind) == ("cs.LG", DAY, "new")


def test_storing_the_same_again_changes_nothing() -> None:
    entries: list[Entry] = [paper(1, summary=CHINESE), paper(2, observations=STARS), BAD]
    ingest_entries(entries, DAY, "test")
    before = [list(table.objects.order_by("pk").values()) for table in (Paper, Version, Announcement, Summary, Signal)]
    report = ingest_entries(entries, DAY, "test")
    after = [list(table.objects.order_by("pk").values()) for table in (Paper, Version, Announcement, Summary, Signal)]
    assert before == after
    assert report == IntakeReport(entries=3, stored=0, known=2, rejected=(BAD,))
    assert Rejection.objects.count() == 1


def test_a_paper_in_two_listings_has_two_announcements() -> None:
    report = ingest_entries([paper(1), paper(1, section="stat.ML", kind="cross")], DAY, "test")
    assert (report.entries, report.stored, report.known) == (2, 1, 1)
    assert Version.objects.count() == 1
    assert sorted(Announcement.objects.values_list("category", "kind")) == [("cs.LG", "new"), ("stat.ML", "cross")]


def test_of_two_listings_the_first_gives_the_text() -> None:
    ingest_entries([paper(1, abstract="First."), paper(1, abstract="Second.", section="stat.ML")], DAY, "test")
    assert Version.objects.get().abstract == "First."


def test_a_new_version_is_kept_beside_the_old_one() -> None:
    ingest_entries([paper(1, version=1)], DAY, "test")
    report = ingest_entries([paper(1, version=2, abstract="Better.", kind="replace")], date(2026, 2, 4), "test")
    assert (report.stored, report.known) == (0, 1)
    assert list(Version.objects.order_by("number").values_list("number", "abstract")) == [
        (1, "We sort numbers."),
        (2, "Better."),
    ]


def test_without_a_version_the_newest_stored_one_is_meant() -> None:
    ingest_entries([paper(1, version=1), paper(1, version=3, abstract="Third.")], DAY, "test")
    ingest_entries([paper(1, abstract="Some other text.")], date(2026, 2, 4), "test")
    assert Version.objects.count() == 2
    announced = Announcement.objects.get(day=date(2026, 2, 4))
    assert (announced.version.number, announced.version.abstract) == (3, "Third.")


def test_a_stored_version_never_changes() -> None:
    ingest_entries([paper(1, version=1)], DAY, "test")
    ingest_entries([paper(1, version=1, title="Changed", withdrawn=True)], DAY, "test")
    assert Version.objects.values_list("title", "withdrawn").get() == ("Sorting 1", False)


def test_a_withdrawn_paper_is_a_version_of_its_own() -> None:
    ingest_entries([paper(1, version=1), paper(1, version=2, withdrawn=True, kind="replace")], DAY, "test")
    assert list(Version.objects.order_by("number").values_list("withdrawn", flat=True)) == [False, True]


def test_imported_summaries_are_kept_with_their_language() -> None:
    ingest_entries([paper(1, summary=CHINESE), paper(2, summary=ENGLISH), paper(3)], DAY, "test")
    found = Summary.objects.order_by("pk").values_list("language", "writer", "tldr", "method")
    assert list(found) == [("zh", "imported", CHINESE.tldr, "比较"), ("en", "imported", ENGLISH.tldr, "")]


def test_signals_are_kept_once_per_moment() -> None:
    morning = datetime(2026, 2, 3, 8, tzinfo=UTC)
    upvotes = Observation("upvotes", 12, morning)
    ingest_entries([paper(1, observations=(upvotes, Observation("stars", 2**40, morning), upvotes))], DAY, "test")
    assert sorted(Signal.objects.values_list("kind", "value")) == [("stars", 2**31 - 1), ("upvotes", 12)]


def test_what_is_malformed_is_noted_clean_and_short() -> None:
    report = ingest_entries([Malformed("line\x00 1" + "x" * 500, "why " * 200, "\ud800<b>\x00" * 99)], DAY, "files: a")
    assert balanced(report)
    rejection = Rejection.objects.get()
    assert (rejection.source, rejection.where[:8]) == ("files: a", "line 1xx")
    assert (len(rejection.where), len(rejection.reason), len(rejection.excerpt)) == (200, 300, 200)


def test_nothing_announced_is_a_balanced_report() -> None:
    assert ingest_entries([], DAY, "test") == IntakeReport(0, 0, 0, ())


def test_many_chunks_make_one_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "ENTRIES_PER_TRANSACTION", 3)
    progress: list[tuple[int, int | None]] = []
    entries: list[Entry] = [*(paper(n) for n in range(1, 9)), BAD, paper(1, section="stat.ML")]
    report = ingest_entries(entries, DAY, "test", lambda done, total: progress.append((done, total)))
    assert report == IntakeReport(entries=10, stored=8, known=1, rejected=(BAD,))
    assert progress == [(3, None), (6, None), (9, None), (10, None)]


def test_a_source_that_breaks_off_leaves_what_came_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "ENTRIES_PER_TRANSACTION", 2)

    def breaking() -> Iterator[Entry]:
        yield from (paper(1), paper(2))
        raise SourceUnavailable("The line is dead.")

    with pytest.raises(SourceUnavailable):
        ingest_entries(breaking(), DAY, "test")
    assert Paper.objects.count() == 2
    assert LedgerLine.objects.get().state == "partial"
    ingest_entries([paper(1), paper(2), paper(3)], DAY, "test")
    assert LedgerLine.objects.get().state == "complete"


def test_a_chunk_is_stored_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store_papers, "_store_signals", die)
        with pytest.raises(KeyboardInterrupt):
            ingest_entries([paper(1), paper(2)], DAY, "test")
    assert (Paper.objects.count(), Version.objects.count()) == (0, 0)
    assert ingest_entries([paper(1), paper(2)], DAY, "test").stored == 2


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_the_source_is_read() -> None:
    def slow() -> Iterator[Entry]:
        for number in range(1, 4):
            assert not connection.in_atomic_block
            yield paper(number)

    assert ingest_entries(slow(), DAY, "test").stored == 3


def test_queries_do_not_grow_with_the_number_of_papers() -> None:
    few = queries_for([paper(n, summary=ENGLISH, observations=STARS) for n in range(1, 4)])
    many = queries_for([paper(n, summary=ENGLISH, observations=STARS) for n in range(100, 160)])
    assert few == many


@pytest.mark.data
def test_the_real_digest_keeps_its_eleven_summaries(shared_data: Path) -> None:
    source = open_paths([shared_data / "seeds" / "001_66300aba2b2ce64f.txt"])
    report = ingest_entries(source.entries(date(2026, 1, 23)), date(2026, 1, 23), source.name)
    assert (report.entries, report.stored, report.rejected) == (56, 56, ())
    assert sorted(Summary.objects.values_list("language", flat=True)) == ["en"] * 4 + ["zh"] * 7
    assert sorted(LedgerLine.objects.values_list("category", "announced")) == [("cs.LG", 50), ("stat.ML", 6)]
