"""arXiv's Atom, whole, broken and hostile."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import FetchedPaper, Malformed
from digest.sources.arxiv.atom import AtomFeed, parse_feed

DAY = date(2026, 1, 23)

HEAD = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns="http://www.w3.org/2005/Atom">
<title>arXiv Query</title><opensearch:totalResults>214</opensearch:totalResults>"""

ENTRY = """<entry><id>http://arxiv.org/abs/2601.15380v2</id><title>A &lt;think&gt; title\n  on two lines</title>
<updated>2026-01-22T10:00:00Z</updated><published>2026-01-21T18:30:00Z</published>
<summary>  We ask why $a &lt; b$.\n</summary><category term="stat.ML"/><category term="68T05"/><category term="cs.LG"/>
<arxiv:comment>12 pages</arxiv:comment><arxiv:primary_category term="cs.LG"/><arxiv:doi>10.1000/1</arxiv:doi>
<author><name>Ada Önal</name><arxiv:affiliation>Somewhere</arxiv:affiliation></author><author><name>Bao</name></author>
</entry>"""

LISTED = """<entry><id>oai:arXiv.org:2508.13426v1</id><title>Listed</title>
<published>2025-08-20T00:00:00-04:00</published>
<summary>arXiv:2508.13426v1 Announce Type: cross \nAbstract: We list.</summary><category term="cs.CL"/>
<arxiv:announce_type>cross</arxiv:announce_type><dc:creator>Chu Lin, Kab Man</dc:creator></entry>"""

ERROR = """<entry><id>https://arxiv.org/api/errors#incorrect_id</id><title>Error</title>
<summary>incorrect id format for abc</summary></entry>"""


def feed(*entries: str, end: str = "</feed>", day: date | None = DAY) -> AtomFeed:
    return parse_feed((HEAD + "".join(entries) + end).encode(), day)


def only(found: AtomFeed) -> FetchedPaper:
    (entry,) = found.entries
    assert isinstance(entry, FetchedPaper), entry
    return entry


def test_an_entry_is_read_with_everything_it_says() -> None:
    found = feed(ENTRY)
    assert (found.total_results, found.error, found.complete) == (214, "", True)
    paper = only(found)
    assert (paper.arxiv_id, paper.version, paper.where, paper.day) == ("2601.15380", 2, "entry 1", DAY)
    assert (paper.title, paper.abstract) == ("A <think> title on two lines", "We ask why $a < b$.")
    assert (paper.authors, paper.categories) == (("Ada Önal", "Bao"), ("cs.LG", "stat.ML"))
    assert paper.published == datetime(2026, 1, 21, 18, 30, tzinfo=UTC)
    assert (paper.comment, paper.doi, paper.kind) == ("12 pages", "10.1000/1", "new")


@pytest.mark.parametrize(
    ("text", "total"),
    [
        (" 7 ", 7),
        ("9" * 9, 999_999_999),
        ("9" * 10, 0),
        ("", 0),
        ("many", 0),
        ("-1", 0),
        ("1.5", 0),
        ("²", 0),
        ("४", 0),
    ],
)
def test_a_total_is_a_number_of_at_most_nine_digits(text: str, total: int) -> None:
    assert parse_feed((HEAD.replace("214", text) + "</feed>").encode(), DAY).total_results == total


def test_without_a_day_the_day_of_publication_counts() -> None:
    assert only(feed(ENTRY, day=None)).day == date(2026, 1, 21)


def test_a_daily_listing_says_how_a_paper_is_announced() -> None:
    paper = only(feed(LISTED))
    assert (paper.kind, paper.abstract, paper.authors) == ("cross", "We list.", ("Chu Lin", "Kab Man"))
    assert paper.published is None


def test_an_error_entry_is_the_feeds_error_and_no_paper() -> None:
    found = feed(ERROR)
    assert (found.entries, found.error) == ((), "incorrect id format for abc")


def test_a_bad_entry_is_reported_and_the_rest_read() -> None:
    found = feed(ENTRY, ENTRY.replace("2601.15380v2", "nothing"), ENTRY)
    assert [type(entry) for entry in found.entries] == [FetchedPaper, Malformed, FetchedPaper]
    assert found.complete


def test_a_feed_that_is_cut_off_gives_what_it_has_and_says_so() -> None:
    found = feed(ENTRY, ENTRY[:300], end="")
    assert [type(entry) for entry in found.entries] == [FetchedPaper, Malformed]
    assert [entry.where for entry in found.entries] == ["entry 1", "entry 2"]
    assert not found.complete


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Rate exceeded.</body></html>", b"Rate exceeded.", b"\xff\xfe\x00", b"{}"]
)
def test_what_is_no_feed_is_not_complete(body: bytes) -> None:
    found = parse_feed(body, DAY)
    assert not found.complete
    assert [type(entry) for entry in found.entries] == [Malformed]


def test_a_document_type_is_refused_before_its_entities_grow() -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    body = f'<!DOCTYPE feed [<!ENTITY l0 "lol">{lol}]><feed xmlns="http://www.w3.org/2005/Atom">&l8;</feed>'
    for encoded in (body.encode(), body.encode("utf-16")):
        found = parse_feed(encoded, DAY)
        assert not found.complete
        (entry,) = found.entries
        assert isinstance(entry, Malformed)
        assert "document type" in entry.reason


def test_an_unknown_encoding_is_reported() -> None:
    assert not parse_feed(b"<?xml version='1.0' encoding='klingon'?><feed/>", DAY).complete


@given(st.binary())
def test_any_bytes_are_a_feed_or_not(body: bytes) -> None:
    assert isinstance(parse_feed(body, DAY), AtomFeed)


@given(st.integers(min_value=0, max_value=3000), st.binary(max_size=4))
def test_a_damaged_feed_never_raises(place: int, damage: bytes) -> None:
    body = (HEAD + ENTRY + LISTED + "</feed>").encode()
    found = parse_feed(body[:place] + damage + body[place + len(damage) :], DAY)
    assert all(isinstance(entry, FetchedPaper | Malformed) for entry in found.entries)


@pytest.mark.data
def test_every_recorded_answer_is_read(shared_data: Path) -> None:
    feeds = [
        parse_feed(file.read_bytes(), DAY) for file in sorted((shared_data / "captures/arxiv_api/body").glob("*.xml"))
    ]
    entries = [entry for found in feeds for entry in found.entries]
    assert len(entries) == 226
    assert all(found.complete for found in feeds)
    assert all(isinstance(entry, FetchedPaper) for entry in entries)
    assert [found.error for found in feeds if found.error] == ["incorrect id format for abc"]
