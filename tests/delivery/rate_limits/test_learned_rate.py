"""The rate that a relay takes is found within seconds, kept to, and found again where it changes."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.rate_limits.learned_rate import LearnedRate, first_rate

NOON = datetime(2026, 1, 23, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def known(ceiling: float = 10.0) -> LearnedRate:
    return LearnedRate(ceiling, NOON, NOON + SECOND)


def test_a_cut_is_made_up_for_and_then_more_is_tried() -> None:
    rate = known(10.0)
    assert rate.at(NOON) == pytest.approx(9.0)
    assert rate.at(NOON + seconds(10)) == pytest.approx(10.0)
    assert rate.at(NOON + seconds(20)) == pytest.approx(11.0)
    assert (rate.at(NOON + seconds(40)) or 0) > 30


@given(ceiling=st.floats(0.01, 1000), moments=st.lists(st.floats(0, 300), min_size=2, max_size=9))
def test_without_a_throttle_answer_the_rate_only_rises(ceiling: float, moments: list[float]) -> None:
    rates = [known(ceiling).at(NOON + seconds(moment)) or 0 for moment in sorted(moments)]
    assert all(before <= after for before, after in pairwise(rates))


def test_after_five_minutes_nothing_is_left_of_it() -> None:
    assert known().at(NOON + seconds(301)) is None
    assert known().hand_out(500, NOON + seconds(301)) == (known(), None)


def test_a_clock_that_was_set_back_has_forgotten_the_rate() -> None:
    assert known().at(NOON - timedelta(hours=1)) is None


def test_pauses_grow_while_nothing_is_taken() -> None:
    rate, now, pauses = first_rate(NOON, 30), NOON, list[float]()
    for _ in range(8):
        pauses.append((rate.free_from - now).total_seconds())
        now = rate.free_from + SECOND
        rate = rate.after_throttle(now, now, 0)
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    assert rate.throttle_answers == 9
    assert rate.after_acceptance().throttle_answers == 0


def test_after_two_refusals_one_letter_tries_whether_any_is_taken() -> None:
    rate = first_rate(NOON, 30).after_throttle(NOON + 2 * SECOND, NOON + 2 * SECOND, 0)
    _rate, share = rate.hand_out(500, rate.free_from)
    assert share is not None
    assert share.letters == 1


def test_two_workers_that_are_throttled_at_once_add_what_they_sent() -> None:
    rate = first_rate(NOON, 7).after_throttle(NOON + seconds(0.3), NOON - SECOND, 7)
    assert rate.ceiling == 14


def test_letters_on_their_way_at_a_cut_cut_no_further() -> None:
    rate = known(10.0)
    assert rate.after_throttle(NOON + seconds(5), NOON - seconds(1), 0) == rate


def test_a_worker_that_did_not_know_of_the_rate_only_waits() -> None:
    later = NOON + seconds(5)
    rate = known(10.0).after_throttle(later, later - seconds(0.1), 50.0)
    assert (rate.ceiling, rate.free_from) == (10.0, later + SECOND)


@given(
    ceiling=st.floats(0.1, 500),
    wanted=st.integers(1, 600),
    asks=st.lists(st.floats(0, 5), min_size=1, max_size=40),
)
def test_all_workers_together_keep_to_the_rate(ceiling: float, wanted: int, asks: list[float]) -> None:
    """However often they ask: what is handed out from the first letter to the last one takes its time."""
    rate, now, letters, end = known(ceiling), NOON + SECOND, 0, NOON + SECOND
    for pause in asks:
        now = min(now + seconds(pause), NOON + seconds(299))
        rate, share = rate.hand_out(wanted, now)
        assert share is not None
        if share.letters:
            assert share.start >= now
            letters, end = letters + share.letters, share.start + seconds(share.interval * share.letters)
    fastest = rate.at(now) or 0
    assert letters <= fastest * (end - NOON - SECOND).total_seconds() + 1


# --- against a relay -------------------------------------------------------------------------------------------------
Relay = Callable[[float], bool]


def sliding(rate: int) -> Relay:
    """Takes so many in any second."""
    taken: deque[float] = deque()

    def take(now: float) -> bool:
        while taken and taken[0] <= now - 1:
            taken.popleft()
        if len(taken) < rate:
            taken.append(now)
            return True
        return False

    return take


def of_the_clock(rate: int, span: float = 1.0) -> Relay:
    """Takes so many in each second, or minute, of the clock."""
    counts: dict[int, int] = {}

    def take(now: float) -> bool:
        window = int(now / span)
        counts[window] = counts.get(window, 0) + 1
        return counts[window] <= rate

    return take


def bucket(rate: float, size: float) -> Relay:
    """Takes *size* at once, and then as many as trickle in."""
    state = [size, 0.0]

    def take(now: float) -> bool:
        state[0] = min(size, state[0] + (now - state[1]) * rate)
        state[1] = now
        if state[0] < 1:
            return False
        state[0] -= 1
        return True

    return take


@dataclass
class Worker:
    """A drain that sends as it is told, with *speed* letters a second where it is told nothing."""

    speed: float
    at: float = 0.0
    is_paced: bool = False
    has_accepted: bool = False
    accepted: list[float] = field(default_factory=list)


@dataclass
class Simulation:
    relay: Relay
    letters: int
    rate: LearnedRate | None = None
    throttled: int = 0

    def run(self, workers: int, latency: float = 0.1, speed: float = 80.0) -> float:
        """Return the seconds until every letter is out."""
        crew = [Worker(speed) for _ in range(workers)]
        while self.letters > 0:
            worker = min(crew, key=lambda each: each.at)
            self._send_batch(worker)
            worker.at += latency
        return max(worker.at for worker in crew)

    def _send_batch(self, worker: Worker) -> None:
        asked_at, letters, start, interval = worker.at, 32, worker.at, 1 / worker.speed
        if worker.is_paced and self.rate:
            base = self.rate.after_acceptance() if worker.has_accepted else self.rate
            self.rate, share = base.hand_out(32, NOON + seconds(worker.at))
            if share:
                letters, start, interval = share.letters, (share.start - NOON).total_seconds(), share.interval
                worker.at = start
            worker.is_paced = share is not None
        worker.has_accepted = False
        for number in range(min(letters, self.letters)):
            worker.at = start + number * interval
            if not self.relay(worker.at):
                self._learn(worker, asked_at)
                return
            worker.accepted.append(worker.at)
            worker.has_accepted = True
            self.letters -= 1

    def _learn(self, worker: Worker, asked_at: float) -> None:
        self.throttled += 1
        now, lately = NOON + seconds(worker.at), float(sum(at > worker.at - 1 for at in worker.accepted))
        if self.rate is None:
            self.rate = first_rate(now, lately)
        else:
            base = self.rate.after_acceptance() if worker.has_accepted else self.rate
            self.rate = base.after_throttle(now, NOON + seconds(asked_at), 0 if worker.is_paced else lately)
        worker.is_paced = True
        worker.at = max(worker.at, (self.rate.free_from - NOON).total_seconds())


@pytest.mark.parametrize("workers", [1, 2, 3])
@pytest.mark.parametrize(
    "relay",
    [
        lambda: sliding(14),
        lambda: of_the_clock(14),
        lambda: bucket(14, 14),
        lambda: bucket(14, 100),
        lambda: bucket(14, 2),
    ],
    ids=["sliding", "clock", "bucket", "large bucket", "small bucket"],
)
def test_1500_letters_pass_a_relay_of_14_a_second(relay: Callable[[], Relay], workers: int) -> None:
    simulation = Simulation(relay(), 1500)
    assert simulation.run(workers) < 170
    assert simulation.throttled < 60


@given(rate=st.integers(2, 100), workers=st.integers(1, 4))
def test_most_of_what_any_relay_takes_is_used(rate: int, workers: int) -> None:
    found = Simulation(sliding(rate), rate * 100).run(workers)
    assert found < 160


def test_a_relay_of_30_a_minute_gets_about_so_many() -> None:
    assert Simulation(of_the_clock(30, 60.0), 150).run(2) < 7 * 60


def test_a_relay_that_takes_more_after_a_minute_gets_more() -> None:
    slow, fast = sliding(5), sliding(50)
    simulation = Simulation(lambda now: slow(now) if now < 60 else fast(now), 5 * 60 + 50 * 60)
    assert simulation.run(1, speed=200) < 60 + 60 + 60
