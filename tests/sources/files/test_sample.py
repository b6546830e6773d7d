"""The sample is real where it says so, varied enough for different letters, and the same whenever it is asked."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from digest.domain import FetchedPaper, Malformed, Observation, Source
from digest.sources.arxiv import ids as arxiv_ids
from digest.sources.files.sample import SAMPLE_FILE, SampleSource

DAY = date(2026, 2, 3)


@pytest.fixture(scope="module")
def papers() -> list[FetchedPaper]:
    source: Source = SampleSource()
    return [entry for entry in source.entries(DAY) if isinstance(entry, FetchedPaper)]


def test_no_line_of_it_is_rejected() -> None:
    assert [entry for entry in SampleSource().entries(DAY) if isinstance(entry, Malformed)] == []


def test_one_category_with_two_names_counts_once(papers: list[FetchedPaper]) -> None:
    polar_codes = next(paper for paper in papers if paper.arxiv_id == "0807.3917")
    assert polar_codes.categories == ("cs.IT",)


def test_about_forty_papers_of_many_fields_are_there(papers: list[FetchedPaper]) -> None:
    primaries = {paper.categories[0] for paper in papers}
    assert 40 <= len(papers) <= 50
    assert len(primaries) >= 12
    for field in ("cs.", "hep-", "astro-ph", "math.", "quant-ph", "stat.", "q-bio.", "q-fin.", "econ.", "eess."):
        assert any(code.startswith(field) for code in primaries), field


def test_every_id_is_valid_and_stands_once(papers: list[FetchedPaper]) -> None:
    ids = [paper.arxiv_id for paper in papers]
    assert len(set(ids)) == len(ids)
    for identifier in ids:
        parsed = arxiv_ids.parse_id(identifier)
        assert parsed is not None
        assert str(parsed) == identifier


def test_abstracts_have_the_length_of_real_ones(papers: list[FetchedPaper]) -> None:
    lengths = {paper.arxiv_id: len(paper.abstract.split()) for paper in papers}
    assert {identifier: words for identifier, words in lengths.items() if not 80 <= words <= 150} == {}


def test_a_third_of_the_abstracts_has_tex_with_closed_formulas(papers: list[FetchedPaper]) -> None:
    assert sum("$" in paper.abstract for paper in papers) >= len(papers) / 3
    assert sum("\\" in paper.abstract for paper in papers) >= 12
    assert [paper.arxiv_id for paper in papers if paper.abstract.count("$") % 2] == []
    assert [paper.arxiv_id for paper in papers if paper.abstract.count("{") != paper.abstract.count("}")] == []


def test_texts_hold_no_line_breaks_or_control_characters(papers: list[FetchedPaper]) -> None:
    for paper in papers:
        for text in (paper.title, paper.abstract, *paper.authors, *paper.categories):
            assert text.isprintable()
            assert text == text.strip() != ""


def test_every_paper_is_announced_on_the_day_asked_for(papers: list[FetchedPaper]) -> None:
    assert {paper.day for paper in papers} == {DAY}
    attention = next(paper for paper in papers if paper.arxiv_id == "1706.03762")
    assert attention.published == datetime(2017, 6, 12, tzinfo=UTC)
    assert attention.authors[0] == "Ashish Vaswani"
    assert attention.section == "cs.CL"
    assert attention.where == "line 1"
    assert {paper.kind for paper in papers} == {"new"}


def test_the_date_of_a_paper_fits_its_id(papers: list[FetchedPaper]) -> None:
    """An id begins with the year and month in which arXiv took the paper in: at times a few days after it was sent."""
    for paper in papers:
        assert paper.published is not None
        month = re.search(r"(\d{4})(?:\.|\d{3}$)", paper.arxiv_id)
        assert month is not None
        days = (paper.published, paper.published + timedelta(days=4))
        assert month[1] in {f"{day:%y%m}" for day in days}, paper.arxiv_id


def test_half_of_the_papers_have_signals_of_different_size(papers: list[FetchedPaper]) -> None:
    seen = [paper for paper in papers if paper.observations]
    upvotes = [item.value for paper in seen for item in paper.observations if item.kind == "upvotes"]
    assert len(papers) / 3 <= len(seen) <= 2 * len(papers) / 3
    assert min(upvotes) < 20
    assert max(upvotes) > 500


def test_a_second_run_of_the_day_brings_the_same_signals(papers: list[FetchedPaper]) -> None:
    observations = [item for paper in papers for item in paper.observations]
    assert {item.at for item in observations} == {datetime(2026, 2, 3, 4, tzinfo=UTC)}
    assert all(isinstance(item, Observation) for item in observations)
    assert list(SampleSource().entries(DAY)) == papers


def test_code_links_lead_to_repositories(papers: list[FetchedPaper]) -> None:
    links = [urlsplit(paper.code_url) for paper in papers if paper.code_url]
    assert len(links) >= 5
    assert {(link.scheme, link.hostname) for link in links} == {("https", "github.com")}
    assert all(len(link.path.split("/")) == 3 for link in links)


def test_the_cast_finds_something_in_it(papers: list[FetchedPaper]) -> None:
    """Chidi's phrase, Dana's person and Bao's field: the demo's readers shall get different letters."""
    assert sum("diffusion model" in paper.abstract.lower() for paper in papers) >= 3
    assert sum(any("Hinton" in name for name in paper.authors) for paper in papers) >= 2
    assert sum("hep-th" in paper.categories for paper in papers) >= 2


def test_every_line_of_the_file_is_one_object_with_known_names() -> None:
    known = {"id", "title", "authors", "categories", "published", "abstract"}
    known |= {"code_url", "doi", "journal_ref", "signals"}
    for line in SAMPLE_FILE.read_text(encoding="utf-8").splitlines():
        assert set(json.loads(line)) <= known
