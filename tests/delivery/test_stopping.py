"""Signals ask; they do not tear."""

import os
import signal
import threading

import pytest

from digest.delivery import stopping


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_noticed_and_afterwards_everything_is_as_before(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stopping.noticed() as asked:
        assert not asked()
        os.kill(os.getpid(), number)
        assert asked()
    assert signal.getsignal(number) == before


def test_a_worker_that_listens_too_hears_of_it_afterwards() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    try:
        with stopping.noticed() as asked:
            os.kill(os.getpid(), signal.SIGTERM)
            assert asked()
            assert heard == []
        assert heard == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_second_ctrl_c_interrupts() -> None:
    with stopping.noticed():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_the_caller_may_ask_too() -> None:
    with stopping.noticed(lambda: True) as asked:
        assert asked()


def test_a_thread_listens_to_its_caller_alone() -> None:
    answers: list[bool] = []

    def work() -> None:
        with stopping.noticed(lambda: True) as asked:
            answers.append(asked())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert answers == [True]
