"""Wishes that came with a sign-up for an address that we knew: kept aside until the letter that says them is confirmed.

Anybody can type an address, so they change nothing of what the person chose before. They stand in the order in which
they came; each letter speaks of the newest at its time, and its link brings those and no later ones.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from subscriptions.models import Subscriber
from subscriptions.preferences import profile_of

KEPT = 6


def put(subscriber: Subscriber, columns: Mapping[str, object], now: datetime) -> None:
    """*columns* as a subscriber's row holds them."""
    kept = [*_kept(subscriber), {"at": int(now.timestamp()), "columns": dict(columns)}]
    subscriber.wishes = {"kept": kept[-KEPT:]}
    Subscriber.objects.filter(id=subscriber.id).update(wishes=subscriber.wishes)


def columns_at(subscriber: Subscriber, moment: datetime) -> dict[str, object]:
    """What was wished for last by *moment*; empty if only the row says it."""
    known: list[dict[str, object]] = [wish["columns"] for wish in _kept(subscriber) if wish["at"] <= moment.timestamp()]
    return known[-1] if known else {}


def newest(subscriber: Subscriber) -> dict[str, object]:
    kept = _kept(subscriber)
    columns: dict[str, object] = kept[-1]["columns"] if kept else profile_of(subscriber).columns()
    return columns


def show(subscriber: Subscriber) -> Subscriber:
    """The person with the newest wishes, for a letter to speak of. Not to be saved."""
    for name, value in newest(subscriber).items():
        setattr(subscriber, name, value)
    return subscriber


def _kept(subscriber: Subscriber) -> list[dict[str, Any]]:
    kept: list[dict[str, Any]] = subscriber.wishes.get("kept", [])
    return kept
