"""Whom a signed link belongs to, and how long each kind of link opens."""

from datetime import timedelta

from subscriptions.links import tokens
from subscriptions.links.tokens import ExpiredToken, Purpose
from subscriptions.models import Subscriber

AGES: dict[Purpose, timedelta | None] = {
    "confirm": timedelta(days=7),
    "address": timedelta(days=7),
    "delete": timedelta(hours=1),
    "manage": timedelta(days=90),
    "unsubscribe": None,
}


def holder(purpose: Purpose, token: str) -> Subscriber:
    """Raises BadToken; ExpiredToken also when the links were made void since or the person is gone."""
    claim = tokens.read(purpose, token, max_age=AGES[purpose])
    subscriber = Subscriber.objects.filter(id=claim.subject, epoch=claim.epoch).first()
    if subscriber is None:
        raise ExpiredToken("the link is no longer valid")
    return subscriber


def leaver(token: str) -> Subscriber | None:
    """Who wants to leave; None when they are gone already. Raises BadToken.

    Such a link works for ever, whatever became void since: nobody shall fail to leave. It names its person by id and
    key, as an id means somebody else in a database made anew.
    """
    claim = tokens.read("unsubscribe", token, max_age=AGES["unsubscribe"])
    return Subscriber.objects.filter(id=claim.subject, key=claim.epoch).first()
