"""Votes and comments come from Hugging Face's list, whatever shape it has."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer

from digest.domain import Observation, SourceUnavailable
from digest.sources.http.client import Politeness, Refused
from digest.sources.huggingface import HUGGINGFACE_POLITENESS, DailyList, DailyPaper, HuggingFace, parse_daily_list
from digest.sources.number_parsing import MAX_SIGNAL_VALUE, parse_count

AT = datetime(2026, 2, 3, 7, tzinfo=UTC)
MONDAY, TUESDAY = date(2026, 2, 2), date(2026, 2, 3)
HASTY = Politeness(delay=0, initial_backoff=0, max_attempts=2, connect_timeout=1, read_timeout=1, deadline=5)


def listed(*entries: object) -> DailyList:
    return parse_daily_list(json.dumps(entries).encode(), AT)


def values(paper: DailyPaper) -> dict[str, int]:
    assert {each.at for each in paper.observations} <= {AT}
    return {each.kind: each.value for each in paper.observations}


def only(*entries: object) -> dict[str, int]:
    (paper,) = listed(*entries).papers
    return values(paper)


def entry(number: int = 1, **inside: object) -> dict[str, Any]:
    return {"paper": {"id": f"2602.{number:05}", **inside}}


def test_a_paper_has_its_signals_their_time_and_its_code() -> None:
    found = listed({**entry(upvotes=12, githubStars=300, githubRepo="https://github.com/ada/sort"), "numComments": 3})
    assert found == DailyList(
        (
            DailyPaper(
                "2602.00001",
                (Observation("upvotes", 12, AT), Observation("comments", 3, AT), Observation("stars", 300, AT)),
                "https://github.com/ada/sort",
            ),
        )
    )


def test_fields_may_belong_to_the_entry_or_to_the_paper() -> None:
    outside = {"id": "2602.00001", "upvotes": 12, "numComments": 3, "githubStars": 300}
    assert only(outside) == only({"paper": outside}) == {"upvotes": 12, "comments": 3, "stars": 300}
    assert only({"paper": {"id": "2602.00001", "upvotes": None}, "upvotes": 7}) == {"upvotes": 7}


def test_counts_may_be_texts_and_other_values_are_left_out() -> None:
    assert only(entry(upvotes="12", numComments=" 3 ", githubStars=4.0)) == {"upvotes": 12, "comments": 3, "stars": 4}
    assert only(entry(upvotes=-1, numComments=True, githubStars="many")) == {}
    assert only(entry(upvotes=2**40)) == {"upvotes": MAX_SIGNAL_VALUE}
    odd: list[object] = [1.5, None, [], "-1", "१", float("inf"), float("nan")]
    assert [parse_count(each) for each in [0, "0", *odd]] == [0, 0] + [None] * 7


def test_an_entry_that_names_no_paper_is_skipped_and_counted() -> None:
    found = listed(None, 3, "text", [], {}, {"paper": None}, {"paper": {"id": 5}}, entry(id="a talk"), entry(upvotes=1))
    assert ([paper.arxiv_id for paper in found.papers], found.skipped) == (["2602.00001"], 8)


def test_an_id_may_have_199_characters() -> None:
    address = "https://arxiv.org/abs/2602.00001?".ljust(199, "a")
    assert listed(entry(id=address)).skipped == 0
    assert listed(entry(id=address + "a")).skipped == 1


def test_an_entry_written_as_python_may_have_100000_characters() -> None:
    longest = repr(entry()).ljust(100_000)
    assert listed(longest).skipped == 0
    assert listed(longest + " ").skipped == 1


def test_a_paper_listed_twice_counts_once() -> None:
    assert only(entry(upvotes=5), entry(upvotes=4)) == {"upvotes": 5}


def test_only_a_repository_at_github_is_a_page_of_code() -> None:
    addresses = ["https://gitlab.com/a/b", "javascript:alert(1)", "https://github.com.evil.example/a/b", None, 3]
    assert {paper.code_url for address in addresses for paper in listed(entry(githubRepo=address)).papers} == {""}


@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b"3", b'{"error":"x"}', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_list_is_not_taken_for_an_empty_one(body: bytes) -> None:
    with pytest.raises(SourceUnavailable, match="a list of papers was expected"):
        parse_daily_list(body, AT)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("2602.00001"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "paper", "upvotes", "numComments", "githubRepo", "githubStars"]), inner
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=6))
def test_any_list_is_read_without_raising(entries: list[object]) -> None:
    found = listed(*entries)
    assert len(found.papers) + found.skipped <= len(entries)
    assert all(0 <= each.value <= MAX_SIGNAL_VALUE for paper in found.papers for each in paper.observations)


@given(st.text(max_size=60))
def test_any_entry_written_as_python_is_harmless(text: str) -> None:
    assert listed(text).skipped in (0, 1)


def test_python_is_read_and_not_run() -> None:
    assert only("{'paper': {'id': '2602.00001', 'upvotes': 3}, 'other': None}") == {"upvotes": 3}
    assert listed("{'id': '2602.00001', 'upvotes': print('no')}", "(" * 90_000, "-" * 90_000 + "1").skipped == 3


# --- asking ---


def source(server: HTTPServer) -> HuggingFace:
    url = server.url_for("/api/daily_papers")
    return HuggingFace(url, contact="hello@post.example", politeness=HASTY, clock=lambda: AT)


def test_each_day_is_asked_for_once(httpserver: HTTPServer) -> None:
    for day, number in ((TUESDAY, 1), (MONDAY, 2)):
        query = f"date={day}&limit=100"
        httpserver.expect_oneshot_request("/api/daily_papers", query_string=query).respond_with_json([entry(number)])
    found = list(source(httpserver).fetch_lists([TUESDAY, MONDAY]))
    assert [each.papers[0].arxiv_id for each in found] == ["2602.00001", "2602.00002"]


def test_a_day_that_the_service_does_not_know_yet_costs_nothing(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/api/daily_papers").respond_with_data("not yet", status=400)
    httpserver.expect_ordered_request("/api/daily_papers").respond_with_json([entry()])
    assert len(list(source(httpserver).fetch_lists([TUESDAY, MONDAY]))) == 1


def test_a_service_that_refuses_every_day_is_unavailable(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/daily_papers").respond_with_data("no", status=401)
    with pytest.raises(Refused, match="status 401"):
        list(source(httpserver).fetch_lists([TUESDAY, MONDAY]))


def test_a_web_page_instead_of_the_list_is_tried_again(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/daily_papers").respond_with_data("<html>busy</html>")
    with pytest.raises(SourceUnavailable, match="no JSON came"):
        list(source(httpserver).fetch_lists([TUESDAY, MONDAY]))
    assert len(httpserver.log) == 2


def test_by_default_it_takes_no_longer_than_a_few_seconds() -> None:
    assert HuggingFace.politeness is HUGGINGFACE_POLITENESS
    assert HUGGINGFACE_POLITENESS.deadline <= 15


# --- what was recorded ---


# Papers, and those with upvotes, comments and stars.
RECORDED = {
    "2024-05-28.json": (15, 15, 15, 0),
    "2025-01-10.json": (9, 9, 9, 0),
    "2025-09-08.json": (7, 7, 7, 1),
    "2026-03-11.json": (18, 18, 18, 9),
    "2026-06-12_sotawhat.json": (30, 30, 30, 16),
    "2026-08-20.json": (15, 15, 15, 8),
}


@pytest.mark.data
def test_lists_of_every_age_are_read_to_their_last_paper(shared_data: Path) -> None:
    counts = {}
    for path in sorted((shared_data / "captures/hf_daily_papers").glob("*.json")):
        found = parse_daily_list(path.read_bytes(), AT)
        kinds = [
            [kind in values(paper) for paper in found.papers].count(True) for kind in ("upvotes", "comments", "stars")
        ]
        counts[path.name] = (len(found.papers), *kinds)
        assert found.skipped == 0, path.name
        assert sum(bool(paper.code_url) for paper in found.papers) == kinds[2], path.name
    assert counts == RECORDED
