"""Today's listings are merged: what is new in them is told by the ids, not by their dates."""

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


def test_a_listing_without_new_ids_is_stale_whatever_its_date() -> None:
    merged = merge_listings([listing("cs", paper(1)), listing("hep-th", paper(2, section="hep-th"))], known(paper(1)))
    assert "cs.LG" in merged.stale_categories
    assert "cs.AI" in merged.stale_categories, "nobody knows what it holds today"
    assert list(merged.fresh) == ["2602.00002"]
    assert "hep-th" not in merged.stale_categories


def test_a_category_alone_can_be_stale_in_a_fresh_listing() -> None:
    merged = merge_listings([listing("cs", paper(1), paper(2, section="cs.AI"))], known(paper(1)))
    assert merged.stale_categories == {"cs.LG"}


def test_a_category_in_another_fresh_listing_is_not_stale() -> None:
    """cs.IT stands in the listings of cs and, as math.IT, of math."""
    merged = merge_listings(
        [listing("math", paper(1, section="math.CO")), listing("cs", paper(2))], known(paper(1, section="math.CO"))
    )
    assert "math.AG" in merged.stale_categories
    assert "cs.IT" not in merged.stale_categories


def test_new_versions_and_cross_lists_of_known_papers_are_fresh() -> None:
    entries = [paper(1, version=2, kind="replace"), paper(1, section="stat.ML", kind="cross")]
    assert merge_listings([listing("cs", *entries)], known(paper(1))).fresh == {"2602.00001": entries}


def test_an_empty_listing_is_complete_and_not_stale() -> None:
    merged = merge_listings([listing("econ")], NOTHING)
    assert (merged.complete_categories >= {"econ.EM"}, merged.stale_categories) == (True, set())


def test_categories_of_a_torn_listing_are_not_complete() -> None:
    merged = merge_listings([listing("cs", paper(1), complete=False, torn=True, error="cut off")], NOTHING)
    assert (merged.complete_categories, merged.problem, list(merged.fresh)) == (set(), "cut off", ["2602.00001"])


def test_unread_papers_are_to_be_fetched_unless_known() -> None:
    unread = (ArxivId("2602.00001", 1), ArxivId("2602.00002", 1), ArxivId("2602.00003", 2))
    merged = merge_listings([listing("cs", unread=unread)], known(paper(1), paper(3)))
    assert set(merged.unread) == {"2602.00002", "2602.00003"}
    assert merged.unread["2602.00002"].listing == "cs"


def test_a_paper_that_another_listing_could_read_is_read() -> None:
    merged = merge_listings(
        [listing("cs", unread=(ArxivId("2602.00002", 1),)), listing("stat", paper(2, section="stat.ML"))], NOTHING
    )
    assert (merged.unread, list(merged.fresh)) == ({}, ["2602.00002"])


def test_half_of_an_archive_is_named_by_its_archive() -> None:
    merged = merge_listings([listing("cs.AI+cs.AR+cs.CC", unread=(ArxivId("2602.00002", 1),))], NOTHING)
    assert merged.unread["2602.00002"].listing == "cs"


def test_entries_without_id_are_rejected_unless_torn() -> None:
    nameless, named = Malformed("entry 1", "no valid arXiv id", ""), Malformed("entry 2", "no title", "2602.00002v1 ")
    whole = merge_listings([listing("cs", nameless, named, unread=(ArxivId("2602.00002", 1),))], NOTHING)
    assert whole.malformed == [nameless]
    assert merge_listings([listing("cs", nameless, complete=False, torn=True)], NOTHING).malformed == []
    assert (parse_entry_id(named), parse_entry_id(nameless)) == ("2602.00002", "")


def breaking(problem: SourceUnavailable) -> Iterator[Listing]:
    yield listing("cs", paper(1))
    raise problem


def test_what_came_before_the_listings_broke_off_is_kept() -> None:
    merged: MergedListings = merge_listings(breaking(SourceUnavailable("The line is dead.")), NOTHING)
    assert (list(merged.fresh), merged.problem) == (["2602.00001"], "The line is dead.")


def test_a_refusal_stops_everything() -> None:
    with pytest.raises(Forbidden):
        merge_listings(breaking(Forbidden("403")), NOTHING)


def test_reading_listings_shows_that_it_is_alive() -> None:
    progress: list[int] = []
    merge_listings([listing("cs", paper(1)), listing("math")], NOTHING, lambda done, _total: progress.append(done))
    assert progress == [1, 1]
