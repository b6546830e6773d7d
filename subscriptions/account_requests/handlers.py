"""Handles one account request: has the service that it belongs to decide what it leads to, and sends the letter.

Anybody can ask by typing an address. Whether it is known, suppressed or had enough letters is decided here, long after
the person got their answer. The decision is stored before the letter goes out, so that it is made once: the request
becomes a letter that waits. A person has one such letter at most, whoever asks meanwhile, and `mailed_at` says when it
left.
"""

from datetime import datetime

from subscriptions.account_requests.outbox import LETTERS_WITH_LINK
from subscriptions.email import messages
from subscriptions.models import AddressChange, Errand, Subscriber
from subscriptions.services import address_change, pending_preferences, signup
from subscriptions.services.suppression import is_suppressed

ErrandKind = Errand.Kind
Status = Subscriber.Status


def handle(request: Errand, now: datetime) -> None:
    """Decide what a request leads to, where that is open, and send the letter.

    Raises DomainFull, MailUnavailable, LetterPutOff or LetterRefused.
    """
    match request.kind:
        case ErrandKind.SIGN_UP:
            has_letter = signup.decide_sign_up(request, now)
        case ErrandKind.LINK:
            has_letter = signup.decide_link(request, now)
        case ErrandKind.ADDRESS:
            has_letter = address_change.decide_address_change(request)
        case _:
            has_letter = True
    if has_letter and _send_letter(request) and request.kind in LETTERS_WITH_LINK:
        Subscriber.objects.filter(errands=request).update(mailed_at=now)


def _send_letter(request: Errand) -> bool:
    """Send the letter, unless what happened since makes it needless. Return whether it left."""
    person = request.subscriber
    if person is None:
        return False
    if request.kind == ErrandKind.DELETION:
        # Asked for on the person's own page: the one letter that goes to a suppressed address too.
        messages.send_deletion_link(person)
        return True
    if is_suppressed(request.email or person.email):
        return False
    match request.kind:
        case ErrandKind.CONFIRMATION if person.status != Status.ACTIVE:
            messages.send_confirmation(pending_preferences.apply_newest(person))
        case ErrandKind.REMINDER if person.status == Status.PENDING:
            messages.send_confirmation(pending_preferences.apply_newest(person), reminder=True)
        case ErrandKind.CHECK if person.new_email == request.email:
            messages.send_address_check(person)
        case ErrandKind.MOVED if change := AddressChange.objects.filter(
            subscriber=person, old_email=request.email
        ).last():
            messages.send_address_changed(person, change)
        case ErrandKind.ALREADY:
            messages.send_already_subscribed(person)
        case ErrandKind.GOODBYE if person.status == Status.UNSUBSCRIBED:
            messages.send_goodbye(person)
        case ErrandKind.MANAGE:
            messages.send_link(person)
        case _:
            return False
    return True
