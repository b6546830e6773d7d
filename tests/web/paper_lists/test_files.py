"""Lists as files to keep: each can be read again by what reads such files."""

from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import Entry, FetchedPaper
from digest.sources.files import jsonl as json_lines_source
from digest.sources.files import markdown as daily_digest
from digest.sources.files.lines import read_lines
from digest.web.paper_lists.bibtex_format import write_bibtex_list
from digest.web.paper_lists.json_lines_format import write_json_lines_list
from digest.web.paper_lists.markdown_format import write_markdown_list
from digest.web.paper_lists.paper_list import PaperList
from digest.web.paper_lists.registry import FEEDS, FILES, FORMATS
from digest.web.paper_lists.ris_format import write_ris_list
from tests.web.paper_lists.lists import ATTENTION, HOSTILE, make_list


def read_markdown(papers: PaperList) -> list[Entry]:
    return list(daily_digest.read_markdown(read_lines(_raw(write_markdown_list(papers))), ATTENTION.day))


def read_json_lines(papers: PaperList) -> list[Entry]:
    return list(json_lines_source.read_jsonl(read_lines(_raw(write_json_lines_list(papers))), ATTENTION.day))


def _raw(pieces: Iterable[str]) -> BytesIO:
    return BytesIO("".join(pieces).encode())


@pytest.mark.parametrize("read", [read_markdown, read_json_lines])
def test_a_list_can_be_imported_again_in_its_order(read: object) -> None:
    assert callable(read)
    first, second = read(make_list())
    assert isinstance(first, FetchedPaper)
    assert isinstance(second, FetchedPaper)
    assert (first.arxiv_id, second.arxiv_id) == ("2601.15380", "hep-th/9901001")
    assert first.title == ATTENTION.title
    assert first.abstract == ATTENTION.abstract
    assert first.categories[0] == "cs.LG"


def test_the_markdown_begins_with_what_the_list_is() -> None:
    text = "".join(write_markdown_list(make_list()))
    assert text.startswith("# [On attention](https://post.example/topics/attention/?order=new&from=2026-01-01)\n\nNew ")


def test_reference_managers_find_every_paper() -> None:
    papers = make_list()
    assert [entry.key for entry in parse_string("".join(write_bibtex_list(papers))).entries] == [
        "arXiv:2601.15380",
        "arXiv:hep-th/9901001",
    ]
    assert len(rispy.loads("".join(write_ris_list(papers)))) == 2


@given(st.text(min_size=1, max_size=60) | st.just(HOSTILE))
def test_no_title_of_a_list_or_a_paper_makes_another_paper(title: str) -> None:
    papers = make_list([replace(ATTENTION, title=title), ATTENTION], title)
    for write in (write_markdown_list, write_bibtex_list, write_ris_list):
        assert "".join(write(papers)).encode()
    assert len(read_markdown(papers)) == 2


def test_every_format_has_a_name_of_its_own() -> None:
    assert len({each.name for each in FORMATS}) == len({each.media_type for each in FORMATS}) == len(FORMATS)
    assert all(each.is_feed for each in FEEDS)
    assert not any(each.is_feed for each in FILES)
