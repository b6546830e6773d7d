"""The arithmetic of a limit: never more in a minute of the clock, never fewer than there is room for."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.rate_limits.window import MAX_CLOCK_SKEW, Window

MINUTE = timedelta(minutes=1)
NOON = datetime(2026, 1, 23, 12, 0, tzinfo=UTC)


def window(number: int = 3, at: datetime = NOON, span: timedelta = MINUTE) -> Window:
    return Window(number, span, at)


def taken(window: Window, wanted: int) -> int:
    got = 0
    while got < wanted and not window.is_full:
        window.take()
        got += 1
    return got


@given(
    limit=st.integers(1, 50),
    span=st.sampled_from([1, 60, 3600, 86_400]),
    asks=st.lists(st.tuples(st.floats(0, 200), st.integers(0, 60)), max_size=30),
)
def test_each_window_takes_its_limit_and_no_more(limit: int, span: int, asks: list[tuple[float, int]]) -> None:
    counted, now, every = Window(limit, timedelta(seconds=span), NOON), NOON, Counter[int]()
    for seconds, wanted in asks:
        now += timedelta(seconds=seconds * span / 60)
        counted.roll(now)
        minute = int(now.timestamp()) // span
        room = limit - every[minute]
        got = taken(counted, wanted)
        every[minute] += got
        assert got == min(wanted, room)
        assert counted.begin <= now < counted.end
    assert all(number <= limit for number in every.values())


def test_a_clock_that_is_behind_counts_in_the_current_window() -> None:
    counted = window(at=NOON + MINUTE)
    assert taken(counted, 9) == 3
    counted.roll(NOON + MINUTE - timedelta(seconds=5))
    assert counted.is_full
    counted.roll(NOON + MINUTE + timedelta(seconds=5))
    assert counted.is_full


def test_a_clock_that_was_set_back_an_hour_sends_on() -> None:
    counted = window()
    taken(counted, 3)
    counted.roll(NOON - timedelta(hours=1))
    assert (counted.begin, counted.is_full) == (NOON - timedelta(hours=1), False)
    assert timedelta(hours=1) > max(MINUTE, MAX_CLOCK_SKEW)


def test_letters_put_off_are_spread_over_later_windows() -> None:
    counted = window(number=3)
    minutes = [(counted.promise() - NOON) // MINUTE for _ in range(8)]
    assert minutes == [1, 1, 1, 2, 2, 2, 3, 3]


@given(limit=st.integers(1, 20), letters=st.integers(0, 200), group=st.integers(1, 50))
def test_who_comes_when_told_is_taken_and_the_limit_is_used_up(limit: int, letters: int, group: int) -> None:
    """As drains do it: every minute whatever is ready, in groups."""
    counted, now, ready_at = window(limit), NOON, dict.fromkeys(range(letters), NOON)
    minutes = 0
    while ready_at:
        counted.roll(now)
        ready = [key for key, at in sorted(ready_at.items()) if at <= now]
        for start in range(0, len(ready), group):
            for key in ready[start : start + group]:
                if counted.is_full:
                    ready_at[key] = counted.promise()
                else:
                    counted.take()
                    del ready_at[key]
        now, minutes = now + MINUTE, minutes + 1
    assert minutes == -(-letters // limit)


def test_promises_are_forgotten_as_their_windows_pass() -> None:
    counted = window(number=3)
    for _ in range(7):
        counted.promise()
    counted.roll(NOON + 2 * MINUTE)
    assert counted.promised == 1
