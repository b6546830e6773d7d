"""Decides what an account request leads to, a letter or nothing, and sends the letter.

Anybody can ask by typing an address. Whether it is known, suppressed or had enough letters is decided here, long after
the person got their answer. The decision is stored before the letter goes out, so that it is made once: the request
becomes a letter that waits. A person has one such letter at most, whoever asks meanwhile, and `mailed_at` says when it
left.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from subscriptions import email_addresses, rate_limits
from subscriptions.email import messages
from subscriptions.models import AddressChange, Errand, Subscriber
from subscriptions.services import pending_preferences
from subscriptions.services.suppression import is_suppressed

Kind = Errand.Kind
Status = Subscriber.Status
LETTERS_WITH_LINK = (Kind.CONFIRMATION, Kind.ALREADY, Kind.MANAGE, Kind.REMINDER)
# One letter to a person in this time is enough.
MIN_TIME_BETWEEN_LETTERS = timedelta(minutes=10)


def handle(request: Errand, now: datetime) -> None:
    """Decide what a request leads to, where that is open, and send the letter.

    Raises MailUnavailable, LetterPutOff or LetterRefused.
    """
    match request.kind:
        case Kind.SIGN_UP:
            has_letter = _decide_sign_up(request, now)
        case Kind.LINK:
            has_letter = _decide_link(request, now)
        case Kind.ADDRESS:
            has_letter = _decide_address_change(request)
        case _:
            has_letter = True
    if has_letter and _send_letter(request) and request.kind in LETTERS_WITH_LINK:
        Subscriber.objects.filter(errands=request).update(mailed_at=now)


def _decide_sign_up(request: Errand, now: datetime) -> bool:
    """Turn a sign-up into a confirmation, or for an active subscriber into the link to their preferences.

    An active subscriber's preferences stay as they are: a stranger could have typed the address. The new preferences of
    somebody who left or has not confirmed yet count once they are confirmed.
    """
    person = _find_subscriber(request.email)
    if is_suppressed(request.email) or not _may_be_mailed(person, now, request.wishes):
        return False
    if person is not None and _has_waiting_letter(person):
        if person.status != Status.ACTIVE:
            pending_preferences.add(person, request.wishes, timezone.now())  # the waiting letter will show them
        return False
    if not rate_limits.allow_letter(request.email):
        return False
    with transaction.atomic():
        person, created = Subscriber.objects.get_or_create(
            email_key=email_addresses.key(request.email), defaults={"email": request.email, **request.wishes}
        )
        # Read anew: of two requests at once, the other one's letter may have left since.
        if not (created or _may_be_mailed(person, now, request.wishes)):
            return False
        if person.status == Status.ACTIVE:
            return _turn_into_letter(request, Kind.ALREADY, person)
        if not created:
            pending_preferences.add(person, request.wishes, timezone.now())
        return _turn_into_letter(request, Kind.CONFIRMATION, person)


def _decide_link(request: Errand, now: datetime) -> bool:
    """Turn a request into the link to the preferences, or for the unconfirmed into the confirmation once more."""
    person = _find_subscriber(request.email)
    if person is None or is_suppressed(request.email) or not _may_be_mailed(person, now):
        return False
    if _has_waiting_letter(person):
        return False
    if not rate_limits.allow_letter(request.email):
        return False
    return _turn_into_letter(request, Kind.CONFIRMATION if person.status == Status.PENDING else Kind.MANAGE, person)


def _decide_address_change(request: Errand) -> bool:
    """Turn a change of address into the check of the new one. If that is somebody else's, it gets nothing."""
    if is_suppressed(request.email) or _find_subscriber(request.email) or not rate_limits.allow_letter(request.email):
        return False
    request.kind = Kind.CHECK
    request.save(update_fields=["kind"])
    return True


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


def _has_waiting_letter(person: Subscriber) -> bool:
    """Return whether a letter with a link waits for the mail server already. It was counted when it was decided."""
    return Errand.objects.filter(subscriber=person, kind__in=LETTERS_WITH_LINK).exists()


def _turn_into_letter(request: Errand, kind: Kind, person: Subscriber) -> bool:
    """Turn a request into the letter that answers it. Return False if another process did so or wrote to them just now.

    Whoever sends a letter writes mailed_at before it deletes the request: so one of the two is seen here.
    """
    try:
        with transaction.atomic():
            # It changes nothing but locks the row, so that mailed_at stays what it is until the end.
            unchanged = Subscriber.objects.filter(id=person.id, mailed_at=person.mailed_at)
            if not unchanged.update(mailed_at=person.mailed_at):
                return False
            request.kind, request.subscriber, request.email, request.wishes = kind, person, "", {}
            request.save(update_fields=["kind", "subscriber", "email", "wishes"])
    except IntegrityError:  # another letter waits
        return False
    return True


def _send_letter(request: Errand) -> bool:
    """Send the letter, unless what happened since makes it needless. Return whether it left."""
    person = request.subscriber
    if person is None:
        return False
    if request.kind == Kind.DELETION:
        # Asked for on the person's own page: the one letter that goes to a suppressed address too.
        messages.send_deletion_link(person)
        return True
    if is_suppressed(request.email or person.email):
        return False
    match request.kind:
        case Kind.CONFIRMATION if person.status != Status.ACTIVE:
            messages.send_confirmation(pending_preferences.apply_newest(person))
        case Kind.REMINDER if person.status == Status.PENDING:
            messages.send_confirmation(pending_preferences.apply_newest(person), reminder=True)
        case Kind.CHECK if person.new_email == request.email:
            messages.send_address_check(person)
        case Kind.MOVED if change := AddressChange.objects.filter(subscriber=person, old_email=request.email).last():
            messages.send_address_changed(person, change)
        case Kind.ALREADY:
            messages.send_already_subscribed(person)
        case Kind.MANAGE:
            messages.send_link(person)
        case _:
            return False
    return True
