"""Lists as Atom, as a reader of feeds understands them."""

from dataclasses import replace
from typing import Any

import feedparser
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from digest.web.paper_lists.atom_format import write_atom
from digest.web.paper_lists.paper_list import PaperList
from tests.web.paper_lists.lists import ATTENTION, HOSTILE, make_list


def read(papers: PaperList) -> Any:
    found = feedparser.parse("".join(write_atom(papers)).encode())
    assert not found.bozo, found.get("bozo_exception")
    assert found.version == "atom10"
    return found


def test_a_reader_of_feeds_finds_the_papers_in_their_order(settings: Settings) -> None:
    settings.SITE_URL = "https://post.example.org"
    found = read(make_list())
    assert found.feed.title == "On attention"
    assert found.feed.subtitle == "New papers on attention"
    assert found.feed.language == "en"
    assert found.feed.updated == "2026-01-23T00:00:00+00:00"
    links = {each.rel: each.href for each in found.feed.links}
    assert links == {
        "alternate": "https://post.example.org/topics/attention/?order=new&from=2026-01-01",
        "self": "https://post.example.org/topics/attention/atom/?order=new&from=2026-01-01",
    }
    first, second = found.entries
    assert first.id == first.link == "https://post.example.org/papers/2601.15380/"
    assert first.title == "Attention in O(n) & <more>"
    assert [author.name for author in first.authors] == ["Grace Hopper", "Erdős Pál"]
    assert [tag.term for tag in first.tags] == ["cs.LG", "stat.ML"]
    assert (first.published, first.updated) == ("2026-01-21T18:30:00+00:00", "2026-01-23T00:00:00+00:00")
    assert (second.updated, "published" in second) == ("2026-01-02T03:04:05+00:00", False)


def test_an_entry_says_the_tldr_who_wrote_it_and_how_the_abstract_begins() -> None:
    first, second = read(make_list()).entries
    assert "TL;DR</strong> It costs ℓ₂ less. <em>(From the abstract)</em>" in first.summary
    assert "We look at attention in a new way." in first.summary
    assert "https://arxiv.org/pdf/2601.15380" in first.summary
    assert "withdrawn by its authors" in second.summary
    assert "/pdf/" not in second.summary


def test_a_feed_in_chinese_says_so_in_its_own_address() -> None:
    with translation.override("zh-hans"):
        found = read(make_list())
    assert found.feed.language == "zh-Hans"
    assert found.feed.links[1].href.endswith("/topics/attention/atom/?order=new&from=2026-01-01&language=zh")


def test_an_empty_list_is_a_feed_that_does_not_change() -> None:
    assert read(make_list([])).entries == []
    assert "".join(write_atom(make_list([]))) == "".join(write_atom(make_list([])))


def test_nobody_s_words_break_the_feed() -> None:
    hostile = replace(ATTENTION, title=HOSTILE, abstract=HOSTILE, code_url=HOSTILE, authors=(HOSTILE, "\x00"))
    found = read(make_list([hostile], title=HOSTILE))
    assert "<script" not in found.entries[0].summary
    assert len(found.entries[0].authors) == 1


@given(st.text(max_size=80))
def test_any_title_is_readable_xml(title: str) -> None:
    hostile = replace(ATTENTION, title=title, abstract=title, authors=(title,), categories=(title,))
    assert len(read(make_list([hostile], title)).entries) == 1
