"""The outbox of account letters: what people asked for by address, and the letters that this led to (table Errand).

Every short letter goes through it: confirmations, those of imported people too, links, changes of address, reminders.
A row is written while somebody waits for a page and deleted once it is done; `drain.py` works it off. A page takes as
long and says the same whether the address is known or not, and whether or not the mail server answers.

A letter that fails for a reason of ours waits until that is mended, as long as its link would be valid. One that its
recipient's server refuses is tried a few times. Every step is one conditional statement, so that any number of
processes may take it. A process that is killed between a letter and the deletion of its row may cause that letter to be
sent once more.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import ngettext

from subscriptions import email_addresses, rate_limits
from subscriptions.email import outage
from subscriptions.links.tokens import CONFIRMATION_DAYS
from subscriptions.models import Errand, Subscriber
from subscriptions.signals import account_request_added

log = logging.getLogger(__name__)

ErrandKind = Errand.Kind
LETTERS_WITH_LINK = (ErrandKind.CONFIRMATION, ErrandKind.ALREADY, ErrandKind.MANAGE, ErrandKind.REMINDER)

# A process that has not finished a request by then is taken for dead. It is longer than a mail server may take.
LEASE_DURATION = timedelta(minutes=10)
# The waits after the first, second … refusal by the recipient's server. After the last one the request is given up.
RETRY_DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
# The waits after attempts that failed for reasons of ours. The last one repeats itself.
DELAYS_UNTIL_MENDED = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15))
# A letter that could not leave for so long is given up: who wants it still asks again.
MAX_AGE = timedelta(days=CONFIRMATION_DAYS)
MAX_WAIT = timedelta(days=1)
# Requests that wait for a decision: it waits where a domain is full. A million of them would fill a disk.
UNDECIDED = (ErrandKind.SIGN_UP, ErrandKind.LINK, ErrandKind.ADDRESS)
MAX_UNDECIDED = 10_000
# The scheduler drains so often.
DRAIN_INTERVAL = timedelta(minutes=1)
NO_DELAY = timedelta(0)


def add(
    kind: ErrandKind,
    now: datetime | None = None,
    *,
    subscriber: Subscriber | None = None,
    email: str = "",
    columns: dict[str, object] | None = None,
    turn: int = 0,
    delay: timedelta = NO_DELAY,
) -> None:
    """Write a request down. It is handled once the transaction around it is committed, with ERRANDS_INLINE at once.

    It waits for *delay*, if one is given. *columns* are the preferences of a sign-up, as a subscriber's row holds them;
    *turn* is what `rate_limits.take_turn` returned.
    """
    now = now or timezone.now()
    moments = {"not_before": now + delay, "created_at": now}
    Errand.objects.create(kind=kind, subscriber=subscriber, email=email, wishes=columns or {}, turn=turn, **moments)
    account_request_added.send(Errand, now=now)


def add_letters(kind: ErrandKind, subscriber_ids: Iterable[int], now: datetime) -> None:
    """Write down a letter for each of these people, unless another with a link waits for them. The next drain sends it.

    *kind* is one of LETTERS_WITH_LINK.
    """
    columns = {"kind": kind, "not_before": now, "created_at": now}
    Errand.objects.bulk_create(
        [Errand(subscriber_id=subscriber_id, **columns) for subscriber_id in subscriber_ids], ignore_conflicts=True
    )


def has_waiting_letter(person: Subscriber) -> bool:
    """Return whether a letter with a link waits for the mail server already. It was counted when it was decided."""
    return Errand.objects.filter(subscriber=person, kind__in=LETTERS_WITH_LINK).exists()


def turn_into_letter(request: Errand, kind: ErrandKind, person: Subscriber) -> bool:
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


def find_next_due(now: datetime) -> Errand | None:
    """Return what is to be handled next, or None. Networks take turns."""
    # A time far ahead is one of a clock that was set back since.
    due = Q(not_before__lte=now) | Q(not_before__gt=now + MAX_WAIT)
    return Errand.objects.select_related("subscriber").filter(due).order_by("turn", "not_before", "id").first()


def claim(request: Errand, now: datetime) -> bool:
    """Take a request. Return False if another process has changed the row from what it was."""
    seen = Errand.objects.filter(id=request.id, not_before=request.not_before, attempts=request.attempts)
    if not seen.update(not_before=now + LEASE_DURATION, attempts=F("attempts") + 1):
        return False
    request.attempts += 1
    return True


def finish(request: Errand) -> None:
    """Delete a request that is done, or given up."""
    Errand.objects.filter(id=request.id).delete()


def wait_after_refusal(request: Errand, now: datetime) -> bool:
    """Let a letter wait that its recipient's server refused. Return False where that was once too often."""
    if request.refusals >= len(RETRY_DELAYS):
        log.warning("Account request %s is given up: its letter was refused too often.", request.id)
        finish(request)
        return False
    next_attempt = now + RETRY_DELAYS[request.refusals]
    row = Errand.objects.filter(id=request.id)
    row.update(refusals=F("refusals") + 1, failed_for_us=False, not_before=next_attempt)
    return True


def wait_until_mended(request: Errand, now: datetime) -> None:
    """Let a letter wait that failed for a reason of ours. It is given up once its link would not be valid any more."""
    if now - request.created_at >= MAX_AGE:
        log.error("Account request %s is given up after %d attempts.", request.id, request.attempts)
        _ask_imported_again(request)
        finish(request)
        return
    next_attempt = now + DELAYS_UNTIL_MENDED[min(request.attempts, len(DELAYS_UNTIL_MENDED)) - 1]
    Errand.objects.filter(id=request.id).update(failed_for_us=True, not_before=next_attempt)


def wait_for_room(request: Errand, until: datetime, now: datetime) -> None:
    """Let a request wait until its domain has room again, and with it all later ones that would find none either.

    What waits is bounded, in number and in time. Beyond that the latest requests of the network that asked for most are
    given up.
    """
    if now - request.created_at >= MAX_AGE:
        log.warning("Account request %s is given up: its domain had no room for it.", request.id)
        finish(request)
        return
    until = max(until, now + DRAIN_INTERVAL)  # this drain must not find it again, whatever clock it was given
    Errand.objects.filter(id=request.id).update(failed_for_us=False, not_before=until)
    others = _undecided_at(request.email).filter(kind=ErrandKind.SIGN_UP, turn__gte=request.turn, not_before__lte=now)
    others.update(not_before=until)
    # Nobody has looked yet whether a new request for a link is a subscriber's, whom no flood keeps out.
    waiting = Errand.objects.filter(kind__in=UNDECIDED).filter(Q(kind=ErrandKind.SIGN_UP) | Q(attempts__gt=0))
    excess = waiting.count() - MAX_UNDECIDED
    if excess > 0:
        latest = waiting.order_by("-turn", "-id").values_list("id", flat=True)
        Errand.objects.filter(id__in=list(latest[:excess])).delete()
        rate_limits.note_full_outbox()


def describe_waiting(now: datetime) -> str:
    """Return, for an operator, how many letters failed for a reason of ours and which; empty while letters leave."""
    current = outage.find_outage(now)
    waiting = Errand.objects.filter(failed_for_us=True).count()
    if current is None or not waiting:
        return ""
    text = ngettext(
        "%(count)d account letter waits since %(since)s: %(reason)s",
        "%(count)d account letters wait since %(since)s: %(reason)s",
        waiting,
    )
    since = timezone.localtime(current.since).strftime("%Y-%m-%d %H:%M")
    return text % {"count": waiting, "since": since, "reason": current.reason}


def _undecided_at(email: str) -> QuerySet[Errand]:
    """Return the requests at the domain of *email* that wait for a decision."""
    return Errand.objects.filter(kind__in=UNDECIDED, email__iendswith=f"@{email_addresses.domain(email)}")


def _ask_imported_again(request: Errand) -> None:
    """Have somebody who was imported asked again: they did not ask for a letter, and cannot miss it."""
    people = Subscriber.objects.filter(errands=request.id, status=Subscriber.Status.PENDING, mailed_at=None)
    people.exclude(asked_at=F("created_at")).update(asked_at=None)
