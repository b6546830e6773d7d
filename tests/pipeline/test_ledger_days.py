"""Good days and bad ones at arXiv: whatever happens there, the ledger says so and nothing announced is lost."""

import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_httpserver import HTTPServer

from digest.domain import SourceUnavailable
from digest.ingest import fetch as intake
from digest.ingest import store_papers
from digest.ingest.ledger import NOTE_FROM_API
from digest.ingest.refetch_missing import GIVE_UP_AFTER, MAX_REFETCH_ATTEMPTS
from digest.ingest.service_lock import ServiceLock
from digest.management.report_text import format_report
from digest.models import Announcement, Delivery, Edition, LedgerLine, Missing, Rejection, Run, Version
from digest.pipeline import run_stages
from digest.run import Report
from digest.sources.arxiv.sections import ARCHIVES
from digest.sources.http.client import Forbidden
from tests.pipeline.arxiv import Announced, LocalArxiv

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = date(2026, 2, 2)
TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=number) for number in (1, 2, 3))
SUNDAY = date(2026, 2, 8)
COUNTS = ("announced", "stored", "new", "cross", "replaced", "withdrawn", "rejected", "missing")


@pytest.fixture
def arxiv(httpserver: HTTPServer) -> LocalArxiv:
    """Tuesday, with a paper of Monday and an old one that comes again."""
    papers = [
        Announced("2602.00001", MONDAY),
        Announced("2602.00002", TUESDAY, ("cs.LG", "stat.ML")),
        Announced("2602.00003", TUESDAY, ("stat.ML", "cs.CL")),
        Announced("2602.00004", TUESDAY, ("hep-th",)),
        Announced("2501.00005", TUESDAY, ("cs.CL",), "replace", 2, datetime(2025, 1, 2, tzinfo=UTC), "Withdrawn by us"),
        Announced("2501.00006", TUESDAY, ("math.CO", "cs.DM"), "cross", 1, datetime(2025, 1, 2, tzinfo=UTC)),
    ]
    return LocalArxiv(httpserver, TUESDAY, papers)


def fetch(arxiv: LocalArxiv, day: date | None = None, *, dry_run: bool = False) -> Report:
    return run_stages(day or arxiv.day, arxiv.source(), ("fetch",), dry_run=dry_run)


def ledger(day: date, *, settled: bool = True) -> dict[str, Any]:
    """Return the output of `ledger --json`; its exit code must fit."""
    out = StringIO()
    try:
        call_command("ledger", "--date", str(day), "--json", stdout=out)
        code = 0
    except CommandError as error:
        code = error.returncode
    book: dict[str, Any] = json.loads(out.getvalue())
    assert code == (0 if settled else 3), book
    return book


def line(book: dict[str, Any], category: str) -> tuple[Any, ...]:
    (found,) = [each for each in book["categories"] if each["category"] == category]
    return (*(found[name] for name in COUNTS), found["state"])


def states(book: dict[str, Any]) -> dict[str, str]:
    """Return the states of categories in which something is announced, or something is wrong."""
    return {each["category"]: each["state"] for each in book["categories"] if each["state"] != "quiet"}


ALL_COMPLETE = {"cs.LG": "complete", "cs.CL": "complete", "stat.ML": "complete", "hep-th": "complete"}


def test_a_normal_day_balances_and_counts_each_kind(arxiv: LocalArxiv) -> None:
    report = fetch(arxiv)
    assert (report.balanced, report.missing, report.rejected) == (True, 0, 0)
    book = ledger(TUESDAY)
    assert book["balanced"] is True
    assert line(book, "cs.LG") == (1, 1, 1, 0, 0, 0, 0, 0, "complete")
    assert line(book, "stat.ML") == (2, 2, 1, 1, 0, 0, 0, 0, "complete")
    assert line(book, "cs.CL") == (2, 2, 0, 1, 1, 1, 0, 0, "complete")
    assert line(book, "math.AG") == (0, 0, 0, 0, 0, 0, 0, 0, "quiet")
    assert book["totals"] == dict(zip(COUNTS, (7, 7, 3, 3, 1, 1, 0, 0), strict=True))
    assert len(book["categories"]) > 140
    assert book["rejections"] == []


def test_the_api_completes_what_the_listing_leaves_out(arxiv: LocalArxiv) -> None:
    fetch(arxiv)
    versions = Version.objects.filter(announcements__day=TUESDAY).distinct()
    assert all(version.published and version.updated for version in versions)
    assert versions.get(paper__arxiv_id="2501.00005").comment == "Withdrawn by us"
    assert Announcement.objects.get(version__paper__arxiv_id="2501.00005").kind == "replace"


def test_the_same_day_read_again_changes_nothing(arxiv: LocalArxiv) -> None:
    fetch(arxiv)
    before = ledger(TUESDAY)
    assert [address for address in arxiv.asked if "id_list=2" in address]
    report = fetch(arxiv)
    assert (report.stored, report.known) == (0, 7)
    assert ledger(TUESDAY) == before
    assert not [address for address in arxiv.asked if "id_list=2" in address], "all that it knows is here"


def test_once_letters_are_planned_arxiv_is_left_alone(arxiv: LocalArxiv) -> None:
    run_stages(TUESDAY, arxiv.source(), ("fetch", "build"))
    plan_a_letter(TUESDAY)
    assert arxiv.asked
    assert fetch(arxiv).fetched is False
    assert arxiv.asked == []


def plan_a_letter(day: date) -> None:
    Delivery.objects.create(
        edition=Edition.objects.get(day=day), language="en", detail="tldr", created_at=datetime.now(UTC)
    )


def test_a_day_with_429s_throughout_balances(arxiv: LocalArxiv) -> None:
    arxiv.throttles = 2
    assert fetch(arxiv).balanced
    assert states(ledger(TUESDAY)) == ALL_COMPLETE | {"cs.DM": "complete"}


def test_a_stale_feed_of_one_category_delays_no_other(arxiv: LocalArxiv) -> None:
    arxiv.papers.append(Announced("2602.00007", MONDAY, ("hep-th",)))
    arxiv.day = MONDAY
    fetch(arxiv)
    arxiv.day, arxiv.shows = TUESDAY, {"hep-th": MONDAY}
    assert fetch(arxiv).balanced
    book = ledger(TUESDAY, settled=False)
    assert book["balanced"] is True
    assert line(book, "hep-th") == (1, 1, 1, 0, 0, 0, 0, 0, "stale"), "the API had the paper already"
    assert {state for category, state in states(book).items() if category != "hep-th"} == {"complete"}
    assert not Announcement.objects.filter(day=TUESDAY, version__paper__arxiv_id="2602.00007").exists()
    arxiv.shows = {}
    fetch(arxiv)
    assert line(ledger(TUESDAY), "hep-th") == (1, 1, 1, 0, 0, 0, 0, 0, "complete")


def test_papers_missing_from_a_stale_listing_come_the_next_day(arxiv: LocalArxiv) -> None:
    arxiv.papers.append(Announced("2602.00007", MONDAY, ("hep-th",)))
    arxiv.day = MONDAY
    fetch(arxiv)
    arxiv.day, arxiv.shows, arxiv.unknown = TUESDAY, {"hep-th": MONDAY}, {"2602.00004"}
    fetch(arxiv)
    assert line(ledger(TUESDAY, settled=False), "hep-th")[0] == 0
    arxiv.day, arxiv.shows, arxiv.unknown = WEDNESDAY, {}, set()
    arxiv.papers.append(Announced("2602.00008", WEDNESDAY, ("hep-th",)))
    fetch(arxiv)
    assert line(ledger(WEDNESDAY), "hep-th") == (2, 2, 2, 0, 0, 0, 0, 0, "complete")


def test_before_anything_is_announced_the_day_is_open(arxiv: LocalArxiv) -> None:
    fetch(arxiv)
    arxiv.day = WEDNESDAY
    arxiv.shows = dict.fromkeys(("cs", "stat", "math", "hep-th"), TUESDAY)
    assert fetch(arxiv).entries == 0
    assert states(ledger(WEDNESDAY, settled=False)) == {"": "open"}


def test_a_page_of_the_api_cut_in_the_middle_is_asked_for_again(arxiv: LocalArxiv) -> None:
    arxiv.torn = {"/api/query": 2}
    assert fetch(arxiv).balanced
    assert set(states(ledger(TUESDAY)).values()) == {"complete"}
    assert Version.objects.filter(announcements__day=TUESDAY, published=None).count() == 0


def test_a_truncated_listing_leaves_its_categories_partial(arxiv: LocalArxiv) -> None:
    arxiv.torn = {"/rss/cs": 99}
    report = fetch(arxiv)
    assert report.balanced
    assert any("From the API alone" in warning for warning in report.warnings)
    book = ledger(TUESDAY, settled=False)
    assert book["balanced"] is True
    assert line(book, "cs.LG")[:3] == (1, 1, 1)
    assert (line(book, "cs.LG")[-1], line(book, "hep-th")[-1]) == ("partial", "complete")
    (cs,) = [each for each in book["categories"] if each["category"] == "cs.LG"]
    assert "From the API alone" in cs["note"]
    assert len(cs["note"]) > len(NOTE_FROM_API), "and why"
    assert all(version.title and version.abstract for version in Version.objects.all())


def test_an_unreadable_entry_of_a_listing_is_fetched_by_id(arxiv: LocalArxiv) -> None:
    arxiv.unreadable = {"2501.00006", "2602.00004"}
    assert fetch(arxiv).balanced
    book = ledger(TUESDAY)
    assert line(book, "hep-th") == (1, 1, 1, 0, 0, 0, 0, 0, "complete")
    assert set(Missing.objects.values_list("arxiv_id", flat=True)) == arxiv.unreadable
    assert not Missing.objects.filter(resolved_at=None).exists()


def test_an_unreadable_paper_is_missing_until_a_later_run(arxiv: LocalArxiv) -> None:
    arxiv.unreadable = arxiv.unknown = {"2602.00004"}
    report = fetch(arxiv)
    assert (report.missing, report.balanced) == (1, False)
    book = ledger(TUESDAY, settled=False)
    assert book["balanced"] is False
    assert line(book, "hep-th") == (1, 0, 0, 0, 0, 0, 0, 1, "partial")
    assert book["missing"][0]["id"] == "2602.00004"
    arxiv.unreadable = arxiv.unknown = set()
    arxiv.day = WEDNESDAY
    arxiv.papers.append(Announced("2602.00009", WEDNESDAY))
    fetch(arxiv)
    assert line(ledger(TUESDAY), "hep-th") == (1, 1, 1, 0, 0, 0, 0, 0, "complete")


def test_what_came_too_late_for_its_letters_is_in_the_next_ones(arxiv: LocalArxiv) -> None:
    arxiv.unreadable = arxiv.unknown = {"2602.00004"}
    run_stages(TUESDAY, arxiv.source(), ("fetch", "build"))
    plan_a_letter(TUESDAY)
    arxiv.unreadable = arxiv.unknown = set()
    arxiv.day = WEDNESDAY
    arxiv.papers.append(Announced("2602.00009", WEDNESDAY))
    run_stages(WEDNESDAY, arxiv.source(), ("fetch", "build"))
    shown = Edition.objects.get(day=WEDNESDAY).entries.values_list("version__paper__arxiv_id", flat=True)
    assert set(shown) == {"2602.00004", "2602.00009"}
    assert ledger(TUESDAY)["balanced"] is ledger(WEDNESDAY)["balanced"] is True


def test_a_paper_found_after_todays_letters_is_in_the_next_ones(arxiv: LocalArxiv) -> None:
    arxiv.unreadable = arxiv.unknown = {"2602.00004"}
    run_stages(TUESDAY, arxiv.source(), ("fetch", "build"))
    plan_a_letter(TUESDAY)
    arxiv.day = WEDNESDAY
    arxiv.papers.append(Announced("2602.00009", WEDNESDAY))
    run_stages(WEDNESDAY, arxiv.source(), ("fetch", "build"))
    plan_a_letter(WEDNESDAY)
    arxiv.unreadable = arxiv.unknown = set()
    fetch(arxiv)
    assert Announcement.objects.filter(day=WEDNESDAY).count() == ledger(WEDNESDAY)["totals"]["stored"] == 1
    (owed,) = ledger(TUESDAY, settled=False)["missing"]
    assert "next edition" in owed["error"]
    arxiv.day = THURSDAY
    run_stages(THURSDAY, arxiv.source(), ("fetch", "build"))
    shown = Edition.objects.get(day=THURSDAY).entries.values_list("version__paper__arxiv_id", flat=True)
    assert set(shown) == {"2602.00004"}
    assert ledger(TUESDAY)["balanced"] is ledger(THURSDAY)["balanced"] is True


def test_a_paper_of_today_found_after_its_letters_is_in_the_next(arxiv: LocalArxiv) -> None:
    arxiv.unreadable = arxiv.unknown = {"2602.00004"}
    run_stages(TUESDAY, arxiv.source(), ("fetch", "build"))
    plan_a_letter(TUESDAY)
    arxiv.unreadable = arxiv.unknown = set()
    fetch(arxiv)
    arxiv.day = WEDNESDAY
    run_stages(WEDNESDAY, arxiv.source(), ("fetch", "build"))
    shown = Edition.objects.get(day=WEDNESDAY).entries.values_list("version__paper__arxiv_id", flat=True)
    assert set(shown) == {"2602.00004"}


def test_a_found_paper_that_waits_is_not_given_up_at_one_miss(arxiv: LocalArxiv) -> None:
    arxiv.unreadable = arxiv.unknown = {"2602.00004"}
    run_stages(TUESDAY, arxiv.source(), ("fetch", "build"))
    plan_a_letter(TUESDAY)
    arxiv.unreadable = arxiv.unknown = set()
    for _hour in range(MAX_REFETCH_ATTEMPTS):
        fetch(arxiv)
    arxiv.unknown = {"2602.00004"}
    arxiv.day = TUESDAY + GIVE_UP_AFTER
    fetch(arxiv)
    assert not Rejection.objects.exists()
    assert Missing.objects.get(resolved_at=None).arxiv_id == "2602.00004"


def test_a_missing_paper_that_is_malformed_is_rejected_as_such(arxiv: LocalArxiv) -> None:
    arxiv.unreadable = arxiv.unknown = {"2602.00004"}
    fetch(arxiv)
    arxiv.unknown, arxiv.untitled = set(), {"2602.00004"}
    fetch(arxiv)
    book = ledger(TUESDAY)
    assert [(each["where"], each["reason"]) for each in book["rejections"]] == [("2602.00004", "no title")]
    assert Missing.objects.get().last_error == "no title"


def test_a_paper_the_api_never_has_is_rejected_in_the_end(arxiv: LocalArxiv) -> None:
    arxiv.unreadable = arxiv.unknown = {"2602.00004"}
    fetch(arxiv)
    arxiv.papers = [paper for paper in arxiv.papers if paper.arxiv_id != "2602.00004"]
    for day in (WEDNESDAY, THURSDAY, date(2026, 2, 6), date(2026, 2, 9), date(2026, 2, 10)):
        arxiv.day = day
        fetch(arxiv)
    book = ledger(TUESDAY)
    assert line(book, "hep-th") == (1, 0, 0, 0, 0, 0, 1, 0, "complete")
    assert book["rejections"][0]["where"] == "2602.00004"
    assert "does not know it" in book["rejections"][0]["reason"]


def test_a_version_the_api_never_has_is_rejected_in_the_end(arxiv: LocalArxiv) -> None:
    arxiv.unreadable = {"2501.00005"}
    replaced = next(paper for paper in arxiv.papers if paper.arxiv_id == "2501.00005")
    arxiv.papers.append(replace(replaced, day=date(2025, 1, 3), kind="new", version=1))
    arxiv.outdated = {"2501.00005"}
    fetch(arxiv)
    assert line(ledger(TUESDAY, settled=False), "cs")[-2:] == (1, "partial")
    for day in (WEDNESDAY, THURSDAY, date(2026, 2, 6), date(2026, 2, 9), date(2026, 2, 10)):
        arxiv.day = day
        fetch(arxiv)
    book = ledger(TUESDAY)
    assert book["missing"] == []
    assert book["rejections"][0]["where"] == "2501.00005"


def test_missing_papers_are_requested_once_per_run(arxiv: LocalArxiv) -> None:
    arxiv.unreadable = arxiv.unknown = {"2602.00004"}
    run_stages(TUESDAY, arxiv.source(), ("fetch", "build"))
    plan_a_letter(TUESDAY)
    assert arxiv.asked
    fetch(arxiv)
    assert ["id_list=2602.00004" in address for address in arxiv.asked] == [True]


def test_without_listings_the_api_makes_a_partial_day(arxiv: LocalArxiv) -> None:
    """Its cross-lists and replacements are not there, and nobody else will bring them."""
    arxiv.down = {"rss"}
    report = fetch(arxiv)
    assert report.balanced, "letters go out"
    (warning,) = report.warnings
    assert "From the API alone" in warning
    assert "status 500" in warning
    book = ledger(TUESDAY, settled=False)
    assert (book["balanced"], book["settled"]) == (True, False)
    assert set(states(book).values()) == {"partial"}
    (note,) = {each["note"] for each in book["categories"]}
    assert note.startswith("From the API alone: cross-lists and replacements are not known. ")
    assert "status 500" in note, "the first cause, not that others were not asked for"
    assert set(Announcement.objects.values_list("kind", flat=True)) == {"new"}
    assert len([address for address in arxiv.asked if address.startswith("/rss/")]) <= 6, "it is not asked for all"


def test_listings_that_go_down_later_in_the_day_spoil_nothing(arxiv: LocalArxiv) -> None:
    fetch(arxiv)
    before = ledger(TUESDAY)
    arxiv.down = {"rss"}
    assert fetch(arxiv).warnings == []
    assert ledger(TUESDAY) == before


def test_a_throttled_listing_is_not_taken_for_a_complete_day(arxiv: LocalArxiv) -> None:
    arxiv.throttled = {f"/rss/{archive}?": 99 for archive in ARCHIVES}
    fetch(arxiv)
    book = ledger(TUESDAY, settled=False)
    assert set(states(book).values()) == {"partial"}
    assert "status 429" in book["categories"][0]["note"]


def test_the_report_and_the_ledger_name_the_source_that_was_down(arxiv: LocalArxiv) -> None:
    arxiv.down = {"rss"}
    assert any("warning" in row and "status 500" in row for row in format_report(fetch(arxiv)))
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("ledger", "--date", str(TUESDAY), stdout=out)
    assert "status 500" in out.getvalue()
    assert len(out.getvalue().splitlines()) < 10, "categories without papers share a line"


def test_listings_that_come_back_complete_the_day(arxiv: LocalArxiv) -> None:
    arxiv.down = {"rss"}
    fetch(arxiv)
    arxiv.down = set()
    fetch(arxiv)
    book = ledger(TUESDAY)
    assert book["totals"]["stored"] == 7
    assert {each["note"] for each in book["categories"]} == {""}


def test_without_the_api_listings_make_a_day(arxiv: LocalArxiv) -> None:
    arxiv.down = {"api"}
    report = fetch(arxiv)
    assert report.balanced
    assert any("status 500" in warning for warning in report.warnings)
    book = ledger(TUESDAY)
    assert all("status 500" in each["note"] for each in book["categories"])
    assert (book["balanced"], book["totals"]["stored"]) == (True, 7)
    assert Version.objects.get(paper__arxiv_id="2602.00004").published is None
    arxiv.down = set()
    fetch(arxiv)
    assert Version.objects.get(paper__arxiv_id="2602.00004").published is not None
    assert Version.objects.get(paper__arxiv_id="2501.00005").comment == "Withdrawn by us"


def test_what_a_letter_shows_is_completed_no_more(arxiv: LocalArxiv) -> None:
    arxiv.down = {"api"}
    run_stages(TUESDAY, arxiv.source(), ("fetch", "build"))
    plan_a_letter(TUESDAY)
    arxiv.down = set()
    intake.ingest_entries(arxiv.source().entries(TUESDAY), TUESDAY, "arxiv")
    assert Version.objects.get(paper__arxiv_id="2602.00004").published is None, "it is in an edition with letters"
    assert Version.objects.get(paper__arxiv_id="2501.00005").published is None


def test_an_api_that_is_late_is_not_asked_for_every_paper(arxiv: LocalArxiv) -> None:
    arxiv.unknown = {paper.arxiv_id for paper in arxiv.papers}
    assert fetch(arxiv).balanced
    assert ledger(TUESDAY)["totals"]["stored"] == 7
    assert not [address for address in arxiv.asked if "id_list=2" in address]


def test_with_both_down_the_day_is_unavailable_and_says_why(arxiv: LocalArxiv) -> None:
    arxiv.down = {"rss", "api"}
    with pytest.raises(SourceUnavailable, match="status 500"):
        fetch(arxiv)
    assert states(ledger(TUESDAY, settled=False)) == {"": "partial"}
    assert "status 500" in LedgerLine.objects.get().note
    arxiv.down = set()
    fetch(arxiv)
    assert ledger(TUESDAY)["totals"]["stored"] == 7


def test_a_bad_run_after_a_good_one_spoils_nothing(arxiv: LocalArxiv) -> None:
    fetch(arxiv)
    before = ledger(TUESDAY)
    arxiv.down = {"rss", "api"}
    with pytest.raises(SourceUnavailable):
        fetch(arxiv)
    assert ledger(TUESDAY) == before


def test_after_a_403_nobody_asks_any_endpoint(arxiv: LocalArxiv) -> None:
    arxiv.forbidden = True
    for _ in range(2):
        with pytest.raises(Forbidden, match="403"):
            fetch(arxiv)
    assert len(arxiv.asked) == 1


def test_a_403_of_the_api_alone_costs_dates_and_not_the_day(arxiv: LocalArxiv, monkeypatch: pytest.MonkeyPatch) -> None:
    source = arxiv.source()
    listings = list(source.rss.fetch_listings(TUESDAY))
    monkeypatch.setattr(type(source.rss), "fetch_listings", lambda _self, _day: iter(listings))
    arxiv.forbidden = True
    arxiv.server.clear_log()
    assert run_stages(TUESDAY, source, ("fetch",)).entries == 7
    assert len(arxiv.asked) == 1
    assert ledger(TUESDAY)["balanced"] is True


def test_on_a_sunday_nothing_is_expected(arxiv: LocalArxiv) -> None:
    arxiv.day = SUNDAY
    assert fetch(arxiv).entries == 0
    book = ledger(SUNDAY)
    assert (states(book), book["balanced"]) == ({"": "holiday"}, True)
    assert not [address for address in arxiv.asked if address.startswith("/api/")]


def test_papers_of_a_holiday_come_with_the_next_listing(httpserver: HTTPServer) -> None:
    """Martin Luther King's day is Monday 2026-01-19: no listing is dated Tuesday."""
    friday, tuesday, wednesday = date(2026, 1, 16), date(2026, 1, 20), date(2026, 1, 21)
    arxiv = LocalArxiv(httpserver, friday, [Announced("2601.00001", friday)])
    fetch(arxiv)
    arxiv.day, arxiv.shows = tuesday, {"cs": friday}
    fetch(arxiv)
    assert states(ledger(tuesday)) == {"": "holiday"}
    sunday_night = datetime(2026, 1, 18, 3, tzinfo=UTC)
    arxiv.day, arxiv.shows = wednesday, {}
    arxiv.papers += [Announced("2601.00002", wednesday), Announced("2601.00003", wednesday, submitted=sunday_night)]
    arxiv.down = {"rss"}
    fetch(arxiv)
    assert line(ledger(wednesday, settled=False), "cs.LG")[:3] == (2, 2, 2)


def test_unseen_papers_win_over_the_calendar(httpserver: HTTPServer) -> None:
    arxiv = LocalArxiv(httpserver, SUNDAY, [Announced("2602.00001", SUNDAY)])
    fetch(arxiv)
    assert states(ledger(SUNDAY)) == {"cs.LG": "complete"}


def test_papers_of_days_on_which_nobody_ran_are_not_lost(arxiv: LocalArxiv) -> None:
    arxiv.day = MONDAY
    fetch(arxiv)
    arxiv.day = THURSDAY
    arxiv.papers += [Announced("2602.00010", WEDNESDAY), Announced("2602.00011", THURSDAY)]
    fetch(arxiv)
    found = set(Announcement.objects.filter(day=THURSDAY).values_list("version__paper__arxiv_id", flat=True))
    assert found == {"2602.00002", "2602.00003", "2602.00004", "2602.00010", "2602.00011"}


def test_a_past_day_comes_from_the_api(arxiv: LocalArxiv) -> None:
    arxiv.day = THURSDAY
    fetch(arxiv, TUESDAY)
    assert set(states(ledger(TUESDAY, settled=False)).values()) == {"partial"}
    assert set(Announcement.objects.values_list("category", flat=True)) == {"cs.LG", "stat.ML", "hep-th"}
    assert not [address for address in arxiv.asked if address.startswith("/rss/")]


def test_fetching_a_past_day_again_keeps_what_listings_gave(arxiv: LocalArxiv) -> None:
    fetch(arxiv)
    before = ledger(TUESDAY)
    arxiv.day = THURSDAY
    fetch(arxiv, TUESDAY)
    assert ledger(TUESDAY) == before


def test_a_dry_run_leaves_no_trace(arxiv: LocalArxiv) -> None:
    arxiv.unreadable = arxiv.unknown = {"2602.00004"}
    assert fetch(arxiv, dry_run=True).stored == 4
    assert not any(table.objects.exists() for table in (LedgerLine, Missing, Announcement, Rejection))


def test_a_killed_run_goes_on_where_it_stopped(arxiv: LocalArxiv, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "ENTRIES_PER_TRANSACTION", 2)
    monkeypatch.setattr(intake, "store_papers", dying_after(2, store_papers.store_papers))
    with pytest.raises(KeyboardInterrupt):
        fetch(arxiv)
    monkeypatch.undo()
    fetch(arxiv)
    assert ledger(TUESDAY)["totals"]["stored"] == 7


def dying_after(calls: int, work: Any) -> Any:
    left = iter(range(calls))

    def deadly(*arguments: Any) -> Any:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return work(*arguments)

    return deadly


def test_a_working_day_that_nobody_fetched_is_open() -> None:
    Run.objects.create(day=MONDAY, source="arxiv", started_at=datetime(2026, 2, 2, 12, tzinfo=UTC))
    book = ledger(TUESDAY, settled=False)
    assert (book["categories"], book["balanced"], book["state"]) == ([], True, "open")
    out = StringIO()
    with pytest.raises(CommandError, match="Not settled"):
        call_command("ledger", "--date", str(TUESDAY), stdout=out)
    total, advice = out.getvalue().splitlines()[-2:]
    assert total.split()[-1] == "open"
    assert advice.endswith(f"python manage.py backfill_papers --from {TUESDAY} --to {TUESDAY}")
    assert "balanced" not in out.getvalue()


def test_a_day_gone_by_on_which_arxiv_had_nothing_is_done(arxiv: LocalArxiv) -> None:
    arxiv.day = THURSDAY
    fetch(arxiv, WEDNESDAY)
    book = ledger(WEDNESDAY)
    assert states(book) == {"": "holiday"}
    assert "nothing of 2026-02-04 that is not known already" in book["advice"]


def test_every_request_acquires_the_lock(arxiv: LocalArxiv, monkeypatch: pytest.MonkeyPatch) -> None:
    acquired: list[ServiceLock] = []
    acquire = ServiceLock._acquire

    def counted(service_lock: ServiceLock) -> None:
        acquired.append(service_lock)
        acquire(service_lock)

    monkeypatch.setattr(ServiceLock, "_acquire", counted)
    fetch(arxiv)
    assert len(acquired) == len(arxiv.asked)


def test_a_paper_lost_in_storing_unbalances_the_report(arxiv: LocalArxiv, monkeypatch: pytest.MonkeyPatch) -> None:
    def losing(papers: Any, day: date) -> Any:
        return store_papers.store_papers([paper for paper in papers if paper.arxiv_id != "2602.00004"], day)

    monkeypatch.setattr(intake, "store_papers", losing)
    assert fetch(arxiv).balanced is False
    book = ledger(TUESDAY, settled=False)
    assert book["balanced"] is False
    assert line(book, "hep-th") == (1, 0, 0, 0, 0, 0, 0, 0, "partial")


def test_a_retry_after_of_one_source_does_not_delay_the_other(arxiv: LocalArxiv) -> None:
    arxiv.come_back_later = {"rss": 3600}
    started = time.monotonic()
    for expected in (1, 0):
        report = fetch(arxiv)
        assert len([address for address in arxiv.asked if address.startswith("/rss/")]) == expected
        assert "429" in report.warnings[0]
    assert time.monotonic() - started < 20
    assert line(ledger(TUESDAY, settled=False), "cs.LG")[:3] == (1, 1, 1)
