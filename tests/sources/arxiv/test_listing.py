"""arXiv's listing of a day: RSS and Atom, whole, empty, too long, broken and hostile."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import FetchedPaper, Malformed
from digest.sources.arxiv.listing import MAX_LISTING_ENTRIES, Listing, parse_listing
from tests.sources.listings import atom, atom_entry, complaint, item, rss

TUESDAY = date(2026, 2, 3)


def _rss(*items: str, category: str = "cs", day: date | None = None) -> Listing:
    return parse_listing(rss(items).encode(), category, day)


def _paper(found: Listing) -> FetchedPaper:
    (entry,) = found.entries
    assert isinstance(entry, FetchedPaper), entry
    return entry


def test_a_listing_is_read_with_everything_it_says() -> None:
    found = _rss(item())
    assert (found.category, found.built, found.complete, found.error) == ("cs", TUESDAY, True, "")
    assert _paper(found) == FetchedPaper(
        arxiv_id="2602.00007",
        version=1,
        title="On letters",
        abstract="We show that letters arrive.",
        authors=("Ada Lovelace", "Bao Li"),
        categories=("cs.LG", "stat.ML"),
        section="cs.LG",
        kind="new",
        day=TUESDAY,
        where="entry 1",
        doi="10.1000/182",
        journal_ref="J. Lett. 1",
    )


def test_rss_and_atom_give_the_same_listing() -> None:
    assert parse_listing(atom([atom_entry()]).encode(), "cs") == _rss(item())


def test_the_callers_day_counts_more_than_the_feeds_own() -> None:
    found = _rss(item(), day=date(2026, 2, 4))
    assert (found.built, _paper(found).day) == (TUESDAY, date(2026, 2, 4))


def test_the_feed_is_dated_where_arxiv_is() -> None:
    assert parse_listing(atom(updated="2026-02-03T04:59:59+00:00").encode(), "cs").built == date(2026, 2, 2)
    assert parse_listing(rss(built="no date").encode(), "cs").built is None
    assert parse_listing(rss(built="Fri, 31 Dec 9999 23:59:59 -1200").encode(), "cs").built is None


def test_a_weekends_feed_is_empty_and_whole() -> None:
    assert _rss() == Listing("cs", TUESDAY, ())


@pytest.mark.parametrize("kind", ["new", "cross", "replace", "replace-cross"])
def test_the_kind_of_announcement_is_kept(kind: str) -> None:
    categories = ("stat.ML", "cs.LG") if "cross" in kind else ("cs.LG", "stat.ML")
    paper = _paper(_rss(item("2602.00007v2", kind=kind, categories=categories)))
    assert (paper.kind, paper.version, paper.section) == (kind, 2, "cs.LG")


@pytest.mark.parametrize(
    ("asked", "categories", "kind", "expected"),
    [
        ("cs.LG", ("stat.ML", "cs.LG"), "cross", ("cs.LG", "cross")),
        ("cs", ("stat.ML", "math.OC", "cs.AI", "cs.LG"), "cross", ("cs.AI", "cross")),
        ("cs+math", ("stat.ML", "math.OC", "cs.AI"), "cross", ("math.OC", "cross")),
        ("cs+math", ("math.OC", "cs.AI"), "new", ("math.OC", "new")),
        ("CS.lg", ("stat.ML", "cs.LG"), "cross", ("cs.LG", "cross")),
        ("hep-th", ("hep-th",), "replace", ("hep-th", "replace")),
        # math.IT is cs.IT by another name: what is new there is no cross-list.
        ("math", ("cs.IT", "math.IT"), "cross", ("cs.IT", "new")),
        ("math", ("cs.IT", "math.IT"), "replace-cross", ("cs.IT", "replace")),
        ("xx.YY", ("cs.LG",), "new", ("", "new")),
    ],
)
def test_a_paper_stands_in_the_listing_that_was_asked_for(
    asked: str, categories: tuple[str, ...], kind: str, expected: tuple[str, str]
) -> None:
    paper = _paper(_rss(item(kind=kind, categories=categories), category=asked))
    assert (paper.section, paper.kind) == expected


def test_categories_joined_with_a_plus_are_told_apart() -> None:
    assert _paper(_rss(item(categories=("cs.LG+stat.ML",)))).categories == ("cs.LG", "stat.ML")


@pytest.mark.parametrize(
    ("arxiv_id", "expected"),
    [
        ("0704.0001v3", ("0704.0001", 3)),
        ("2602.12345v1", ("2602.12345", 1)),
        ("hep-th/9901001v2", ("hep-th/9901001", 2)),
        ("math.CA/0611800v1", ("math/0611800", 1)),
        ("math/0611800", ("math/0611800", None)),
    ],
)
def test_old_and_new_ids_are_read_with_their_versions(arxiv_id: str, expected: tuple[str, int | None]) -> None:
    paper = _paper(_rss(item(arxiv_id)))
    assert (paper.arxiv_id, paper.version) == expected


@pytest.mark.parametrize("title", ["0", "[X] a ] title", "On <think> and </think>", "R&D", "$x<y$", "第一"])
def test_odd_titles_stay_as_they_are(title: str) -> None:
    assert _paper(_rss(item(title=title))).title == title


def test_tex_accents_are_replaced_and_collaborations_count() -> None:
    authors = r"ATLAS Collaboration: Andr\'e Li (CERN, Geneva), X. Ng (for the (big) team) and Suharto"
    assert _paper(_rss(item(authors=authors))).authors == ("ATLAS Collaboration", "André Li", "X. Ng", "Suharto")


def test_three_thousand_authors_are_read() -> None:
    assert len(_paper(_rss(item(authors=", ".join(f"A. Li{n}" for n in range(3303))))).authors) == 3303


def test_a_withdrawal_is_noticed_in_the_abstract() -> None:
    assert _paper(_rss(item(kind="replace", abstract="This paper has been withdrawn by the author."))).withdrawn


def test_the_same_paper_twice_is_two_entries() -> None:
    found = _rss(item(), item(kind="cross", categories=("cs.LG", "cs.AI")))
    assert len(found.entries) == 2
    assert found.complete


def test_an_unreadable_entry_is_named_and_costs_no_other() -> None:
    found = _rss(item("2602.00001v1"), item("2602.00002v3", title=" "), item("nonsense"), item("2602.00004v1"))
    assert [type(entry) for entry in found.entries] == [FetchedPaper, Malformed, Malformed, FetchedPaper]
    assert [str(each) for each in found.unread] == ["2602.00002v3"]
    assert found.complete


def test_an_unknown_kind_is_reported() -> None:
    (entry,) = _rss(item(kind="rumour")).entries
    assert isinstance(entry, Malformed)
    assert entry.reason == "unknown kind of announcement"


def test_the_description_replaces_missing_elements() -> None:
    bare = item().replace("<guid isPermaLink", "<gone isPermaLink").replace("</guid>", "</gone>")
    bare = bare.replace("arxiv:announce_type", "arxiv:gone")
    paper = _paper(_rss(bare))
    assert (paper.arxiv_id, paper.version, paper.kind) == ("2602.00007", 1, "new")


def test_the_guid_counts_more_than_the_description() -> None:
    other = item().replace("arXiv:2602.00007v1 Announce", "arXiv:2602.00099v9 Announce")
    assert _paper(_rss(other)).arxiv_id == "2602.00007"


def test_an_entry_without_any_id_is_reported() -> None:
    bare = item("nonsense").replace("arXiv:nonsense Announce Type: new", "")
    (entry,) = _rss(bare).entries
    assert isinstance(entry, Malformed)
    assert entry.reason == "no valid arXiv id"


def test_a_listing_of_two_thousand_is_taken_to_be_cut_off() -> None:
    items = [item(f"2602.{number:05}v1") for number in range(MAX_LISTING_ENTRIES)]
    full, almost = _rss(*items), _rss(*items[1:])
    assert (full.complete, full.truncated, full.torn, len(full.entries)) == (False, True, False, MAX_LISTING_ENTRIES)
    assert (almost.complete, almost.truncated) == (True, False)
    assert "2,000" in full.error


def test_what_arxiv_complains_of_is_the_error() -> None:
    found = parse_listing(complaint("Bad subject class 'XY'.").encode(), "cs.XY")
    assert (found.entries, found.complete, found.torn) == ((), False, False)
    assert found.error == "Bad subject class 'XY'."


def test_a_complaint_is_in_the_subtitle_of_atom_or_its_title() -> None:
    title = "<title>Feed error for query: cs.XY</title>"
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom">{title}<subtitle>Bad class.</subtitle></feed>'
    assert parse_listing(feed.encode(), "cs.XY").error == "Bad class."
    bare = f'<feed xmlns="http://www.w3.org/2005/Atom">{title}</feed>'
    assert parse_listing(bare.encode(), "cs.XY").error == "Feed error for query: cs.XY"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Rate exceeded.</body></html>",
        b"Rate exceeded.",
        b"\xff\xfe\x00",
        b"{}",
        b"<rss/>",
        b"<rss><channel/></rss>",
        b'<feed xmlns="http://www.w3.org/2005/Atom"/>',
        b'<!DOCTYPE rss [<!ENTITY a "aaaa">]><rss><channel><title>&a;</title></channel></rss>',
    ],
)
def test_what_is_no_listing_is_torn_and_says_so(body: bytes) -> None:
    found = parse_listing(body, "cs", TUESDAY)
    assert (found.entries, found.complete, found.torn) == ((), False, True)
    assert found.error


def test_papers_after_the_place_where_a_body_breaks_are_named() -> None:
    body = rss([item("2602.00001v1"), item("2602.00002v1"), item("hep-th/9901003v2"), item("2602.00004v1")])
    broken = body.replace("2602.00002v1 Announce", "\x00 Announce").encode()
    found = parse_listing(broken, "cs")
    assert [entry.where for entry in found.entries] == ["entry 1"]
    assert [str(each) for each in found.unread] == ["2602.00002v1", "hep-th/9901003v2", "2602.00004v1"]
    assert not found.complete
    cut_in_an_id = parse_listing(body.encode()[: body.rindex("2602.00004v1") + 9], "cs")
    assert "2602.0000" not in {each.id for each in cut_in_an_id.unread}


@given(st.data(), st.sampled_from(["rss", "atom"]))
def test_a_listing_cut_anywhere_gives_its_whole_entries(data: st.DataObject, form: str) -> None:
    body = (rss([item(), item("2602.00008v1")]) if form == "rss" else atom([atom_entry(), atom_entry()])).encode()
    whole = parse_listing(body, "cs")
    found = parse_listing(body[: data.draw(st.integers(0, len(body)))], "cs")
    assert found.entries == whole.entries[: len(found.entries)]
    assert found == whole or (not found.complete and found.error)


@given(st.binary())
def test_any_bytes_are_a_listing_or_not(body: bytes) -> None:
    assert not parse_listing(body, "cs", TUESDAY).complete
