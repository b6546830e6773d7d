import threading
import time

import pytest

from tests.time_limit import in_time


def test_a_test_that_hangs_fails() -> None:
    began = time.monotonic()
    with pytest.raises(pytest.fail.Exception, match="too long"), in_time(0.05):
        threading.Event().wait(60)
    assert time.monotonic() - began < 30


def test_nothing_comes_after_a_test_that_was_in_time() -> None:
    with in_time(0.02):
        pass
    assert not threading.Event().wait(0.05)
