"""Which papers belong to a day's listing: those that came in between two closings."""

import json
import lzma
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.arxiv.announcement_schedule import announcement_day, submission_window_of
from digest.sources.arxiv.api import build_search


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (date(2026, 2, 2), "2026-01-29T19:00", "2026-01-30T19:00"),  # Monday: Thursday to Friday
        (date(2026, 2, 3), "2026-01-30T19:00", "2026-02-02T19:00"),  # Tuesday: over the weekend
        (date(2026, 2, 4), "2026-02-02T19:00", "2026-02-03T19:00"),
        (date(2026, 2, 6), "2026-02-04T19:00", "2026-02-05T19:00"),
        (date(2026, 3, 10), "2026-03-06T19:00", "2026-03-09T18:00"),  # clocks go forward in between
        (date(2026, 11, 3), "2026-10-30T18:00", "2026-11-02T19:00"),  # and back
        (date(2026, 7, 1), "2026-06-29T18:00", "2026-06-30T18:00"),
    ],
)
def test_a_listing_holds_what_was_submitted_in_its_window(day: date, opens: str, closes: str) -> None:
    assert submission_window_of(day) == (
        datetime.fromisoformat(f"{opens}+00:00"),
        datetime.fromisoformat(f"{closes}+00:00"),
    )


def test_nothing_is_announced_on_weekends() -> None:
    assert submission_window_of(date(2026, 2, 7)) is None
    assert submission_window_of(date(2026, 2, 8)) is None


@given(st.dates(date(2010, 1, 1), date(2035, 1, 1)))
def test_windows_leave_no_gap_and_do_not_overlap(day: date) -> None:
    this, following = submission_window_of(day), submission_window_of(_next_weekday(day))
    assert following is not None
    if this is None:
        assert day.weekday() > 4
    else:
        assert this[0] < this[1] == following[0]


def _next_weekday(day: date) -> date:
    day += timedelta(days=1)
    return day if day.weekday() < 5 else _next_weekday(day)


@given(st.datetimes(datetime(2010, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)))
def test_a_submission_is_announced_on_the_day_of_its_window(submitted: datetime) -> None:
    span = submission_window_of(announcement_day(submitted))
    assert span is not None
    assert span[0] <= submitted < span[1]


@given(st.dates(date(2010, 1, 1), date(2035, 1, 1)))
def test_a_window_is_announced_on_its_day_to_the_last_moment(day: date) -> None:
    span = submission_window_of(day)
    if span:
        moments = (span[0], span[1] - timedelta(microseconds=1), span[1])
        assert [announcement_day(moment) for moment in moments] == [day, day, _next_weekday(day)]


def test_the_query_names_the_window_in_gmt_and_the_categories() -> None:
    span = (datetime(2026, 1, 30, 19, tzinfo=UTC), datetime(2026, 2, 2, 19, tzinfo=UTC))
    assert build_search(span).query == "submittedDate:[202601301900 TO 202602021900]"
    some = build_search(span, ("cs.LG", "stat.ML"))
    assert some.query == "(cat:cs.LG OR cat:stat.ML) AND submittedDate:[202601301900 TO 202602021900]"


@pytest.mark.data
def test_real_listings_hold_the_submissions_of_their_windows(shared_data: Path) -> None:
    """Moderation holds some papers back for days; but none is announced before its window."""
    early = late = 0
    with lzma.open(shared_data / "papers/papers_dev_2026-02.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in islice(lines, 8000):
            row = json.loads(line)
            span = submission_window_of(date.fromisoformat(row["announced"]))
            if span and (row["published"] or "").endswith("Z"):
                published = datetime.fromisoformat(row["published"])
                early += published >= span[1]
                late += published < span[0]
    assert early == 0
    assert late < 240


@pytest.mark.data
def test_most_papers_are_announced_on_the_estimated_day(shared_data: Path) -> None:
    """Papers that moderation held back come later, never earlier."""
    known = exact = later = 0
    with lzma.open(shared_data / "papers/papers_dev_2026-02.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in islice(lines, 8000):
            row = json.loads(line)
            if (row["published"] or "").endswith("Z"):
                estimated, announced = announcement_day(datetime.fromisoformat(row["published"])), row["announced"]
                known += 1
                exact += estimated.isoformat() == announced
                later += estimated.isoformat() > announced
    assert later == 0
    assert exact > 0.95 * known > 1500
