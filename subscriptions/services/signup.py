"""Sign-up: a request by address, then a confirmation by the mailed link.

Nobody can learn from outside whether an address is known. A sign-up and a request for a link write down an account
request and nothing else, whatever the address is; `account_requests/handlers.py` decides later what it leads to.
"""

from datetime import datetime

from django.utils import timezone

from subscriptions.account_requests import queue
from subscriptions.links import tokens
from subscriptions.links.lookup import find_subscriber
from subscriptions.links.tokens import ExpiredToken
from subscriptions.models import Errand, Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import former_interests, pending_preferences
from subscriptions.services.subscriber_rows import update_columns


def sign_up(email: str, preferences: Preferences, *, now: datetime | None = None) -> None:
    """Write down the request to sign up with *preferences*. *email* is valid already (`email_addresses.clean`)."""
    queue.add(Errand.Kind.SIGN_UP, now, email=email, columns=preferences.columns())


def request_link(email: str, *, now: datetime | None = None) -> None:
    """Ask for the link that opens the account.

    Somebody who has not confirmed yet gets the confirmation once more instead.
    """
    queue.add(Errand.Kind.LINK, now, email=email)


def find_confirming(token: str) -> Subscriber:
    """Return the subscriber whose confirmation link this is.

    Raises BadToken, also for a link from before they left: it brings nobody back.
    """
    subscriber = find_subscriber("confirm", token)
    issued = tokens.read("confirm", token).issued
    if subscriber.unsubscribed_at and issued < subscriber.unsubscribed_at.replace(microsecond=0):
        raise ExpiredToken("the person left after this link was made")
    return subscriber


def confirm(token: str, *, now: datetime | None = None) -> Subscriber:
    """Make the owner of the link an active subscriber and return them. A second call changes nothing.

    Raises BadToken.
    """
    now = now or timezone.now()
    subscriber = find_confirming(token)
    if subscriber.status != Subscriber.Status.ACTIVE:
        columns = pending_preferences.columns_at(subscriber, tokens.read("confirm", token).issued)
        former_interests.keep(subscriber, columns, now)
        columns |= {"consent_at": now, "confirmed_at": now, "unsubscribed_at": None, "paused_until": None}
        # Whoever has confirmed may ask for the next letter at once.
        columns |= {"status": Subscriber.Status.ACTIVE, "mailed_at": None, "wishes": {}, "changed_at": now}
        update_columns(subscriber, **columns)
    return subscriber
