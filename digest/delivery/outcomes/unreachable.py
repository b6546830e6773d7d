"""Addresses that get no more letters: those that do not exist, and those that are worn out.

Both are decided from the outbox at the end of a drain, so that the next one does what a killed drain could not. A brake
comes before that: a relay that calls more than a third of all addresses unknown is wrong about itself, and nobody is
given up.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from digest.delivery.outcomes import worn_out
from digest.delivery.rate_limits.limiter import domain_of
from digest.models import Delivery, Edition, Run
from subscriptions import selectors
from subscriptions.email.mail_answers import Fault
from subscriptions.services import suppression

State = Delivery.State

# Letters, and domains among the refused addresses, below which the brake says nothing.
MIN_LETTERS = 50
MIN_DOMAINS = 5
MAX_REFUSED_SHARE = 1 / 3
JUDGED_TIME = timedelta(hours=1)
GIVEN_UP_AT_ONCE = {
    Fault.GONE: suppression.Reason.HARD_BOUNCE,
    Fault.SUPPRESSED: suppression.Reason.PROVIDER_LIST,
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

    def reason_to_pause(self) -> str:
        """Return why the relay is taken to be wrong; empty while it is not."""
        refused = self.refused.total()
        if self.tried < MIN_LETTERS or len(self.refused) < MIN_DOMAINS or refused <= MAX_REFUSED_SHARE * self.tried:
            return ""
        figures = {"refused": refused, "tried": self.tried, "domains": len(self.refused)}
        return (
            _("The mail server refused %(refused)d of %(tried)d addresses in %(domains)d domains. It may be at fault.")
            % figures
        )

    def reason_to_pause_already(self) -> str:
        """Return the same while letters still go: it takes as many refused ones as otherwise must have been tried.

        Dead addresses often stand together, and those behind them must be served.
        """
        return self.reason_to_pause() if self.refused.total() >= MIN_LETTERS else ""


def judge_relay(edition: Edition, now: datetime) -> str:
    """Return why the relay is taken to be wrong, by the edition's letters of the last hour; empty while it is not.

    So it does not matter over how many drains and workers they were spread.
    """
    recent = Delivery.objects.filter(edition=edition, finished_at__gt=now - JUDGED_TIME)
    refused = recent.filter(state=State.FAILED, fault__in=(Fault.GONE, Fault.DOUBT, Fault.RELAY))
    readers = selectors.get_readers([key for key in refused.values_list("subscriber", flat=True) if key is not None])
    tried = recent.filter(state__in=(State.ACCEPTED, State.FAILED)).count()
    return Brake(tried, Counter(domain_of(reader.email) for reader in readers.values())).reason_to_pause()


def blame_relay(edition: Edition, now: datetime) -> None:
    """Count the addresses refused in the last hour as refused for our own reasons, and suppress none of them."""
    rows = Delivery.objects.filter(edition=edition, state=State.FAILED, finished_at__gt=now - JUDGED_TIME)
    blamed = dict(rows.filter(fault__in=(Fault.GONE, Fault.DOUBT)).values_list("id", "subscriber"))
    for reader in selectors.get_readers([key for key in blamed.values() if key is not None]).values():
        suppression.lift(reader.email, since=now - JUDGED_TIME)
    Delivery.objects.filter(id__any_of=list(blamed)).update(fault=Fault.RELAY)


def give_up_unreachable(edition: Edition, now: datetime) -> int:
    """Suppress the readers of failed letters whose address does not exist or is worn out. Return how many."""
    failed = Delivery.objects.filter(edition=edition, state=State.FAILED, subscriber__isnull=False)
    refusals = {fault: dict[int, str]() for fault in (*GIVEN_UP_AT_ONCE, *worn_out.COUNTED_FAULTS)}
    for fault, reader_id, reason in failed.filter(fault__in=refusals).values_list("fault", "subscriber", "reason"):
        refusals[Fault(fault)][reader_id] = reason
    if not any(refusals.values()):
        return 0
    run = latest_run(Edition.objects.filter(id=edition.id))
    count = sum(_suppress(refusals[fault], reason, run) for fault, reason in GIVEN_UP_AT_ONCE.items())
    perhaps = refusals[Fault.RECIPIENT] | refusals[Fault.DOUBT]
    tired = worn_out.find_worn_out(perhaps.keys(), now)
    return count + _suppress({key: perhaps[key] for key in tired}, suppression.Reason.WORN_OUT, run)


def latest_run(editions: QuerySet[Edition]) -> int | None:
    """Return the id of the latest run over the day of *editions*: what `undo_suppressions --run` takes."""
    rows = Run.objects.filter(day__in=editions.values("day")).order_by("-id")
    return rows.values_list("id", flat=True).first()


def _suppress(reasons: dict[int, str], reason: suppression.Reason, run: int | None) -> int:
    if not reasons:
        return 0
    readers = selectors.get_readers(list(reasons))
    return suppression.suppress_all({reader.email: reasons[key] for key, reader in readers.items()}, reason, run)
