"""The collector of cycles is told to look seldom, and afterwards looks as before."""

import gc

import pytest

from digest.infra.gc_tuning import OLD_THRESHOLD, collect_seldom


def test_what_stays_is_not_walked_through_while_letters_are_made() -> None:
    kept = [[number] for number in range(1000)]
    before, whole = gc.get_threshold(), gc.get_stats()[2]["collections"]
    with collect_seldom():
        assert gc.get_threshold()[2] == OLD_THRESHOLD
        made = [[number] for number in range(300_000)]
    assert gc.get_stats()[2]["collections"] == whole
    assert gc.get_threshold() == before
    assert len(kept) + len(made) == 301_000


def test_after_an_error_it_looks_as_before_too() -> None:
    before = gc.get_threshold()
    with pytest.raises(KeyError), collect_seldom():
        raise KeyError
    assert gc.get_threshold() == before
