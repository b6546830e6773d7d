"""Today's listings side by side: what is new in them is told by the ids, not by their dates."""

from collections.abc import Iterator
from datetime import date

import pytest

from digest.domain import FetchedPaper, Malformed, SourceUnavailable
from digest.ingest.arxiv_listings import MergedListings, merge_listings, parse_entry_id
from digest.ingest.known_announcements import KnownAnnouncements
from digest.sources.arxiv.ids import ArxivId
from digest.sources.arxiv.listing import Listing
from digest.sources.http.client import Forbidden
from tests.ingest.fetched import paper

NOTHING = KnownAnnouncements(frozenset(), frozenset(), frozenset())


def known(*papers: FetchedPaper) -> KnownAnnouncements:
    rows = frozenset((each.arxiv_id, each.version or 1, each.section or each.categories[0]) for each in papers)
    versions = frozenset((arxiv_id, number) for arxiv_id, number, _category in rows)
    return KnownAnnouncements(rows, versions, frozenset(arxiv_id for arxiv_id, _number in versions))


def listing(category: str, *entries: FetchedPaper | Malformed, **changes: object) -> Listing:
    return Listing(category, date(2026, 2, 3), entries, **changes)  # type: ignore[arg-type]


def test_a_listing_of_an_earlier_day_is_stale_whatever_its_date_says() -> None:
    board = merge_listings([listing("cs", paper(1)), listing("hep-th", paper(2, section="hep-th"))], known(paper(1)))
    assert "cs.LG" in board.stale
    assert "cs.AI" in board.stale, "nobody knows what it holds today"
    assert list(board.named) == ["2602.00002"]
    assert "hep-th" not in board.stale


def test_a_category_alone_can_be_stale_in_a_fresh_listing() -> None:
    board = merge_listings([listing("cs", paper(1), paper(2, section="cs.AI"))], known(paper(1)))
    assert board.stale == {"cs.LG"}


def test_a_category_that_another_fresh_listing_covers_is_not_stale() -> None:
    """cs.IT stands in the listings of cs and, as math.IT, of math."""
    board = merge_listings(
        [listing("math", paper(1, section="math.CO")), listing("cs", paper(2))], known(paper(1, section="math.CO"))
    )
    assert "math.AG" in board.stale
    assert "cs.IT" not in board.stale


def test_a_new_version_of_a_known_paper_is_fresh_and_so_is_its_cross_list() -> None:
    entries = [paper(1, version=2, kind="replace"), paper(1, section="stat.ML", kind="cross")]
    assert merge_listings([listing("cs", *entries)], known(paper(1))).named == {"2602.00001": entries}


def test_an_empty_listing_is_whole_and_not_stale() -> None:
    board = merge_listings([listing("econ")], NOTHING)
    assert (board.whole >= {"econ.EM"}, board.stale) == (True, set())


def test_a_listing_that_is_not_complete_is_not_whole_and_says_why() -> None:
    board = merge_listings([listing("cs", paper(1), complete=False, torn=True, error="cut off")], NOTHING)
    assert (board.whole, board.problem, list(board.named)) == (set(), "cut off", ["2602.00001"])


def test_what_is_named_and_not_read_is_to_be_fetched_unless_it_came_before() -> None:
    unread = (ArxivId("2602.00001", 1), ArxivId("2602.00002", 1), ArxivId("2602.00003", 2))
    board = merge_listings([listing("cs", unread=unread)], known(paper(1), paper(3)))
    assert set(board.unread) == {"2602.00002", "2602.00003"}
    assert board.unread["2602.00002"].listing == "cs"


def test_what_one_listing_could_not_read_and_another_could_is_read() -> None:
    board = merge_listings(
        [listing("cs", unread=(ArxivId("2602.00002", 1),)), listing("stat", paper(2, section="stat.ML"))], NOTHING
    )
    assert (board.unread, list(board.named)) == ({}, ["2602.00002"])


def test_half_of_an_archive_is_named_by_its_archive() -> None:
    board = merge_listings([listing("cs.AI+cs.AR+cs.CC", unread=(ArxivId("2602.00002", 1),))], NOTHING)
    assert board.unread["2602.00002"].listing == "cs"


def test_entries_without_an_id_are_rejected_unless_the_listing_was_torn() -> None:
    nameless, named = Malformed("entry 1", "no valid arXiv id", ""), Malformed("entry 2", "no title", "2602.00002v1 ")
    whole = merge_listings([listing("cs", nameless, named, unread=(ArxivId("2602.00002", 1),))], NOTHING)
    assert whole.malformed == [nameless]
    assert merge_listings([listing("cs", nameless, complete=False, torn=True)], NOTHING).malformed == []
    assert (parse_entry_id(named), parse_entry_id(nameless)) == ("2602.00002", "")


def breaking(problem: SourceUnavailable) -> Iterator[Listing]:
    yield listing("cs", paper(1))
    raise problem


def test_what_came_before_the_listings_broke_off_is_kept() -> None:
    board: MergedListings = merge_listings(breaking(SourceUnavailable("The line is dead.")), NOTHING)
    assert (list(board.named), board.problem) == (["2602.00001"], "The line is dead.")


def test_a_refusal_stops_everything() -> None:
    with pytest.raises(Forbidden):
        merge_listings(breaking(Forbidden("403")), NOTHING)


def test_reading_listings_shows_that_it_is_alive() -> None:
    heard: list[int] = []
    merge_listings([listing("cs", paper(1)), listing("math")], NOTHING, lambda done, _total: heard.append(done))
    assert heard == [1, 1]
