"""Everything that was ever recorded of arXiv, and the corpus rewritten in arXiv's formats, is read without loss."""

import json
import lzma
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from itertools import chain, islice
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import Entry, FetchedPaper, Malformed
from digest.sources.arxiv import atom
from digest.sources.arxiv.listing import MAX_LISTING_ENTRIES, parse_listing
from digest.sources.arxiv.oai_records import iterate_announcements, parse_page
from digest.sources.files import jsonl
from digest.sources.files.lines import NumberedLine
from tests.sources.listings import item, oai, record, rss

pytestmark = pytest.mark.data

DAY = date(2026, 2, 3)
NOON = datetime.combine(date(2026, 2, 2), time(12), UTC)


@dataclass(frozen=True)
class Read:
    """The outcome of parsing a body, whatever its format."""

    entries: tuple[Entry, ...]
    whole: bool


def _listing(body: bytes) -> Read:
    found = parse_listing(body, "cs", DAY)
    return Read(found.entries, found.complete)


def _feed(body: bytes) -> Read:
    found = atom.parse_feed(body, DAY)
    return Read(tuple(each for each in found.entries if found.complete or each != found.entries[-1]), found.complete)


def _page(body: bytes) -> Read:
    found = parse_page(body)
    announced = (iterate_announcements(each, "", date.min, date.max, ()) for each in found.records)
    return Read(tuple(chain.from_iterable(announced)), not found.breakage)


READERS: dict[str, Callable[[bytes], Read]] = {"arxiv_rss": _listing, "arxiv_api/body": _feed, "arxiv_oai": _page}


@cache
def _captures(folder: Path, kind: str) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted((folder / "captures" / kind).glob("*.xml"))]


def _ids(entries: Sequence[Entry]) -> list[str]:
    return [entry.arxiv_id for entry in entries if isinstance(entry, FetchedPaper)]


def test_every_recorded_listing_is_read_to_its_last_paper(shared_data: Path) -> None:
    captures = _captures(shared_data, "arxiv_rss")
    assert len(captures) == 5
    for name, body in captures:
        found = parse_listing(body, name.split("_")[1])
        assert (found.complete, found.error, found.unread) == (True, "", ()), name
        assert len(found.entries) == len(re.findall(rb"<(?:item|entry)>", body)), name
        assert all(isinstance(entry, FetchedPaper) for entry in found.entries), name
        assert found.built is not None, name
        assert found.built.isoformat() in name, name


def test_what_the_recorded_listings_say_is_what_was_recorded(shared_data: Path) -> None:
    atom = next(body for name, body in _captures(shared_data, "arxiv_rss") if name.startswith("atom"))
    found = parse_listing(atom, "cs.AI")
    papers = [entry for entry in found.entries if isinstance(entry, FetchedPaper)]
    assert [paper.kind for paper in papers] == ["cross"] * 5 + ["new"] * 2
    assert {paper.section for paper in papers} == {"cs.AI"}
    assert {paper.version for paper in papers} == {1}
    assert papers[2].authors == ("Paulo André Lima de Castro",)
    assert not any("Announce Type" in paper.abstract or paper.published for paper in papers)


def test_every_recorded_page_is_read_to_its_last_record(shared_data: Path) -> None:
    kinds: dict[str, list[str]] = {"papers": [], "reported": [], "no answer of the protocol": []}
    for name, body in _captures(shared_data, "arxiv_oai"):
        page, found = parse_page(body), _page(body)
        own = len(re.findall(rb"<record>", body))
        if page.breakage:
            kinds["no answer of the protocol"].append(name)
            continue
        assert len(page.records) == own, name
        ours = b"<arXiv " in body
        assert all(isinstance(entry, FetchedPaper if ours else Malformed) for entry in found.entries), name
        assert len(set(_ids(found.entries))) == (own if ours else 0), name
        kinds["papers" if ours else "reported"].append(name)
    assert {kind: len(names) for kind, names in kinds.items()} == {
        "papers": 15,
        "reported": 4,  # oai_dc, and MARC of another archive
        "no answer of the protocol": 5,  # bare records, and an article
    }


def test_recorded_collaborations_are_authors_and_colons_are_not(shared_data: Path) -> None:
    pages = [_page(body) for _name, body in _captures(shared_data, "arxiv_oai")]
    authors = {
        name for page in pages for entry in page.entries if isinstance(entry, FetchedPaper) for name in entry.authors
    }
    assert {"Planck Collaboration", "Super-Kamiokande Collaboration", "P. de Perio", "Günter Burigana"} <= authors
    assert ":" not in authors


@given(st.sampled_from(sorted(READERS)), st.data())
def test_a_recorded_body_cut_anywhere_says_that_it_is_not_whole(
    shared_data: Path, kind: str, data: st.DataObject
) -> None:
    name, body = data.draw(st.sampled_from(_captures(shared_data, kind)))
    read = READERS[kind]
    whole = read(body)
    part = read(body[: data.draw(st.integers(0, len(body) - 1))])
    assert part.entries == whole.entries[: len(part.entries)], name
    assert part == whole or not part.whole, name


# --- the corpus, rewritten in arXiv's formats ---


Row = dict[str, Any]


def _rows(folder: Path) -> Iterator[Row]:
    for month in ("02", "03"):
        with lzma.open(folder / f"papers/papers_dev_2026-{month}.jsonl.xz", "rt", encoding="utf-8") as stream:
            yield from map(json.loads, stream)


def _papers(rows: Iterable[Row]) -> Iterator[FetchedPaper]:
    for row in rows:
        for entry in jsonl.read_jsonl([NumberedLine(1, json.dumps(row))], date.fromisoformat(row["announced"])):
            assert isinstance(entry, FetchedPaper), entry
            yield entry


def _item(paper: FetchedPaper) -> str:
    return item(
        f"{paper.arxiv_id}v1",
        title=paper.title,
        abstract=paper.abstract,
        authors=", ".join(paper.authors),
        categories=paper.categories,
    )


def _record(paper: FetchedPaper) -> str:
    oai_record = record(paper.arxiv_id, NOON, title=paper.title, categories=" ".join(paper.categories))
    return oai_record.replace("We show that\nletters arrive.", escape(paper.abstract)).replace(
        "Ada Lovelace (London) and Bao Li", escape(", ".join(paper.authors))
    )


def _comparable_fields(paper: Entry) -> tuple[object, ...]:
    assert isinstance(paper, FetchedPaper), paper
    return paper.arxiv_id, paper.title, paper.abstract, paper.categories, _plain(paper.authors)


def _plain(authors: Sequence[str]) -> list[str]:
    """Some names of the corpus hold what parts names (`and Mengfei Ran`, `:`) or braces of TeX."""
    return re.sub(r"\band\b|[,:;()]", " ", re.sub("[{}]", "", " ".join(authors))).split()


def test_the_corpus_survives_listings_and_records_unchanged(shared_data: Path, many: int) -> None:
    """A part of February, to be fast; all 38,042 came back as well."""
    papers = _papers(islice(_rows(shared_data), 0, 18 * many, 6))
    seen = 0
    while chunk := list(islice(papers, MAX_LISTING_ENTRIES - 1)):
        wanted = [_comparable_fields(paper) for paper in chunk]
        assert [
            _comparable_fields(entry) for entry in _listing(rss(list(map(_item, chunk))).encode()).entries
        ] == wanted
        assert [_comparable_fields(entry) for entry in _page(oai(list(map(_record, chunk))).encode()).entries] == wanted
        seen += len(chunk)
    assert seen == 3 * many


HAZARDS: dict[str, Callable[[Row], bool]] = {
    "a title with ]": lambda row: "]" in row["title"],
    "a title with &": lambda row: "&" in row["title"],
    "mathematics in a title": lambda row: "$" in row["title"],
    "a short title": lambda row: len(row["title"]) < 8,
    "a hundred authors": lambda row: len(row["authors"]) > 100,
    "a collaboration or a colon": lambda row: any("ollab" in name or name == ":" for name in row["authors"]),
    "a name of TeX": lambda row: any(set(name) & set("{}\\~") for name in row["authors"]),
    "many categories": lambda row: len(row["categories"]) > 6,
    "an abstract with an arXiv id": lambda row: "arXiv:" in row["abstract"],
}


def test_no_hazard_of_the_corpus_loses_a_paper(shared_data: Path) -> None:
    risky: dict[str, list[Row]] = {name: [] for name in HAZARDS}
    for row in _rows(shared_data):
        for name, is_one in HAZARDS.items():
            if len(risky[name]) < 100 and is_one(row):
                risky[name].append(row)
    for name, rows in risky.items():
        papers = list(_papers(rows))
        found = _listing(rss(list(map(_item, papers))).encode()).entries
        assert papers, name
        assert [_comparable_fields(entry) for entry in found] == [_comparable_fields(paper) for paper in papers], name
