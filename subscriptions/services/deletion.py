"""Deletion of everything that is kept about a person, by a link that is mailed for it."""

from subscriptions.account_requests import outbox
from subscriptions.links.lookup import find_subscriber
from subscriptions.models import Errand, Subscriber


def request_deletion(subscriber: Subscriber) -> None:
    """Write down the request for the link that deletes. It is a fresh one, because old ones stay in mailboxes."""
    outbox.add(Errand.Kind.DELETION, subscriber=subscriber)


def delete(token: str) -> None:
    """Delete the person. A suppression of their address, if there is one, stays. Raises BadToken."""
    find_subscriber("delete", token).delete()
