"""Preferences of a sign-up for an address that we knew: they wait until its confirmation letter is confirmed.

Anybody can type an address, so they change nothing of what the person chose before. They stand in the order in which
they came. Each letter shows the newest at its time, and its link brings those and no later ones.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from subscriptions.models import Subscriber

MAX_PENDING = 6
# Among the columns: arXiv ids of papers that the person brought along. They become feedback, and no column.
LIKES = "likes"


def add(subscriber: Subscriber, columns: Mapping[str, object], now: datetime) -> None:
    """Add preferences. *columns* are as a subscriber's row holds them."""
    pending = [*_pending(subscriber), {"at": int(now.timestamp()), "columns": dict(columns)}]
    subscriber.wishes = {"kept": pending[-MAX_PENDING:]}
    Subscriber.objects.filter(id=subscriber.id).update(wishes=subscriber.wishes)


def without_likes(columns: Mapping[str, object]) -> dict[str, object]:
    """Return what a subscriber's row holds of *columns*."""
    return {name: value for name, value in columns.items() if name != LIKES}


def columns_at(subscriber: Subscriber, moment: datetime) -> dict[str, Any]:
    """Return what was chosen last by *moment*; empty if only the row holds it."""
    known: list[dict[str, Any]] = [each["columns"] for each in _pending(subscriber) if each["at"] <= moment.timestamp()]
    return dict(known[-1]) if known else {}


def newest_columns(subscriber: Subscriber) -> dict[str, object]:
    """Return what was chosen last, pending or stored."""
    pending = _pending(subscriber)
    columns: dict[str, object] = pending[-1]["columns"] if pending else subscriber.preferences().columns()
    return columns


def apply_newest(subscriber: Subscriber) -> Subscriber:
    """Return *subscriber* with the newest preferences, for a letter to show. It must not be saved."""
    for name, value in without_likes(newest_columns(subscriber)).items():
        setattr(subscriber, name, value)
    return subscriber


def _pending(subscriber: Subscriber) -> list[dict[str, Any]]:
    # The column and its key are older than the words of this module.
    pending: list[dict[str, Any]] = subscriber.wishes.get("kept", [])
    return pending
