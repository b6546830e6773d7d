"""Addresses that get no more letters: those that do not exist, and those that are worn out.

Both are decided from the outbox at the end of a drain, so that the next one does what a killed drain could not. A brake
comes before that: a relay that calls more than a third of all addresses unknown is wrong about itself, and nobody is
given up.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digest.delivery import pause
from digest.delivery.outcomes import worn_out
from digest.delivery.recipient_domain import domain_of
from digest.models import Delivery, Edition, Run
from subscriptions import selectors
from subscriptions.email.mail_answers import Fault
from subscriptions.services import suppression
from subscriptions.services.suppression import SuppressionReason

State = Delivery.State

# Letters, and domains among the refused addresses, below which the brake says nothing.
MIN_LETTERS = 50
MIN_DOMAINS = 5
MAX_REFUSED_SHARE = 1 / 3
# So many unknown addresses in a run that served nobody speak against the relay.
MIN_UNKNOWN = 5
JUDGED_TIME = timedelta(hours=1)
GIVEN_UP_AT_ONCE = {
    Fault.GONE: SuppressionReason.HARD_BOUNCE,
    Fault.SUPPRESSED: SuppressionReason.PROVIDER_LIST,
}


@dataclass(slots=True)
class Brake:
    """Counts letters that were tried, and addresses that were refused as unknown or without a reason, by domain."""

    tried: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def note(self, address: str, fault: Fault | None) -> None:
        """Count a letter that has got an answer."""
        self.tried += 1
        if fault in (Fault.GONE, Fault.DOUBT):
            self.refused[domain_of(address)] += 1

    def reason_to_pause(self, *, is_over: bool = True) -> str:
        """Return why the relay is taken to be wrong; empty while it is not.

        While letters still go (not *is_over*) as many must have been refused as otherwise must have been tried: dead
        addresses often stand together, and those behind them must be served.
        """
        refused = self.refused.total()
        counted = self.tried if is_over else refused
        if counted < MIN_LETTERS or len(self.refused) < MIN_DOMAINS or refused <= MAX_REFUSED_SHARE * self.tried:
            return ""
        figures = {"refused": refused, "tried": self.tried, "domains": len(self.refused)}
        return (
            _("The mail server refused %(refused)d of %(tried)d addresses in %(domains)d domains. It may be at fault.")
            % figures
        )


def judge_and_give_up(edition: Edition, now: datetime) -> str:
    """Suppress the readers of failed letters whose address does not exist or is worn out.

    If the relay is taken to be wrong, nobody is suppressed, and the edition is paused: the reason is returned. It is
    judged by all letters of the last hour, or since the edition was resumed, whichever drains sent them.
    """
    failed = Delivery.objects.filter(edition=edition, state=State.FAILED, subscriber__isnull=False)
    new = failed.filter(selectors.is_not_suppressed(), fault__in=(*GIVEN_UP_AT_ONCE, *worn_out.COUNTED_FAULTS))
    failures = list(new.values_list("fault", "subscriber", "finished_at"))
    if not failures:
        return ""
    gone_at = [at for fault, _reader_id, at in failures if fault == Fault.GONE and at]
    since = min([now - JUDGED_TIME, *gone_at])  # a drain that was killed may have left some, a day ago
    resumed_at = Edition.objects.filter(id=edition.id).values_list("resumed_at", flat=True).first()
    if reason := _judge_relay(edition, max(since, resumed_at) if resumed_at else since):
        with transaction.atomic():  # a kill in between must not leave one without the other
            pause.pause_by_itself(edition, reason, now)
            _disbelieve_relay(edition, since)
        return reason
    by_fault: dict[Fault, set[int]] = {}
    for fault, reader_id, _at in failures:
        by_fault.setdefault(Fault(fault), set()).add(reader_id)
    run = latest_run(Edition.objects.filter(id=edition.id))
    for fault, why in GIVEN_UP_AT_ONCE.items():
        _suppress(by_fault.get(fault, set()), why, run)
    perhaps = by_fault.get(Fault.RECIPIENT, set()) | by_fault.get(Fault.DOUBT, set())
    _suppress(worn_out.find_worn_out(perhaps, now), SuppressionReason.WORN_OUT, run)
    return ""


def _judge_relay(edition: Edition, since: datetime) -> str:
    """Return why the relay is taken to be wrong, by the edition's letters that ended since then."""
    ended = Delivery.objects.filter(edition=edition, finished_at__gte=since)
    refused = ended.filter(state=State.FAILED, fault__in=(Fault.GONE, Fault.DOUBT, Fault.DISBELIEVED))
    readers = selectors.get_readers([key for key in refused.values_list("subscriber", flat=True) if key is not None])
    tried = ended.filter(state__in=(State.ACCEPTED, State.FAILED)).count()
    return Brake(tried, Counter(domain_of(reader.email) for reader in readers.values())).reason_to_pause()


def _disbelieve_relay(edition: Edition, since: datetime) -> None:
    """Count the addresses refused since then as refused for our own reasons, and suppress none of them."""
    rows = Delivery.objects.filter(edition=edition, state=State.FAILED, finished_at__gte=since)
    refused = dict(rows.filter(fault__in=(Fault.GONE, Fault.DOUBT)).values_list("id", "subscriber"))
    readers = selectors.get_readers([key for key in refused.values() if key is not None])
    suppression.lift_made_since([reader.email for reader in readers.values()], since)
    Delivery.objects.filter(id__any_of=list(refused)).update(fault=Fault.DISBELIEVED)


def latest_run(editions: QuerySet[Edition]) -> int | None:
    """Return the id of the latest run over the day of *editions*: what `undo_suppressions --run` takes."""
    rows = Run.objects.filter(day__in=editions.values("day")).order_by("-id")
    return rows.values_list("id", flat=True).first()


def describe_given_up(day: date, first_run: int) -> list[str]:
    """Return how many addresses were given up since *first_run* over *day*, and what takes it back, for each run."""
    runs = list(Run.objects.filter(day=day, id__gte=first_run).values_list("id", flat=True))
    notes = []
    for number, count in selectors.count_given_up(runs).items():
        text = ngettext(
            "%(count)d address gets no more letters. If that is wrong: undo_suppressions --run %(run)d",
            "%(count)d addresses get no more letters. If that is wrong: undo_suppressions --run %(run)d",
            count,
        )
        notes.append(text % {"count": count, "run": number})
    return notes


def suspect_relay(edition: Edition, since: datetime) -> str:
    """Return that the relay may know none of our readers, where it called several unknown since then; else empty.

    To be asked of a time in which nobody was served.
    """
    failed = Delivery.objects.filter(edition=edition, state=State.FAILED, fault=Fault.GONE)
    count = failed.filter(finished_at__gte=since).count()
    if count < MIN_UNKNOWN:
        return ""
    text = _(
        "The mail server called %d addresses unknown and took no letter: it may know none of our readers."
        " See whether EMAIL_URL is right."
    )
    return text % count


def _suppress(reader_ids: Collection[int], why: SuppressionReason, run: int | None) -> None:
    if reader_ids:
        emails = [reader.email for reader in selectors.get_readers(reader_ids).values()]
        suppression.suppress_all(emails, why, run)
