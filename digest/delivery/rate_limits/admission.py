"""Between claiming letters and sending them: who may go now, who later, and waiting while nobody may (pacing.py)."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from digest.delivery import outbox
from digest.delivery.outcomes.classify import Outcome
from digest.delivery.rate_limits.limiter import RateLimiter, domain_of
from digest.delivery.workers.shutdown import ShouldStop
from digest.models import Delivery
from subscriptions.reader import Reader

# So long a drain waits for its turn. Whose turn is later ends, and the scheduler begins another.
MAX_WAIT = timedelta(minutes=1)
# Seconds after which a waiting drain asks whether it shall stop.
POLL_SECONDS = 0.5


class AdmissionControl:
    """Decides for one drain which claimed letters may go now."""

    def __init__(self, worker: str, now: Callable[[], datetime]) -> None:
        self.worker, self.now = worker, now
        self.pacer = RateLimiter()
        # Set when not one letter of the last group may go.
        self.shut_until: datetime | None = None

    def claim_size(self, size: int) -> int:
        """Return how many of *size* letters to claim: more than the limit would only be given back."""
        return min(size, settings.RATE_LIMIT[0]) if settings.RATE_LIMIT else size

    def admit(self, rows: Sequence[Delivery], readers: Mapping[int, Reader]) -> list[Delivery]:
        """The letters that may go now; the others are given back. Who has no reader any more costs nobody a place."""
        known = ((row.id, readers.get(row.subscriber_id or 0)) for row in rows)
        domains = {key: domain_of(reader.email) for key, reader in known if reader}
        admission = self.pacer.admit(list(domains.items()), self.now())
        going = {*admission.now, *(row.id for row in rows if row.id not in domains)}
        held = domains.keys() - going - admission.later.keys()
        if admission.later:
            outbox.postpone(admission.later, self.worker)
        if held:
            outbox.put_back(held, self.worker)
        self.shut_until = None if going else admission.full_until
        return [row for row in rows if row.id in going]

    def wait(self, asked: ShouldStop) -> str:
        """Waits while the gate is shut. Gives why not, if that would be too long."""
        until, self.shut_until = self.shut_until, None
        if until is None:
            return ""
        wait = until - self.now()
        if wait > MAX_WAIT:
            return _("The limit of letters is used up until %s.") % localtime(until).strftime("%Y-%m-%d %H:%M")
        for _slice in range(int(wait.total_seconds() / POLL_SECONDS) + 1):
            if not asked():
                time.sleep(POLL_SECONDS)
        return ""

    def learn_from_answer(self, address: str, outcome: Outcome) -> None:
        """Let a domain rest where its server's answer is about all that we send, and not only about this letter."""
        if outcome.kind in ("deferred", "closed"):
            self.pacer.learn_from_answer(domain_of(address), outcome.reason, self.now())
