"""Change of address: a request, a confirmation by the link sent to the new address, a notice to the old one.

The notice has a link that takes the change back, for RESTORE_DAYS.
"""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from subscriptions import email_addresses, rate_limits
from subscriptions.account_requests import outbox
from subscriptions.links.lookup import find_address_change, find_changing_address
from subscriptions.models import AddressChange, Errand, Subscriber, drawn
from subscriptions.services import suppression
from subscriptions.services.end_links import end_all_links
from subscriptions.services.subscriber_rows import address_columns, mark_unsubscribed, update_columns
from subscriptions.services.suppression import is_suppressed
from subscriptions.signals import address_changed


class AddressTaken(Exception):
    """Somebody else subscribed with the new address in the meantime."""


def request_address_change(subscriber: Subscriber, email: str, *, turn: int = 0) -> timedelta:
    """Write down the request to ask the new address, and return how long the letter may have to wait.

    If the address is somebody else's, nothing is sent, and nobody can tell.
    """
    wait = rate_limits.take_place(email, turn, timezone.now())
    update_columns(subscriber, new_email=email)
    outbox.add(Errand.Kind.ADDRESS, subscriber=subscriber, email=email, turn=turn)
    return wait


def decide_address_change(request: Errand) -> bool:
    """Turn a request into the check of the new address, and return whether there is one.

    An address that is an active subscriber's gets nothing. Raises DomainFull.
    """
    others = Subscriber.objects.filter(email_key=email_addresses.key(request.email))
    if others.filter(status=Subscriber.Status.ACTIVE).exists() or is_suppressed(request.email):
        return False
    if not rate_limits.allow_letter(request.email, turn=request.turn):
        return False
    request.kind = Errand.Kind.CHECK
    request.save(update_fields=["kind"])
    return True


def confirm_address_change(token: str) -> Subscriber:
    """Move to the new address, make every earlier link void, and return the subscriber.

    A row of the new address that is not active gives way: anybody can make one by a sign-up, and the owner of the
    address presses the button. Raises BadToken or AddressTaken.
    """
    subscriber = find_changing_address(token)
    old, new = subscriber.email, subscriber.new_email
    try:
        with transaction.atomic():
            _delete_inactive(new, besides=subscriber)
            update_columns(subscriber, **address_columns(new), new_email="", epoch=drawn(), feed_number=None)
            AddressChange.objects.create(subscriber=subscriber, old_email=old)
            suppression.forget_deletion(new)
    except IntegrityError as error:
        raise AddressTaken(new) from error
    address_changed.send(sender=Subscriber, subscriber_id=subscriber.id)
    outbox.add(Errand.Kind.MOVED, subscriber=subscriber, email=old)
    return subscriber


def restore_address(token: str) -> Subscriber:
    """Move back to the address that a change was made from, and return the subscriber.

    Whoever made the change may still hold links and browsers: all end, and so do later changes of address. A sign-up
    for the old address that nobody confirmed gives way. Raises BadToken; AddressTaken where the old address has a
    subscription of its own by now: then the one that moved away gets no letters any more.
    """
    change = find_address_change(token)
    subscriber, old = change.subscriber, change.old_email
    with transaction.atomic():
        _delete_inactive(old, besides=subscriber)
        is_taken = Subscriber.objects.filter(email_key=email_addresses.key(old)).exclude(id=subscriber.id).exists()
        if is_taken:
            mark_unsubscribed(Subscriber.objects.filter(id=subscriber.id), timezone.now())
        else:
            update_columns(subscriber, **address_columns(old), new_email="")
            suppression.forget_deletion(old)
        AddressChange.objects.filter(subscriber=subscriber, id__gte=change.id).delete()
        end_all_links(subscriber)
    if is_taken:
        raise AddressTaken(old)
    address_changed.send(sender=Subscriber, subscriber_id=subscriber.id)
    return subscriber


def _delete_inactive(email: str, *, besides: Subscriber) -> None:
    """Delete the rows of an address that were never confirmed, or whose person has left."""
    others = Subscriber.objects.filter(email_key=email_addresses.key(email)).exclude(id=besides.id)
    others.exclude(status=Subscriber.Status.ACTIVE).delete()
