"""Sign-up from the form to the active subscriber, in the order in which it happens.

1. The page checks the form, calls `sign_up`, and says the same whoever asked (`views/signup.py`). A row in the outbox
   is all that is stored: nobody can learn from outside whether an address is known.
2. The drain calls `decide_sign_up`: it stores the person, and the row becomes the letter to them, or nothing comes of
   it. A request for a link goes the same way by `request_link` and `decide_link`.
3. The drain sends the letter, now or when the mail server takes it (`account_requests/`).
4. The button behind the letter's link calls `confirm`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from subscriptions import email_addresses, rate_limits
from subscriptions.account_requests import outbox
from subscriptions.links import tokens
from subscriptions.links.lookup import find_subscriber
from subscriptions.links.tokens import ExpiredToken
from subscriptions.models import Errand, Subscriber
from subscriptions.preference_defaults import Preferences
from subscriptions.services import former_interests, pending_preferences, suppression
from subscriptions.services.subscriber_rows import update_columns
from subscriptions.services.suppression import is_suppressed
from subscriptions.signals import feedback_imported, subscriber_confirmed

ErrandKind = Errand.Kind
Status = Subscriber.Status
# One letter to a person in this time is enough.
MIN_TIME_BETWEEN_LETTERS = timedelta(minutes=10)


def sign_up(
    email: str,
    preferences: Preferences,
    *,
    likes: Sequence[str] = (),
    turn: int = 0,
    now: datetime | None = None,
) -> timedelta:
    """Write down the request to sign up with *preferences*, and return how long its letter may have to wait.

    *email* is valid already (`email_addresses.clean`), *likes* are arXiv ids of papers that the person likes, *turn* is
    what `rate_limits.take_turn` returned.
    """
    wait = rate_limits.take_place(email, turn, now or timezone.now())
    columns = preferences.columns() | ({pending_preferences.LIKES: list(likes)} if likes else {})
    outbox.add(ErrandKind.SIGN_UP, now, email=email, columns=columns, turn=turn)
    return wait


def decide_sign_up(request: Errand, now: datetime) -> bool:
    """Turn a sign-up into a confirmation, or for an active subscriber into the link to their account.

    Return whether there is a letter. An active subscriber's preferences stay as they are: a stranger could have typed
    the address. The new preferences of somebody who left or has not confirmed yet count once they are confirmed.
    Raises DomainFull.
    """
    person = _find_subscriber(request.email)
    if is_suppressed(request.email) or not _may_be_mailed(person, now, request.wishes):
        return False
    if person is not None and outbox.has_waiting_letter(person):
        if person.status != Status.ACTIVE:
            pending_preferences.add(person, request.wishes, timezone.now())  # the waiting letter will show them
        return False
    is_subscriber = person is not None and person.status == Status.ACTIVE
    if not rate_limits.allow_letter(request.email, turn=request.turn, is_subscriber=is_subscriber):
        return False
    with transaction.atomic():
        asked_at = timezone.now()
        person, created = Subscriber.objects.get_or_create(
            email_key=email_addresses.key(request.email),
            defaults={
                "email": request.email,
                "created_at": asked_at,
                "asked_at": asked_at,
                **pending_preferences.without_likes(request.wishes),
            },
        )
        # Read anew: of two requests at once, the other one's letter may have left since.
        if not (created or _may_be_mailed(person, now, request.wishes)):
            return False
        if person.status == Status.ACTIVE:
            return outbox.turn_into_letter(request, ErrandKind.ALREADY, person)
        if not created or pending_preferences.LIKES in request.wishes:
            pending_preferences.add(person, request.wishes, timezone.now())
        return outbox.turn_into_letter(request, ErrandKind.CONFIRMATION, person)


def request_link(email: str, *, turn: int = 0, now: datetime | None = None) -> timedelta:
    """Ask for the link that opens the account, and return how long it may have to wait.

    Somebody who has not confirmed yet gets the confirmation once more instead.
    """
    wait = rate_limits.take_place(email, turn, now or timezone.now())
    outbox.add(ErrandKind.LINK, now, email=email, turn=turn)
    return wait


def request_own_link(subscriber: Subscriber) -> None:
    """Ask for the link that opens the account, by a button behind a link in the reader's own letters.

    It counts for the reader alone (`rate_limits.allow_reader`): strangers who use up the letters to a mailbox keep
    nobody out.
    """
    outbox.add(ErrandKind.LINK, subscriber=subscriber, email=subscriber.email)


def decide_link(request: Errand, now: datetime) -> bool:
    """Turn a request into the link to the account, or for the unconfirmed into the confirmation once more.

    Return whether there is a letter. Raises DomainFull.
    """
    person = _find_subscriber(request.email)
    if person is None or is_suppressed(request.email) or not _may_be_mailed(person, now):
        return False
    if outbox.has_waiting_letter(person):
        return False
    is_subscriber = person.status == Status.ACTIVE
    is_counted_already = request.subscriber_id == person.id
    if not is_counted_already and not rate_limits.allow_letter(
        request.email, turn=request.turn, is_subscriber=is_subscriber
    ):
        return False
    return outbox.turn_into_letter(
        request, ErrandKind.CONFIRMATION if person.status == Status.PENDING else ErrandKind.MANAGE, person
    )


def find_confirming(token: str) -> Subscriber:
    """Return the subscriber whose confirmation link this is.

    Raises BadToken, also for a link from before they left: it brings nobody back.
    """
    subscriber = find_subscriber("confirm", token)
    issued = tokens.read("confirm", token).issued
    if subscriber.unsubscribed_at and issued < subscriber.unsubscribed_at.replace(microsecond=0):
        raise ExpiredToken("the person left after this link was made")
    return subscriber


def confirm(token: str, *, zone: str = "", now: datetime | None = None) -> Subscriber:
    """Make the owner of the link an active subscriber and return them. A second call changes nothing.

    *zone* is a valid time zone if they gave one with their confirmation. Raises BadToken.
    """
    now = now or timezone.now()
    subscriber = find_confirming(token)
    if subscriber.status != Status.ACTIVE:
        columns = pending_preferences.columns_at(subscriber, tokens.read("confirm", token).issued)
        likes = columns.pop(pending_preferences.LIKES, [])
        # In one transaction: of a confirmation that is cut short nothing counts, and the link is good for another.
        with transaction.atomic():
            former_interests.keep(subscriber, columns, now)
            columns |= {"timezone": zone} if zone else {}
            columns |= {"consent_at": now, "confirmed_at": now, "unsubscribed_at": None, "paused_until": None}
            # Whoever has confirmed may ask for the next letter at once.
            columns |= {"status": Status.ACTIVE, "mailed_at": None, "wishes": {}, "changed_at": now}
            update_columns(subscriber, **columns)
            suppression.forget_deletion(subscriber.email)
            if likes:
                said = [{"paper": arxiv_id, "kind": "more"} for arxiv_id in likes]
                feedback_imported.send(Subscriber, feedback={subscriber.id: said})
        subscriber_confirmed.send(Subscriber, now=now)
    return subscriber


def _find_subscriber(email: str) -> Subscriber | None:
    return Subscriber.objects.filter(email_key=email_addresses.key(email)).first()


def _may_be_mailed(person: Subscriber | None, now: datetime, columns: Mapping[str, object] | None = None) -> bool:
    """Return whether the last letter is long enough ago, or somebody corrects the sign-up they just made."""
    if person is None or not person.mailed_at:
        return True
    # A time in the future is one of a clock that was set back since.
    if not now - MIN_TIME_BETWEEN_LETTERS < person.mailed_at < now + MIN_TIME_BETWEEN_LETTERS:
        return True
    is_correction = columns is not None and pending_preferences.newest_columns(person) != columns
    return is_correction and person.status != Status.ACTIVE
