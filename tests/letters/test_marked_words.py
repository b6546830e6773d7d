"""Words that a reader's filters and authors matched are marked in the HTML of a card, and nothing else is touched."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.domain import Reason
from digest.letters.marked_words import MARK_BEGINS, MARK_ENDS, MAX_MARKS, list_needles, mark_words
from tests.letters.sample_letters import edition, letter, order, paper, summary, tree

REGION = "x00regionx"
BEGINS, ENDS = MARK_BEGINS.decode(), MARK_ENDS.decode()
KINDS = st.sampled_from(["keyword", "keyword_in_title", "author", "perhaps_author"])
HOSTILE = ["<b>", "strong", '"></a>', "&amp;", "amp", "style", "href", REGION, "*", "a*", "\\foo", "foo", '"']
TEXTS = st.lists(st.sampled_from(["a ", "b", " &amp; ", "&lt;", "foo", "\\foo", "é", "日", "\n"])).map("".join)


def marked(html: str, *reasons: Reason) -> list[str]:
    return re.findall(f"{BEGINS}(.*?){ENDS}", mark_words(html, REGION, list_needles(reasons)), re.DOTALL)


def card(title: str, authors: str = "", summary: str = "") -> str:
    return f"<h2>{REGION}{title}{REGION}</h2><p>{REGION}{authors}{REGION}<br>cs.LG</p><p>{REGION}{summary}{REGION}</p>"


@pytest.mark.parametrize(
    ("filter_text", "expected"),
    [
        ("graph", ["Graphs", "graph"]),
        ('"neural network"', ["neural networks", "Neural-network"]),
        ("neural-network", ["neural networks", "Neural-network"]),
        ("neural graph", ["Graphs", "neural", "Neural", "graph"]),
        ("robot*", ["Robotics", "robotic"]),
        ('"deep neur*"', ["deep neural"]),
        ("title:neural", ["neural"]),
        ("abs:neural", ["Neural"]),
        ("erdos", ["Erdős"]),
        ("author:erdos", ["Erdős"]),
        ("β-VAE", ["β-VAE"]),
        ("h2o", ["H₂O"]),
        ("c++", ["C++"]),
        ("robot", []),
        ("graph -neural", ["Graphs", "graph"]),
        ("(graph OR vae) cat:cs.LG", ["Graphs", "VAE", "graph"]),
        ("comment:graph", []),
        ("cat:cs.LG", []),
        ("strong", []),
        ("amp", []),
        ("unknowncommand", []),
        ("(graph", []),
    ],
)
def test_words_are_found_as_filters_find_them(filter_text: str, expected: list[str]) -> None:
    html = card(
        "Graphs of deep neural networks: Robotics &amp; β-VAE",
        "Paul Erdős, Grace Hopper",
        "Neural-network graph in a robotic H₂O, C++ and \\unknowncommand.",
    )
    assert marked(html, Reason("keyword", filter_text)) == expected


def test_no_phrase_goes_from_one_text_to_the_next() -> None:
    assert marked(card("On graph", "Networks Ltd", "graph"), Reason("keyword", '"graph networks"')) == []


def test_authors_are_marked_by_name() -> None:
    html = card("Adams and others", "Ann Adams, Bob Adam", "adams")
    assert marked(html, Reason("author", "Ann Adams")) == ["Ann Adams"]
    assert marked(html, Reason("perhaps_author", "Bob Adam; Robert Adam")) == ["Bob Adam"]


def test_what_overlaps_is_marked_once_and_little_is_marked() -> None:
    html = card("deep neural networks", "", "graph " * 20)
    reasons = (Reason("keyword", '"deep neural"'), Reason("keyword_in_title", '"neural networks"'))
    assert marked(html, *reasons) == ["deep neural"]
    assert marked(html, Reason("keyword", "graph")) == ["graph"] * MAX_MARKS


def test_other_reasons_mark_nothing() -> None:
    html = card("cs.LG graph something new", "", "")
    for kind in ("category", "related", "like", "trending", "explore"):
        assert marked(html, Reason(kind, "graph")) == []


@given(
    st.lists(st.builds(Reason, KINDS, st.sampled_from(HOSTILE) | st.text("ab &<>\"'*\\;日", min_size=1)), max_size=4),
    st.lists(TEXTS, min_size=3, max_size=3),
)
def test_nothing_but_the_marks_is_added(reasons: list[Reason], texts: list[str]) -> None:
    html = card(*texts)
    found = mark_words(html, REGION, list_needles(reasons))
    assert found.replace(BEGINS, "").replace(ENDS, "") == html.replace(REGION, "")
    outside = re.split(REGION, html)[::2]
    assert re.sub(r"(?s)<strong>.*?</strong>", "", found).count("<h2>") == 1
    assert found.startswith(outside[0])
    assert found.endswith(outside[-1])


def test_letters_mark_what_matched_in_html_alone() -> None:
    papers = [paper(0, title="Diffusion models <i>for</i> $\\ell_2$ weather")]
    contents = edition(papers, {(0, "en"): summary(tldr="We study a diffusion model, and diffuse it.")})
    reasons = (Reason("keyword_in_title", '"diffusion model"', 60), Reason("author", "Grace Hopper", 40))
    sent = letter(order(0, reasons=reasons), contents)
    assert [mark.text for mark in tree(sent.html).iter("strong")] == [
        "Diffusion models",
        "Grace Hopper",
        "diffusion model",
    ]
    assert "<strong" not in sent.text
    assert "1. Diffusion models <i>for</i> ℓ₂ weather" in sent.text
    assert "strong" not in letter(order(0), contents).html
