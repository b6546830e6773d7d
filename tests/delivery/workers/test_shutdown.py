"""Signals ask; they do not tear."""

import os
import signal
import threading
from types import SimpleNamespace

import pytest

from digest.delivery.workers import shutdown


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1])
def test_signal_handlers_are_restored_afterwards(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with shutdown.listen_for_signals() as asked:
        assert not asked()
        os.kill(os.getpid(), number)
        assert asked()
    assert signal.getsignal(number) == before


def test_a_worker_that_listens_too_hears_of_it_afterwards() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    try:
        with shutdown.listen_for_signals() as asked:
            os.kill(os.getpid(), signal.SIGTERM)
            assert asked()
            assert heard == []
        assert heard == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_soft_limit_that_was_noticed_is_no_error_afterwards() -> None:
    """Celery's own handler raises one, wherever the task is."""

    def too_late(number: int, frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGUSR1, too_late)
    try:
        with shutdown.listen_for_signals() as asked:
            os.kill(os.getpid(), signal.SIGUSR1)
            assert asked()
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_costly_check_is_made_now_and_then_until_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, seconds = iter([False, True]), iter([0.0, 0.5, 1.0, 1.0, 1.5, 2.0, 2.0])
    monkeypatch.setattr(shutdown, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    stop = shutdown.throttle(lambda: next(answers))
    assert [stop() for _time in range(5)] == [False, False, False, True, True]


def test_a_second_ctrl_c_interrupts() -> None:
    with shutdown.listen_for_signals():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_the_caller_may_ask_too() -> None:
    with shutdown.listen_for_signals(lambda: True) as asked:
        assert asked()


def test_a_thread_listens_to_its_caller_alone() -> None:
    answers: list[bool] = []

    def work() -> None:
        with shutdown.listen_for_signals(lambda: True) as asked:
            answers.append(asked())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert answers == [True]
