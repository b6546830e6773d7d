"""Stars come from GitHub, a few questions at a time, until it has enough of us."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from digest.domain import Observation
from digest.sources.github import GITHUB_POLITENESS, GitHub, StarCounts, parse_repository, repository_page
from digest.sources.http.client import Politeness

AT = datetime(2026, 2, 3, 7, tzinfo=UTC)
HASTY = Politeness(
    delay=0, initial_backoff=0, max_attempts=1, connect_timeout=1, read_timeout=1, deadline=5, max_response_seconds=1
)
RESET = str(int(datetime(2026, 2, 3, 14, 5, tzinfo=UTC).timestamp()))
NAMES = [f"ada/sort{number}" for number in range(20)]


def github(server: HTTPServer, token: str = "", max_connections: int = 1) -> GitHub:
    url = server.url_for("").rstrip("/")
    return GitHub(
        url,
        contact="hello@post.example",
        token=token,
        politeness=HASTY,
        max_connections=max_connections,
        clock=lambda: AT,
    )


def answering(server: HTTPServer, answer: Callable[[int], Response]) -> None:
    """*answer* is given the number of the question, from 1."""
    asked = 0

    def handle(_request: Request) -> Response:
        nonlocal asked
        asked += 1
        return answer(asked)

    server.expect_request(re.compile("/repos/.*")).respond_with_handler(handle)


def stars(number: int, **headers: str) -> Response:
    body = f'{{"stargazers_count": {number}}}'
    return Response(body, 200, {name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://github.com/ada/sort", "ada/sort"),
        ("http://www.github.com/ada/sort/", "ada/sort"),
        (" github.com/ada/sort.git ", "ada/sort"),
        ("https://GitHub.com/Ada-L/sort.py/tree/main?x=1#readme", "Ada-L/sort.py"),
        ("https://github.com/ada/sort#readme", "ada/sort"),
        ("https://github.com/ada", ""),
        ("https://github.com/orgs/ada", ""),
        ("https://github.com/ada/..", ""),
        ("https://github.com/ada/.git", ""),
        ("https://github.com/../../user", ""),
        ("https://github.com/ada/sort%2F..%2F..", ""),
        ("https://github.com/ada/so rt", ""),
        ("https://github.com@evil.example/ada/sort", ""),
        ("https://github.com.evil.example/ada/sort", ""),
        ("https://evil.example/github.com/ada/sort", ""),
        ("https://gist.github.com/ada/sort", ""),
        ("https://github.com:8443/ada/sort", ""),
        ("https://ada.github.io/sort", ""),
        ("https://github.com/ada/sort\r\nX: 1", ""),
        ("javascript:github.com/ada/sort", ""),
        ("https://github.com/" + "a" * 600 + "/sort", ""),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_only_the_address_of_a_repository_is_parsed_as_one(address: object, name: str) -> None:
    assert parse_repository(address) == name


def test_the_address_of_a_repository_may_have_500_characters() -> None:
    longest = "https://github.com/ada/sort?".ljust(500, "a")
    assert parse_repository(longest) == "ada/sort"
    assert parse_repository(longest + "a") == ""


@given(st.from_regex(r"(https://)?github\.com/.{0,40}"))
def test_a_name_is_safe_in_an_address_whatever_it_came_from(address: str) -> None:
    name = parse_repository(address)
    assert not name or re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", name)
    assert not name or parse_repository(repository_page(name)) == name


def test_stars_come_with_the_time_of_observation(httpserver: HTTPServer) -> None:
    answering(httpserver, lambda number: stars(number * 100))
    ticks: list[tuple[int, int | None]] = []
    found = github(httpserver).fetch_stars(NAMES[:2], lambda done, total: ticks.append((done, total)))
    assert found == StarCounts({NAMES[0]: Observation("stars", 100, AT), NAMES[1]: Observation("stars", 200, AT)})
    assert ticks == [(1, 2), (2, 2)]
    assert [request.path for request, _answer in httpserver.log] == ["/repos/ada/sort0", "/repos/ada/sort1"]


def test_requests_name_the_contact_and_send_a_token_if_any(httpserver: HTTPServer) -> None:
    answering(httpserver, lambda _number: stars(1))
    github(httpserver).fetch_stars(NAMES[:1])
    github(httpserver, token="secret").fetch_stars(NAMES[:1])
    (first, _), (second, _) = httpserver.log
    assert "hello@post.example" in first.headers["User-Agent"]
    assert first.headers["Accept"] == "application/vnd.github+json"
    assert (first.headers.get("Authorization"), second.headers["Authorization"]) == (None, "Bearer secret")


def test_no_request_is_made_for_no_repository(httpserver: HTTPServer) -> None:
    assert github(httpserver).fetch_stars([]) == StarCounts()


def test_a_repository_that_is_gone_is_passed_over(httpserver: HTTPServer) -> None:
    answering(httpserver, lambda number: Response("{}", 404) if number < 5 else stars(7))
    found = github(httpserver).fetch_stars(NAMES[:5])
    assert (len(found.observations), found.missing, found.problem) == (1, 4, "")


def test_a_repository_that_has_moved_is_followed(httpserver: HTTPServer) -> None:
    moved = httpserver.expect_request("/repos/ada/sort0")
    moved.respond_with_data("", status=301, headers={"Location": httpserver.url_for("/repositories/7")})
    httpserver.expect_request("/repositories/7").respond_with_json({"stargazers_count": 9})
    assert github(httpserver).fetch_stars(NAMES[:1]).observations == {NAMES[0]: Observation("stars", 9, AT)}


@pytest.mark.parametrize(
    ("status", "headers", "problem"),
    [
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": RESET}, "no more questions before 14:05 UTC"),
        (403, {"Retry-After": "60"}, "no more questions for now"),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, "no more questions for now"),
        (403, {}, "GitHub refuses our requests"),
        (429, {}, "no more questions for now"),
        (429, {"Retry-After": "1"}, "no more questions for now"),
        (401, {}, "does not accept GITHUB_TOKEN"),
    ],
)
def test_a_rate_limit_ends_the_run_and_keeps_its_stars(
    httpserver: HTTPServer, status: int, headers: dict[str, str], problem: str
) -> None:
    answering(httpserver, lambda number: stars(5) if number < 3 else Response("{}", status, headers))
    found = github(httpserver).fetch_stars(NAMES)
    assert problem in found.problem
    assert (len(found.observations), len(httpserver.log)) == (2, 3)


def test_nothing_is_asked_after_the_last_allowed_request(httpserver: HTTPServer) -> None:
    answering(httpserver, lambda number: stars(5, X_RateLimit_Remaining=str(2 - number), X_RateLimit_Reset=RESET))
    found = github(httpserver).fetch_stars(NAMES)
    assert (len(found.observations), len(httpserver.log)) == (2, 2)
    assert "before 14:05 UTC. With a GITHUB_TOKEN" in found.problem


def test_a_limit_reached_with_the_last_repository_is_no_problem(httpserver: HTTPServer) -> None:
    answering(httpserver, lambda number: stars(5, X_RateLimit_Remaining=str(2 - number), X_RateLimit_Reset=RESET))
    found = github(httpserver).fetch_stars(NAMES[:2])
    assert (len(found.observations), found.problem) == (2, "")


def test_the_hint_about_a_token_is_only_for_those_without(httpserver: HTTPServer) -> None:
    answering(httpserver, lambda _number: Response("{}", 429))
    assert github(httpserver, token="secret").fetch_stars(NAMES).problem == "GitHub answers no more questions for now."


def test_one_failure_is_passed_over_and_three_in_a_row_end_it(httpserver: HTTPServer) -> None:
    bad = [Response("down", 502), Response("<html>"), Response('{"stargazers_count": null}'), Response("[]")]
    answering(httpserver, lambda number: bad[number // 2 % 4] if number % 2 else stars(1))
    found = github(httpserver).fetch_stars(NAMES)
    assert (len(found.observations), found.problem) == (10, "")
    httpserver.clear_all_handlers()
    httpserver.clear_log()
    answering(httpserver, lambda _number: Response("down", 502))
    found = github(httpserver).fetch_stars(NAMES)
    assert (found.observations, len(httpserver.log)) == ({}, 3)
    assert "status 502" in found.problem


def test_parallel_requests_ask_for_each_repository_once(httpserver: HTTPServer) -> None:
    answering(httpserver, lambda _number: stars(1))
    found = github(httpserver, max_connections=4).fetch_stars(NAMES)
    assert set(found.observations) == set(NAMES)
    assert sorted(request.path for request, _answer in httpserver.log) == sorted(f"/repos/{name}" for name in NAMES)


def test_an_unreachable_service_costs_no_time(httpserver: HTTPServer) -> None:
    begun = time.monotonic()
    found = GitHub("http://127.0.0.1:9", contact="", politeness=HASTY).fetch_stars(NAMES)
    assert found.observations == {}
    assert "gave no usable answer" in found.problem
    assert time.monotonic() - begun < 5


def test_by_default_a_run_takes_fifteen_seconds_at_most() -> None:
    assert GitHub.politeness is GITHUB_POLITENESS
    assert (GITHUB_POLITENESS.deadline, GITHUB_POLITENESS.max_attempts) == (15, 1)
