"""Admission control: which claimed letters may go now, which wait, and how long a drain waits (see limiter.py)."""

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

# A drain waits at most so long for a new window. If that is too short it ends, and the scheduler begins another one.
MAX_WAIT = timedelta(minutes=1)
# A waiting drain asks so often whether it should stop.
POLL_SECONDS = 0.5


class AdmissionControl:
    """Decides for one drain which claimed letters may go now."""

    def __init__(self, worker: str, now: Callable[[], datetime]) -> None:
        self.worker, self.now = worker, now
        self.limiter = RateLimiter()
        # Set where no letter of the last batch may go before this moment.
        self.full_until: datetime | None = None

    def claim_size(self, size: int) -> int:
        """Return how many of *size* letters to claim. More than the limit allows would only be given back."""
        return min(size, settings.RATE_LIMIT[0]) if settings.RATE_LIMIT else size

    def admit(self, rows: Sequence[Delivery], readers: Mapping[int, Reader]) -> list[Delivery]:
        """Return the letters that may go now, and give back the others. A deleted reader takes no place."""
        readers_by_row = ((row.id, readers.get(row.subscriber_id or 0)) for row in rows)
        domains = {key: domain_of(reader.email) for key, reader in readers_by_row if reader}
        admission = self.limiter.admit(list(domains.items()), self.now())
        admitted = {*admission.now, *(row.id for row in rows if row.id not in domains)}
        held = domains.keys() - admitted - admission.later.keys()
        if admission.later:
            outbox.postpone(admission.later, self.worker)
        if held:
            outbox.put_back(held, self.worker)
        self.full_until = None if admitted else admission.full_until
        return [row for row in rows if row.id in admitted]

    def wait(self, should_stop: ShouldStop) -> str:
        """Wait until letters may go again. Return an empty text, or why the drain should end as that is too far off."""
        until, self.full_until = self.full_until, None
        if until is None:
            return ""
        wait = until - self.now()
        if wait > MAX_WAIT:
            return _("The limit of letters is used up until %s.") % localtime(until).strftime("%Y-%m-%d %H:%M")
        for _slice in range(int(wait.total_seconds() / POLL_SECONDS) + 1):
            if not should_stop():
                time.sleep(POLL_SECONDS)
        return ""

    def learn_from_answer(self, address: str, outcome: Outcome) -> None:
        """Let a domain rest where its server's answer is about all our letters and not only about this one."""
        if outcome.kind in ("deferred", "closed"):
            self.limiter.learn_from_answer(domain_of(address), outcome.reason, self.now())
