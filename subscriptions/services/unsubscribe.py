"""Unsubscribing by the link in a letter, taking it back, and choosing something milder instead."""

from datetime import datetime, timedelta
from typing import Literal

from django.utils import timezone

from subscriptions import email_addresses, rate_limits
from subscriptions.account_requests import outbox
from subscriptions.links import tokens
from subscriptions.links.lookup import find_subscriber_to_bring_back, find_subscriber_to_unsubscribe
from subscriptions.links.tokens import BadToken, ExpiredToken
from subscriptions.models import Errand, Subscriber
from subscriptions.preference_defaults import MONDAY
from subscriptions.services.subscriber_rows import mark_unsubscribed, update_columns

# What somebody may choose instead of unsubscribing.
Alternative = Literal["undo", "weekly", "fewer", "pause"]

PAUSE_LENGTH = timedelta(days=28)
FEWER_PAPERS = 5
GOODBYE_DELAY = timedelta(minutes=10)


def unsubscribe(
    token: str, *, says_goodbye: bool = False, now: datetime | None = None
) -> tuple[Subscriber | None, str]:
    """Send no letter any more, from this moment on, but for the goodbye letter if it *says_goodbye*.

    That one waits a little, as the page offers to take it back and milder things. Return the subscriber, or None if
    they were deleted already, and the token that takes this back; it is empty if they had left before. Raises BadToken.
    """
    subscriber = find_subscriber_to_unsubscribe(token)
    if subscriber is None:
        return None, ""
    now = now or timezone.now()
    was_active = subscriber.status == Subscriber.Status.ACTIVE
    has_left_now = mark_unsubscribed(Subscriber.objects.filter(id=subscriber.id), now)
    subscriber.refresh_from_db()
    if says_goodbye and was_active and has_left_now and rate_limits.allow_reader(subscriber.id, "goodbye"):
        _drop_waiting_goodbye(subscriber)
        outbox.add(Errand.Kind.GOODBYE, now, subscriber=subscriber, delay=GOODBYE_DELAY)
    return subscriber, tokens.make("undo", subscriber.id, _undo_epoch(subscriber)) if has_left_now else ""


def come_back(token: str, *, now: datetime | None = None) -> Subscriber:
    """Take back the unsubscription whose goodbye letter had this link. Raises BadToken."""
    subscriber = find_subscriber_to_bring_back(token)
    columns: dict[str, object] = {"status": Subscriber.Status.ACTIVE, "unsubscribed_at": None}
    update_columns(subscriber, **columns, changed_at=now or timezone.now())
    _drop_waiting_goodbye(subscriber)
    return subscriber


def unsubscribe_address(email: str) -> None:
    """End the subscription of *email*, because a mail provider reports it. An unknown address is no error."""
    mark_unsubscribed(Subscriber.objects.filter(email_key=email_addresses.key(email)), timezone.now())


def choose_alternative(
    token: str, alternative: Alternative, *, undo_token: str = "", now: datetime | None = None
) -> Subscriber:
    """Take an unsubscription back, or choose something milder, and return the subscriber. Raises BadToken.

    The link may be in a stranger's hands with a forwarded letter, so it never brings more letters than before. To bring
    back somebody who left takes the *undo_token* of the page that said goodbye to them.
    """
    now = now or timezone.now()
    subscriber = find_subscriber_to_unsubscribe(token)
    if subscriber is None or subscriber.consent_at is None:
        raise BadToken("there is nothing to come back to")
    columns: dict[str, object] = {"changed_at": now}
    if subscriber.status == Subscriber.Status.UNSUBSCRIBED:
        claim = tokens.read("undo", undo_token, now=now)
        if (claim.subject, claim.epoch) != (subscriber.id, _undo_epoch(subscriber)):
            raise ExpiredToken("they came back and left again since")
        columns |= {"status": Subscriber.Status.ACTIVE, "unsubscribed_at": None}
    match alternative:
        case "weekly":
            columns["days"] = MONDAY
        case "fewer":
            columns["papers"] = min(FEWER_PAPERS, subscriber.papers)
            columns["minimum"] = min(FEWER_PAPERS, subscriber.minimum)
        case "pause":
            end = (now + PAUSE_LENGTH).date()
            columns["paused_until"] = max(end, subscriber.paused_until or end)
        case "undo":
            pass
    update_columns(subscriber, **columns)
    if subscriber.status == Subscriber.Status.ACTIVE:
        _drop_waiting_goodbye(subscriber)
    return subscriber


def _drop_waiting_goodbye(subscriber: Subscriber) -> None:
    """Delete the goodbye letter that waits for somebody: they are back, or another one takes its place."""
    Errand.objects.filter(subscriber=subscriber, kind=Errand.Kind.GOODBYE).delete()


def _undo_epoch(subscriber: Subscriber) -> int:
    """Return a number that ties a token to this one unsubscription: it takes back no other."""
    return 0 if subscriber.unsubscribed_at is None else round(subscriber.unsubscribed_at.timestamp() * 1_000_000)
