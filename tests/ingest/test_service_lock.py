"""Clients of arXiv ask one at a time, on all machines, with a pause after each request, and not after a refusal."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from threading import Lock

import pytest
from django.db import connection
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from digest.domain import SourceUnavailable
from digest.ingest.service_lock import FORBIDDEN_PAUSE, LEASE_DURATION, MAX_WAIT, ServiceLock
from digest.models import Turn
from digest.sources.arxiv.politeness import ARXIV_POLITENESS
from digest.sources.http.client import Forbidden, HttpAnswer, PoliteClient, Politeness, TryAgain, user_agent
from tests.processes import Child, shared_database

HASTY = Politeness(delay=0, initial_backoff=0, max_attempts=2, connect_timeout=2, read_timeout=2, deadline=30)
BEGIN = datetime(2026, 2, 3, 6, tzinfo=UTC)


class WallClock:
    """Moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.sleeps: list[float] = []

    def read(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.sleeps.append(seconds)

    def service_lock(self, delay: float = 3.0) -> ServiceLock:
        return ServiceLock(delay=delay, clock=self.read, sleep=self.sleep)


@pytest.fixture
def clock(db: None) -> WallClock:
    return WallClock()


def test_three_seconds_pass_from_one_request_to_the_next(clock: WallClock) -> None:
    with clock.service_lock()():
        clock.now += timedelta(seconds=7)
    ended = clock.now
    with clock.service_lock()():
        assert (clock.now - ended).total_seconds() == pytest.approx(3)


def test_somebody_else_waits_as_long_as_one_asks(clock: WallClock) -> None:
    first = clock.service_lock()()
    first.__enter__()
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.sleep(seconds)
        if len(waited) == 4:
            first.__exit__(None, None, None)

    with ServiceLock(clock=clock.read, sleep=sleep)():
        assert sum(waited) == pytest.approx(4 + 3)


def test_a_killed_holder_loses_the_lock_when_its_lease_runs_out(clock: WallClock) -> None:
    killed = clock.service_lock()()
    killed.__enter__()
    with clock.service_lock()():
        assert timedelta(0) <= clock.now - BEGIN - LEASE_DURATION < timedelta(seconds=2)


def test_a_holder_who_is_too_late_does_not_release_the_next(clock: WallClock) -> None:
    late = clock.service_lock()()
    late.__enter__()
    clock.now += LEASE_DURATION
    with clock.service_lock()():
        holder = Turn.objects.get().holder
        late.__exit__(None, None, None)
        assert Turn.objects.get().holder == holder


def test_no_request_takes_longer_than_a_lease() -> None:
    assert timedelta(seconds=ARXIV_POLITENESS.max_request_seconds) < LEASE_DURATION


def test_nobody_asks_for_an_hour_after_a_refusal(clock: WallClock) -> None:
    with pytest.raises(Forbidden, match="refuses"), clock.service_lock()():
        raise Forbidden("arXiv refuses our requests (403).")
    clock.now += timedelta(minutes=20)
    with pytest.raises(Forbidden, match=r"refuses our requests \(403\)\. We ask nothing for another 40 minutes"):
        clock.service_lock()().__enter__()
    clock.now = BEGIN + FORBIDDEN_PAUSE
    with clock.service_lock()():
        assert clock.sleeps == []


def test_when_one_is_told_to_wait_all_wait(clock: WallClock) -> None:
    with pytest.raises(TryAgain), clock.service_lock()():
        raise TryAgain("status 429", 20)
    with clock.service_lock()():
        assert (clock.now - BEGIN).total_seconds() == pytest.approx(20)


def test_a_long_wait_pauses_one_endpoint_for_all_clients(clock: WallClock) -> None:
    def lock(endpoint: str) -> ServiceLock:
        return ServiceLock(clock=clock.read, sleep=clock.sleep, endpoint=endpoint)

    with pytest.raises(TryAgain), lock("rss")():
        raise TryAgain("status 429", 3600)
    with lock("api")():
        assert (clock.now - BEGIN).total_seconds() == pytest.approx(3)
    with pytest.raises(SourceUnavailable, match=r"arxiv rss .*status 429.*another 60 minutes"):
        lock("rss")().__enter__()
    clock.now = BEGIN + timedelta(hours=1)
    with lock("rss")():
        assert sum(clock.sleeps) == pytest.approx(3)


def test_no_endpoint_is_paused_for_more_than_a_day(clock: WallClock) -> None:
    with pytest.raises(TryAgain), clock.service_lock()():
        raise TryAgain("status 429", 1e9)
    clock.now += timedelta(days=1)
    with clock.service_lock()():
        assert clock.sleeps == []


def test_a_client_that_waits_too_long_gives_up(clock: WallClock) -> None:
    def keep_asking(seconds: float) -> None:
        clock.sleep(seconds)
        Turn.objects.update(until=clock.now + LEASE_DURATION)

    busy = clock.service_lock()()
    busy.__enter__()
    patient = ServiceLock(clock=clock.read, sleep=keep_asking)
    with pytest.raises(SourceUnavailable, match="Others have been asking"):
        patient().__enter__()
    assert clock.now - BEGIN >= MAX_WAIT


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_one_asks() -> None:
    with ServiceLock(delay=0)():
        assert not connection.in_atomic_block


@pytest.mark.django_db
def test_a_403_keeps_other_clients_from_asking_at_all(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/feed").respond_with_data("go away", status=403)
    for _ in range(3):
        with (
            PoliteClient(user_agent(), HASTY, request_lock=ServiceLock(delay=0)) as client,
            pytest.raises(Forbidden, match="403"),
        ):
            client.get(httpserver.url_for("/feed"), _body)
    assert len(httpserver.log) == 1


def _body(answer: HttpAnswer) -> bytes:
    return answer.body


# --- several processes ---

DELAY, ASKS = 0.1, 6


def hammer(url: str) -> None:
    politeness = Politeness(delay=0, deadline=60)
    with PoliteClient("test", politeness, request_lock=ServiceLock(delay=DELAY)) as client:
        for _ in range(ASKS):
            client.get(url, _body)


class Watched:
    """Notes when each request began and ended, and how many there were at once."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.at_once = self.most_at_once = 0
        self.spans: list[tuple[float, float]] = []
        self.askers: set[str] = set()

    def answer(self, request: Request) -> Response:
        begun = time.monotonic()
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(0.05)
        with self.lock:
            self.at_once -= 1
            self.spans.append((begun, time.monotonic()))
            self.askers.add(str(request.environ.get("REMOTE_PORT")))
        return Response(b"here")


@pytest.fixture
def threaded_server() -> Iterator[HTTPServer]:
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.mark.e2e
@pytest.mark.django_db(transaction=True)
def test_two_busy_processes_are_never_closer_than_the_delay(threaded_server: HTTPServer, tmp_path: Path) -> None:
    watched = Watched()
    threaded_server.expect_request("/feed").respond_with_handler(watched.answer)
    environment = {**os.environ, "DATABASE_URL": shared_database(tmp_path), "PREPRINT_POST_HOME": str(tmp_path)}
    children = [Child(hammer, threaded_server.url_for("/feed"), environment=environment) for _ in range(2)]
    for child in children:
        child.wait()
    assert [child.returncode for child in children] == [0, 0]
    spans = sorted(watched.spans)
    assert (len(spans), watched.most_at_once) == (2 * ASKS, 1)
    assert len(watched.askers) >= 2, "they asked side by side"
    assert min(after[0] - before[1] for before, after in pairwise(spans)) >= DELAY
