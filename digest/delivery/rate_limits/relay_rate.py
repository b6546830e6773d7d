"""The learned rate in the database, where all workers share it. Whoever was never throttled pays nothing for it."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import transaction

from digest.delivery.rate_limits.counters import ALL_LETTERS, lock_counter
from digest.delivery.rate_limits.learned_rate import LearnedRate, Share, first_rate
from digest.models import Pace

Result = TypeVar("Result")


def rate_of(row: Pace) -> LearnedRate | None:
    if row.rate is None or row.throttled_at is None or row.free_from is None:
        return None
    return LearnedRate(row.rate, row.throttled_at, row.free_from, row.refusals)


def take_share(wanted: int, now: datetime, *, accepted: bool) -> Share | None:
    """Take a share of what the relay takes, or return None where nothing is known of that.

    *accepted* says whether it took one of this worker's letters since the last share.
    """

    def hand_out(rate: LearnedRate | None) -> tuple[LearnedRate | None, Share | None]:
        if rate is None:
            return None, None
        return (rate.after_acceptance() if accepted else rate).hand_out(wanted, now)

    return _change_rate(hand_out)


def learn_throttling(answer: str, now: datetime, *, asked_at: datetime, accepted_per_second: float) -> LearnedRate:
    """Learn from a throttle answer, and return the rate from now on (see `LearnedRate.after_throttle`)."""

    def cut(rate: LearnedRate | None) -> tuple[LearnedRate, LearnedRate]:
        new = rate.after_throttle(now, asked_at, accepted_per_second) if rate else first_rate(now, accepted_per_second)
        return new, new

    return _change_rate(cut, answer)


def forget_throttling() -> None:
    """Forget what was learned from answers that were about one domain."""
    with transaction.atomic():
        row = lock_counter(ALL_LETTERS)
        row.rate = row.throttled_at = row.free_from = None
        row.refusals = 0
        row.save(update_fields=["rate", "throttled_at", "free_from", "refusals"])


def _change_rate(change: Callable[[LearnedRate | None], tuple[LearnedRate | None, Result]], answer: str = "") -> Result:
    with transaction.atomic():
        row = lock_counter(ALL_LETTERS)
        before = rate_of(row)
        after, result = change(before)
        if after and after != before:
            row.rate, row.throttled_at, row.free_from = after.ceiling, after.throttled_at, after.free_from
            row.refusals = after.throttle_answers
            row.answer = answer[:300] or row.answer
            row.save(update_fields=["rate", "throttled_at", "free_from", "refusals", "answer"])
    return result
