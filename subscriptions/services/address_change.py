"""Change of address: a request, a confirmation by the link sent to the new address, a notice to the old one."""

from django.db import IntegrityError, transaction

from subscriptions import email_addresses
from subscriptions.account_requests import queue
from subscriptions.links.lookup import find_changing_address
from subscriptions.models import Errand, Subscriber, drawn
from subscriptions.services.subscriber_rows import update_columns
from subscriptions.signals import address_changed


class AddressTaken(Exception):
    """Somebody else subscribed with the new address in the meantime."""


def request_address_change(subscriber: Subscriber, email: str) -> None:
    """Write down the request to ask the new address. If it is somebody else's, nothing is sent, and nobody can tell."""
    update_columns(subscriber, new_email=email)
    queue.add(Errand.Kind.ADDRESS, subscriber=subscriber, email=email)


def confirm_address_change(token: str) -> Subscriber:
    """Move to the new address, make every earlier link void, and return the subscriber.

    Raises BadToken or AddressTaken.
    """
    subscriber = find_changing_address(token)
    old, new = subscriber.email, subscriber.new_email
    try:
        with transaction.atomic():
            update_columns(subscriber, email=new, email_key=email_addresses.key(new), new_email="", epoch=drawn())
    except IntegrityError as error:
        raise AddressTaken(new) from error
    address_changed.send(sender=Subscriber, subscriber_id=subscriber.id)
    queue.add(Errand.Kind.MOVED, subscriber=subscriber, email=old)
    return subscriber
