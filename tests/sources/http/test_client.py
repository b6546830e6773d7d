"""We ask slowly, say who we are, wait when told to, and never hang."""

import tomllib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from digest.domain import SourceUnavailable
from digest.sources.arxiv.api import ArxivApi
from digest.sources.arxiv.oai import ArxivOai
from digest.sources.arxiv.politeness import ARXIV_POLITENESS
from digest.sources.arxiv.rss import ArxivRss
from digest.sources.http.client import (
    PRODUCT,
    HttpAnswer,
    PoliteClient,
    Politeness,
    Refused,
    TryAgain,
    user_agent,
)
from tests.sources.clock import Clock
from tests.sources.quick_client import HASTY, SLOW, body, get, polite


def test_every_request_says_who_asks_and_how_to_reach_them(httpserver: HTTPServer) -> None:
    agent = "PreprintPost/0.1.0 (https://post.example; hello@post.example)"
    httpserver.expect_oneshot_request("/feed", headers={"User-Agent": agent}).respond_with_data("here")
    with PoliteClient(user_agent("https://post.example", "", "hello@post.example"), HASTY) as client:
        assert client.get(httpserver.url_for("/feed"), body) == b"here"


def test_the_user_agent_names_the_version_of_the_product() -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"PreprintPost/{project['version']}" == PRODUCT


def test_a_contact_cannot_smuggle_a_header_into_the_request() -> None:
    assert user_agent("a@b.example)\r\nCookie: x=1") == f"{PRODUCT} (a@b.exampleCookie: x=1)"
    assert user_agent("") == PRODUCT


def test_every_client_of_arxiv_is_as_polite_as_it_asks() -> None:
    assert ARXIV_POLITENESS.delay >= 3
    for service in (ArxivApi, ArxivRss, ArxivOai):
        assert service.politeness is ARXIV_POLITENESS


def test_requests_are_three_seconds_apart(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data("here")
    clock = Clock()
    with polite(SLOW, clock) as client:
        for _ in range(3):
            client.get(httpserver.url_for("/feed"), body)
            clock.now += 1
    assert clock.sleeps == [3, 2, 2]


def test_an_overloaded_server_is_asked_again(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/feed").respond_with_data("busy", status=503)
    httpserver.expect_ordered_request("/feed").respond_with_data("busy", status=500)
    httpserver.expect_ordered_request("/feed").respond_with_data("here")
    assert get(httpserver.url_for("/feed")) == b"here"


def test_the_pauses_between_attempts_grow(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data("busy", status=503)
    clock = Clock()
    with pytest.raises(SourceUnavailable, match="status 503"):
        get(httpserver.url_for("/feed"), Politeness(delay=0, max_attempts=4, initial_backoff=2), clock)
    first, second, third = clock.sleeps
    assert 2 <= first <= 4
    assert 4 <= second <= 6
    assert 8 <= third <= 10


def test_retry_after_is_obeyed(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/feed").respond_with_data(status=429, headers={"Retry-After": "17"})
    httpserver.expect_ordered_request("/feed").respond_with_data("here")
    clock = Clock()
    assert get(httpserver.url_for("/feed"), Politeness(delay=0, initial_backoff=0, max_attempts=3), clock) == b"here"
    assert clock.sleeps == [17]


def test_retry_after_may_be_a_date(httpserver: HTTPServer) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    httpserver.expect_ordered_request("/feed").respond_with_data(status=503, headers={"Retry-After": later})
    httpserver.expect_ordered_request("/feed").respond_with_data("here")
    clock = Clock()
    assert get(httpserver.url_for("/feed"), Politeness(delay=0, initial_backoff=0, max_attempts=3), clock) == b"here"
    assert 50 < clock.sleeps[0] <= 60


@pytest.mark.parametrize(
    "value",
    ["soon", "-5", "", "Wed, 99 Foo 2026 00:00:00 GMT", "1990-13-45", "Mon, 01 Jan 20260000000000000 00:00:00 GMT"],
)
def test_a_retry_after_that_makes_no_sense_is_ignored(httpserver: HTTPServer, value: str) -> None:
    httpserver.expect_ordered_request("/feed").respond_with_data(status=503, headers={"Retry-After": value})
    httpserver.expect_ordered_request("/feed").respond_with_data("here")
    clock = Clock()
    assert get(httpserver.url_for("/feed"), HASTY, clock) == b"here"
    assert clock.sleeps == [0]


def test_a_retry_after_of_an_hour_ends_the_fetch(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(status=429, headers={"Retry-After": "3600"})
    clock = Clock()
    with pytest.raises(SourceUnavailable, match="wait 3600 seconds"):
        get(httpserver.url_for("/feed"), HASTY, clock)
    assert len(httpserver.log) == 1
    assert clock.sleeps == []


def test_no_pause_leads_beyond_the_deadline(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(status=503, headers={"Retry-After": "40"})
    clock = Clock()
    with pytest.raises(SourceUnavailable, match="status 503"):
        get(httpserver.url_for("/feed"), Politeness(delay=0, initial_backoff=0, max_attempts=9, deadline=100), clock)
    assert clock.sleeps == [40, 40]


def test_nothing_is_asked_after_the_deadline(httpserver: HTTPServer) -> None:
    clock = Clock()
    with polite(Politeness(delay=0, initial_backoff=0, deadline=5), clock) as client:
        clock.now += 6
        with pytest.raises(SourceUnavailable, match="the time for this fetch is over"):
            client.get(httpserver.url_for("/feed"), body)
    assert httpserver.log == []


def test_a_403_ends_the_fetch_at_once_with_advice(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data("go away", status=403)
    with pytest.raises(Refused, match="Check that CONTACT_EMAIL") as refusal:
        get(httpserver.url_for("/feed"))
    assert refusal.value.body == b"go away"
    assert len(httpserver.log) == 1


def test_a_refused_request_is_not_repeated_and_keeps_its_body(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data("why", status=400)
    with pytest.raises(Refused, match="status 400") as refusal:
        get(httpserver.url_for("/feed"))
    assert refusal.value.body == b"why"
    assert len(httpserver.log) == 1


def test_the_parser_of_an_answer_may_ask_for_another_attempt(httpserver: HTTPServer) -> None:
    httpserver.expect_ordered_request("/feed").respond_with_data("half")
    httpserver.expect_ordered_request("/feed").respond_with_data("whole")

    def whole(answer: HttpAnswer) -> bytes:
        if answer.body != b"whole":
            raise TryAgain("only half of it came")
        return answer.body

    with polite() as client:
        assert client.get(httpserver.url_for("/feed"), whole) == b"whole"


def test_a_host_that_wants_too_long_a_wait_is_asked_no_more(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data(status=429, headers={"Retry-After": "3600"})
    with PoliteClient(user_agent(), Politeness(delay=0, initial_backoff=0)) as client:
        for _ in range(2):
            with pytest.raises(SourceUnavailable, match="wait 3600 seconds"):
                client.get(httpserver.url_for("/feed"), body)
    assert len(httpserver.log) == 1
