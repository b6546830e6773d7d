"""A thread works beside the requests while there is something to do, and then ends."""

from threading import Event

import pytest

from subscriptions import background_thread
from subscriptions.background_thread import BackgroundThread


def test_the_thread_runs_until_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background_thread, "RETRY_INTERVAL_SECONDS", 0.01)
    left, ended = iter([True, True, False]), Event()

    def work() -> bool:
        more = next(left)
        if not more:
            ended.set()
        return more

    runner = BackgroundThread("work", work)
    runner.start_soon()
    assert ended.wait(20)
    thread = runner.thread
    if thread is not None:
        thread.join(20)
    assert runner.thread is None
    assert list(left) == []


def test_a_request_while_the_thread_works_is_handled() -> None:
    looks, first, go_on = [], Event(), Event()

    def work() -> bool:
        looks.append(1)
        first.set()
        return not go_on.wait(20)

    runner = BackgroundThread("work", work)
    runner.start_soon()
    assert first.wait(20)
    thread = runner.thread
    runner.start_soon()
    go_on.set()
    assert thread is not None
    thread.join(20)
    assert len(looks) == 2
