"""Everything that changes a person's row. Letters are errands: they go out after the change is stored.

Nobody can learn from outside whether an address is known: sign-up and request for a link write down an errand and
nothing else, whatever the address is. `answering.py` finds out what is to be done.
"""

from datetime import date, datetime, timedelta
from typing import Literal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from subscriptions import email_addresses
from subscriptions.account_requests import queue
from subscriptions.account_requests.handlers import is_suppressed as is_suppressed
from subscriptions.email import messages
from subscriptions.email.messages import LetterRefused, MailUnavailable
from subscriptions.links import tokens
from subscriptions.links.lookup import holder, leaver
from subscriptions.links.tokens import BadToken, ExpiredToken
from subscriptions.models import Errand, Subscriber, Suppression, drawn
from subscriptions.preferences import Profile
from subscriptions.services import pending_preferences

Kind = Errand.Kind
Status = Subscriber.Status
# What somebody may choose rather than leaving for good.
Instead = Literal["undo", "weekly", "fewer", "pause"]

UNDO_WITHIN = timedelta(days=30)
PAUSE_INSTEAD = timedelta(days=28)
REMIND_AFTER = timedelta(hours=24)
REMIND_UNTIL = timedelta(days=6)
FEW = 5
MONDAY = 1


class AddressTaken(Exception):
    """Somebody else subscribed with the new address in the meantime."""


def sign_up(email: str, profile: Profile, *, now: datetime | None = None) -> None:
    """Write down the wishes and ask for confirmation. *email* is checked already (`addresses.clean`)."""
    queue.leave(Kind.SIGN_UP, now, email=email, wishes=profile.columns())


def confirm(token: str, *, now: datetime | None = None) -> Subscriber:
    """Make the holder a subscriber; pressing twice does no harm. Raises BadToken."""
    now = now or timezone.now()
    subscriber = confirming(token)
    if subscriber.status != Status.ACTIVE:
        fresh = {"consent_at": now, "confirmed_at": now, "unsubscribed_at": None, "paused_until": None}
        wished = pending_preferences.columns_at(subscriber, tokens.read("confirm", token).issued)
        # Whoever has confirmed may ask for the next letter at once.
        _change(subscriber, status=Status.ACTIVE, mailed_at=None, wishes={}, changed_at=now, **{**wished, **fresh})
    return subscriber


def confirming(token: str) -> Subscriber:
    """Whom a confirmation link belongs to. Raises BadToken: one from before they left brings nobody back."""
    subscriber = holder("confirm", token)
    issued = tokens.read("confirm", token).issued
    if subscriber.unsubscribed_at and issued < subscriber.unsubscribed_at.replace(microsecond=0):
        raise ExpiredToken("the person left after this link was made")
    return subscriber


def request_link(email: str, *, now: datetime | None = None) -> None:
    """Send the link to the preferences, or the confirmation once more to somebody who has not pressed its button."""
    queue.leave(Kind.LINK, now, email=email)


def run_errands(now: datetime | None = None) -> int:
    """Send the letters that could not go out at once. Gives how many errands are done."""
    return queue.run(now)


def change_preferences(subscriber: Subscriber, profile: Profile) -> None:
    _change(subscriber, **profile.columns(), changed_at=timezone.now())


def pause(subscriber: Subscriber, until: date) -> None:
    """No letters before *until*."""
    _change(subscriber, paused_until=until)


def resume(subscriber: Subscriber, *, now: datetime | None = None) -> None:
    """End a pause, and bring back somebody who left: they ask for it on their own page."""
    now = now or timezone.now()
    if subscriber.status == Status.UNSUBSCRIBED:
        _change(subscriber, status=Status.ACTIVE, unsubscribed_at=None, consent_at=now, confirmed_at=now)
    _change(subscriber, paused_until=None)


def request_address_change(subscriber: Subscriber, email: str) -> None:
    """Ask the new address to confirm. If it is somebody else's, nothing is sent, and the answer is the same."""
    _change(subscriber, new_email=email)
    queue.leave(Kind.ADDRESS, subscriber=subscriber, email=email)


def confirm_address_change(token: str) -> Subscriber:
    """Move to the new address and make every earlier link void. Raises BadToken or AddressTaken."""
    subscriber = changing_address(token)
    old, new = subscriber.email, subscriber.new_email
    try:
        with transaction.atomic():
            _change(subscriber, email=new, email_key=email_addresses.key(new), new_email="", epoch=drawn())
    except IntegrityError as error:
        raise AddressTaken(new) from error
    queue.leave(Kind.MOVED, subscriber=subscriber, email=old)
    return subscriber


def changing_address(token: str) -> Subscriber:
    """Whom the link sent to a new address belongs to; a later change of mind makes it void. Raises BadToken."""
    claim = messages.read_address_token(token)
    subscriber = Subscriber.objects.filter(id=claim.subject).exclude(new_email="").first()
    if subscriber is None or claim.epoch != messages.address_epoch(subscriber):
        raise BadToken("another address was asked for, or the change is done")
    return subscriber


def unsubscribe(token: str, *, now: datetime | None = None) -> Subscriber | None:
    """No letter any more, from this moment on. None: they were gone already. Raises BadToken."""
    subscriber = leaver(token)
    if subscriber is not None and subscriber.status != Status.UNSUBSCRIBED:
        _leave(Subscriber.objects.filter(id=subscriber.id), now or timezone.now())
        subscriber.refresh_from_db()
    return subscriber


def stay(token: str, instead: Instead, *, now: datetime | None = None) -> Subscriber:
    """Take an unsubscription back, or choose something milder than leaving. Raises BadToken.

    The link may be in strange hands with a forwarded letter: it never gives more letters than were asked for once.
    """
    now = now or timezone.now()
    subscriber = leaver(token)
    if subscriber is None or subscriber.consent_at is None:
        raise BadToken("there is nothing to come back to")
    if subscriber.unsubscribed_at and now - subscriber.unsubscribed_at > UNDO_WITHIN:
        raise ExpiredToken("they left too long ago")
    _change(subscriber, status=Status.ACTIVE, unsubscribed_at=None, changed_at=now, **_milder(subscriber, instead, now))
    return subscriber


def request_deletion(subscriber: Subscriber) -> None:
    """Deleting needs a fresh link, as old ones lie about in mailboxes."""
    queue.leave(Kind.DELETION, subscriber=subscriber)


def delete(token: str) -> None:
    """Everything we hold about the person goes, but not a note that they must never be written to. Raises BadToken."""
    holder("delete", token).delete()


def suppress(email: str, reason: str, detail: str = "") -> None:
    """Never write to *email* again. A complaint (`reason="complaint"`) also ends the subscription."""
    key = email_addresses.key(email)
    Suppression.objects.get_or_create(email_key=key, defaults={"reason": reason[:40], "detail": detail[:300]})
    if reason == "complaint":
        _leave(Subscriber.objects.filter(email_key=key), timezone.now())


def leave(email: str) -> None:
    """End the subscription of *email*, as their mail provider tells that they wish it. A stranger's is no error."""
    _leave(Subscriber.objects.filter(email_key=email_addresses.key(email)), timezone.now())


def remind(now: datetime | None = None) -> int:
    """Remind, once, those who signed up a day ago and have not confirmed. Gives how many letters went out."""
    now = now or timezone.now()
    waiting = Subscriber.objects.filter(
        status=Status.PENDING,
        reminded_at=None,
        mailed_at__lte=now - REMIND_AFTER,
        mailed_at__gt=now - REMIND_UNTIL,
    ).exclude(email_key__in=Suppression.objects.values("email_key"))
    return sum(_remind(subscriber, now) for subscriber in waiting.order_by("id")[:1000])


def _remind(subscriber: Subscriber, now: datetime) -> bool:
    row = Subscriber.objects.filter(id=subscriber.id, status=Status.PENDING)
    if not row.filter(reminded_at=None).update(reminded_at=now):
        return False
    try:
        messages.send_confirmation(pending_preferences.show(subscriber), reminder=True)
    except LetterRefused:
        return False
    except MailUnavailable:
        row.update(reminded_at=None)
        raise
    return True


def _milder(subscriber: Subscriber, instead: Instead, now: datetime) -> dict[str, object]:
    if instead == "weekly":
        return {"days": MONDAY}
    if instead == "fewer":
        return {"papers": min(FEW, subscriber.papers), "minimum": min(FEW, subscriber.minimum)}
    if instead == "pause":
        return {"paused_until": (now + PAUSE_INSTEAD).date()}
    return {}


def _leave(rows: QuerySet[Subscriber], now: datetime) -> None:
    rows.exclude(status=Status.UNSUBSCRIBED).update(status=Status.UNSUBSCRIBED, unsubscribed_at=now)


def _change(subscriber: Subscriber, **columns: object) -> None:
    """Write these columns only: another process may be writing others."""
    for name, value in columns.items():
        setattr(subscriber, name, value)
    Subscriber.objects.filter(id=subscriber.id).update(**columns)
