"""Finds the subscriber of a signed link."""

from hashlib import sha256

from subscriptions.links import tokens
from subscriptions.links.tokens import BadToken, ExpiredToken, Purpose
from subscriptions.models import AddressChange, Subscriber


def find_subscriber(purpose: Purpose, token: str) -> Subscriber:
    """Return the subscriber whose link this is.

    Raises BadToken; ExpiredToken also when the links were made void since or the person is gone.
    """
    claim = tokens.read(purpose, token)
    subscriber = Subscriber.objects.filter(id=claim.subject, epoch=claim.epoch).first()
    if subscriber is None:
        raise ExpiredToken("the link is no longer valid")
    return subscriber


def find_changing_address(token: str) -> Subscriber:
    """Return the subscriber whose new address got this link.

    Raises BadToken, also where they asked for another address since.
    """
    claim = tokens.read("address", token)
    subscriber = Subscriber.objects.filter(id=claim.subject).exclude(new_email="").first()
    if subscriber is None or claim.epoch != address_epoch(subscriber):
        raise BadToken("another address was asked for, or the change is done")
    return subscriber


def address_epoch(subscriber: Subscriber) -> int:
    """Return a number that ties a token to the new address: it confirms that one and no other."""
    return int.from_bytes(sha256(f"{subscriber.epoch} {subscriber.new_email}".encode()).digest()[:4], "big")


def find_address_change(token: str) -> AddressChange:
    """Return the change of address that the link in the notice to the old address takes back.

    Raises BadToken; ExpiredToken also when it was taken back already.
    """
    claim = tokens.read("restore", token)
    changes = AddressChange.objects.select_related("subscriber")
    change = changes.filter(id=claim.subject, subscriber__key=claim.epoch).first()
    if change is None:
        raise ExpiredToken("the change was taken back, or the person is gone")
    return change


def find_subscriber_to_bring_back(token: str) -> Subscriber:
    """Return the subscriber who left and got this link with the goodbye letter.

    Raises BadToken; ExpiredToken also when they came back since, or their links were made void.
    """
    claim = tokens.read("return", token)
    subscriber = Subscriber.objects.filter(id=claim.subject, unsubscribed_at__isnull=False).first()
    if subscriber is None or claim.epoch != departure_epoch(subscriber):
        raise ExpiredToken("they came back since, or the person is gone")
    return subscriber


def departure_epoch(subscriber: Subscriber) -> int:
    """Return a number that ties a token to this one unsubscription: it takes back no other."""
    left = f"{subscriber.epoch} {subscriber.unsubscribed_at and subscriber.unsubscribed_at.timestamp()}"
    return int.from_bytes(sha256(left.encode()).digest()[:4], "big")


def find_subscriber_to_unsubscribe(token: str) -> Subscriber | None:
    """Return the subscriber of an unsubscribe link, or None when they are deleted already. Raises BadToken.

    Such a link is valid for ever, whatever became void since: everybody must be able to unsubscribe. It names its
    person by id and key, because an id means somebody else in a database made anew.
    """
    claim = tokens.read("unsubscribe", token)
    return Subscriber.objects.filter(id=claim.subject, key=claim.epoch).first()
