"""What is done about an errand: what somebody asked for becomes a letter or nothing, and a letter goes out.

Anybody can ask by typing an address. Whether it is known, blocked or had enough letters is found out here, long after
the person got their answer. The decision is stored before the letter goes out, so that it is made once.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from subscriptions import email_addresses, rate_limits
from subscriptions.email import messages
from subscriptions.models import Errand, Subscriber, Suppression
from subscriptions.services import pending_preferences

Kind = Errand.Kind
Status = Subscriber.Status
BETWEEN_LETTERS = timedelta(minutes=10)


def carry_out(errand: Errand, now: datetime) -> None:
    """Raises MailUnavailable or LetterRefused."""
    decide = DECISIONS.get(errand.kind)
    if decide is None or decide(errand, now):
        _write(errand)


def is_suppressed(email: str) -> bool:
    return Suppression.objects.filter(email_key=email_addresses.key(email)).exists()


def _sign_up(errand: Errand, now: datetime) -> bool:
    """A subscriber's own wishes stay as they are: a stranger could have typed the address. They get their link instead.

    So do those of somebody who left or has not confirmed yet: the new ones count once they are confirmed.
    """
    person = _known(errand.email)
    if (
        is_suppressed(errand.email)
        or not _ready(person, now, errand.wishes)
        or not rate_limits.letter_may_go(errand.email)
    ):
        return False
    with transaction.atomic():
        columns = {"email": errand.email, **errand.wishes}
        person, created = Subscriber.objects.get_or_create(
            email_key=email_addresses.key(errand.email), defaults=columns
        )
        if person.status == Status.ACTIVE:
            return _become(errand, Kind.ALREADY, person, now)
        if not created:
            pending_preferences.put(person, errand.wishes, timezone.now())
        return _become(errand, Kind.CONFIRMATION, person, now)


def _link(errand: Errand, now: datetime) -> bool:
    """The link to the preferences, or the confirmation once more to somebody who has not pressed its button."""
    person = _known(errand.email)
    if person is None or is_suppressed(errand.email) or not _ready(person, now):
        return False
    if not rate_limits.letter_may_go(errand.email):
        return False
    return _become(errand, Kind.CONFIRMATION if person.status == Status.PENDING else Kind.MANAGE, person, now)


def _address(errand: Errand, now: datetime) -> bool:
    """If the new address is somebody else's, it gets nothing."""
    if is_suppressed(errand.email) or _known(errand.email) or not rate_limits.letter_may_go(errand.email):
        return False
    errand.kind = Kind.CHECK
    errand.save(update_fields=["kind"])
    return True


DECISIONS: Mapping[str, Callable[[Errand, datetime], bool]] = {
    Kind.SIGN_UP: _sign_up,
    Kind.LINK: _link,
    Kind.ADDRESS: _address,
}


def _known(email: str) -> Subscriber | None:
    return Subscriber.objects.filter(email_key=email_addresses.key(email)).first()


def _ready(person: Subscriber | None, now: datetime, wishes: Mapping[str, object] | None = None) -> bool:
    """One letter in ten minutes is enough, except for somebody who corrects the sign-up they just made."""
    if person is None or not person.mailed_at or not now - BETWEEN_LETTERS < person.mailed_at < now + BETWEEN_LETTERS:
        # A time in the future is one of a clock that was set back since.
        return True
    return wishes is not None and person.status != Status.ACTIVE and pending_preferences.newest(person) != wishes


def _become(errand: Errand, kind: Kind, person: Subscriber, now: datetime) -> bool:
    """Make of the question the letter that answers it. False if another process wrote to them a moment ago."""
    with transaction.atomic():
        if not Subscriber.objects.filter(id=person.id, mailed_at=person.mailed_at).update(mailed_at=now):
            return False
        errand.kind, errand.subscriber, errand.email, errand.wishes = kind, person, "", {}
        errand.save(update_fields=["kind", "subscriber", "email", "wishes"])
    return True


def _write(errand: Errand) -> None:
    """Send the letter, unless what happened since makes it needless."""
    person = errand.subscriber
    if person is None:
        return
    if errand.kind == Kind.DELETION:
        # Asked for on the person's own page: the one letter that goes to an address never to be written to.
        messages.send_deletion(person)
    elif is_suppressed(errand.email or person.email):
        return
    elif errand.kind == Kind.CONFIRMATION:
        if person.status != Status.ACTIVE:
            messages.send_confirmation(pending_preferences.show(person))
    elif errand.kind == Kind.CHECK:
        if person.new_email == errand.email:
            messages.send_address_check(person)
    elif errand.kind == Kind.MOVED:
        messages.send_moved(person, errand.email)
    else:
        PLAIN[errand.kind](person)


PLAIN: Mapping[str, Callable[[Subscriber], None]] = {
    Kind.ALREADY: messages.send_already,
    Kind.MANAGE: messages.send_link,
}
