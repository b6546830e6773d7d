"""Deletion of everything that is kept about a person, by a link that is mailed for it, or by an operator.

What stays is a keyed hash of their addresses, so that a later import of an old list does not bring them back.
"""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q

from subscriptions import audit, email_addresses
from subscriptions.account_requests import outbox
from subscriptions.links.lookup import find_subscriber
from subscriptions.models import Errand, MailOutage, Subscriber
from subscriptions.services import suppression


def request_deletion(subscriber: Subscriber) -> None:
    """Write down the request for the link that deletes. It is a fresh one, because old ones stay in mailboxes."""
    outbox.add(Errand.Kind.DELETION, subscriber=subscriber)


def delete(token: str) -> None:
    """Delete the person whose link this is. Raises BadToken."""
    delete_subscriber(find_subscriber("delete", token))


def delete_subscriber(subscriber: Subscriber) -> None:
    """Delete the person, and every line with one of their addresses. A suppression of their address stays."""
    confirmed = [subscriber.email, *subscriber.address_changes.values_list("old_email", flat=True)]
    emails = [*confirmed, subscriber.new_email] if subscriber.new_email else confirmed
    with transaction.atomic():
        subscriber.delete()
        Errand.objects.filter(_any_of("email__iexact", emails)).delete()
        names = [email.rpartition("@")[0] for email in emails]
        MailOutage.objects.filter(_any_of("reason__icontains", names)).update(reason="")
        audit.erase_names(emails)
        # An address that somebody else has by now is theirs.
        taken = Subscriber.objects.filter(email_key__in=[email_addresses.key(email) for email in confirmed])
        others = set(taken.values_list("email_key", flat=True))
        left = [email for email in confirmed if email_addresses.key(email) not in others]
        suppression.suppress_all(left, suppression.SuppressionReason.DELETED)


def _any_of(lookup: str, texts: Sequence[str]) -> Q:
    return reduce(or_, (Q(**{lookup: text}) for text in texts))
