"""Finds the reader whose link this is."""

from subscriptions.links import tokens
from subscriptions.reader import Reader
from subscriptions.selectors import get_readers


def find_reader(subscriber_id: int, epoch: int) -> Reader:
    """Return the reader of a link. Raises ExpiredToken when they are gone or have made all earlier links void."""
    reader = get_readers([subscriber_id]).get(subscriber_id)
    if reader is None or reader.epoch != epoch:
        raise tokens.ExpiredToken("the reader's links were renewed")
    return reader


def find_feedback_reader(token: str) -> Reader:
    """Return the reader whose feedback a link gives. Raises BadToken."""
    claim = tokens.read("feedback", token)
    return find_reader(claim.subject, claim.epoch)
