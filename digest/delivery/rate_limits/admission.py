"""Admission control: which claimed letters may go now, which wait, and how long a drain waits (see limiter.py)."""

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from digest.delivery import outbox
from digest.delivery.outcomes.classify import Outcome
from digest.delivery.rate_limits.learned_rate import PAUSES
from digest.delivery.rate_limits.limiter import RateLimiter
from digest.delivery.rate_limits.pacing import UNPACED, Pacing
from digest.delivery.rate_limits.throttled_domains import ThrottledDomains
from digest.delivery.rate_limits.throttling import Throttled, read_throttling, refuses_connections_for_now
from digest.delivery.recipient_domain import domain_of
from digest.delivery.sending_errors import TransportDown
from digest.delivery.workers.shutdown import ShouldStop
from digest.models import Delivery
from subscriptions.email.mail_answers import Stage
from subscriptions.reader import Reader

log = logging.getLogger(__name__)

# A drain waits at most so long for a new window. If that is too short it ends, and the scheduler begins another one.
MAX_WAIT = timedelta(minutes=1)
# A waiting drain asks so often whether it should stop.
POLL_SECONDS = 0.5
# A drain ends after so many throttle answers without a letter taken between them: after two minutes of pauses.
MAX_THROTTLE_ANSWERS = len(PAUSES) + 2
# So many of them must be its own: those in the database may be about a few readers.
MIN_OWN_THROTTLE_ANSWERS = 3
# So far back a drain counts what was taken, to tell the rate of a relay that throttles for the first time.
COUNTED_SECONDS = (1, 60)
MAX_COUNTED = 5_000
# A letter that is throttled so often in a row is put off as if it alone were meant, so that others may go. Where the
# answers may be about its domain, all letters to that domain are.
MAX_THROTTLED_IN_A_ROW = 4
# Letters to so many domains at the most are left out where the relay is tried with others.
MAX_HELD_UP_DOMAINS = 50
# What is answered here is never about the recipient: the mail server has not heard of it.
BEFORE_RECIPIENT = (Stage.BANNER, Stage.MAIL)


class AdmissionControl:
    """Decides for one drain which claimed letters may go now."""

    def __init__(self, worker: str, now: Callable[[], datetime]) -> None:
        self.worker, self.now = worker, now
        self.limiter = RateLimiter()
        # Set where no letter of the last batch may go before this moment.
        self.full_until: datetime | None = None
        # How many letters the last batch may begin, and when, where the relay's rate is known.
        self.share_size: int | None = None
        self.pacing = UNPACED
        # Whether the relay asked to slow down in this batch: no other letter of it is begun.
        self.is_throttled = False
        # Why the relay seems to take nothing more for now; empty while it does.
        self.exhausted = ""
        self._accepted_at: deque[datetime] = deque(maxlen=MAX_COUNTED)
        # Whether a letter was taken since the limits were last asked.
        self._has_accepted = False
        # Batches in which the relay throttled, in all and since a letter was last taken.
        self._throttled_batches, self._throttle_answers = 0, 0
        self._throttled_domains = ThrottledDomains()
        # The domains that were throttled since a batch went through: they alone may be meant. The next letters
        # go to others.
        self._held_up: set[str] = set()
        # Domains of which this drain has had letters taken.
        self._taken_domains: set[str] = set()
        # Address or domain → throttle answers in a row.
        self._throttled_in_a_row: Counter[str] = Counter()

    def claim_size(self, size: int) -> int:
        """Return how many of *size* letters to claim. More than the limits allow would only be given back."""
        return min(size, settings.RATE_LIMIT[0] if settings.RATE_LIMIT else size, self.share_size or size)

    def find_held_up_domains(self) -> list[str]:
        """Return the domains to which the next letters should not go, where others wait."""
        if not self.is_throttled:
            self._held_up.clear()
        return sorted(self._held_up)[:MAX_HELD_UP_DOMAINS]

    def admit(self, rows: Sequence[Delivery], readers: Mapping[int, Reader]) -> list[Delivery]:
        """Return the letters that may go now, and give back the others. A deleted reader takes no place."""
        readers_by_row = ((row.id, readers.get(row.subscriber_id or 0)) for row in rows)
        domains = {key: domain_of(reader.email) for key, reader in readers_by_row if reader}
        now = self.now()
        admission = self.limiter.admit(list(domains.items()), now, accepted=self._has_accepted)
        self._has_accepted = False
        self.is_throttled = False
        self.share_size = admission.share.letters if admission.share else None
        self.pacing = Pacing.of(admission.share, now)
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
        if self.exhausted:
            return self.exhausted
        until, self.full_until = self.full_until, None
        if until is None:
            return ""
        if until - self.now() > MAX_WAIT:
            return _("The limit of letters is used up until %s.") % localtime(until).strftime("%Y-%m-%d %H:%M")
        while not should_stop() and (left := (until - self.now()).total_seconds()) > 0:
            time.sleep(min(left, POLL_SECONDS))
        return ""

    def note_accepted(self, address: str) -> None:
        """Count a letter that was taken."""
        self._has_accepted, self._throttle_answers = True, 0
        self._accepted_at.append(self.now())
        domain = domain_of(address)
        self._throttled_domains.note_accepted(domain)
        self._taken_domains.add(domain)
        if self._throttled_in_a_row:
            self._throttled_in_a_row.pop(domain, None)
            self._throttled_in_a_row.pop(address, None)

    def learn_from_answer(self, address: str, outcome: Outcome) -> bool:
        """Slow down, or let a domain rest, where an answer is about all our letters and not only about this one.

        Return whether the letter was only held up by that: it waits for its turn, and this was no attempt.
        """
        domain = domain_of(address)
        throttled = read_throttling(outcome, domain)
        if throttled in (Throttled.RELAY, Throttled.UNCLEAR) and outcome.stage in (Stage.RCPT, Stage.DATA):
            throttled = Throttled.DOMAIN if self._is_domain_meant(domain) else throttled
        match throttled:
            case Throttled.DOMAIN:
                self.limiter.rest_domain(domain, outcome.reason, self.now())
                return False
            case Throttled.RELAY if outcome.stage in BEFORE_RECIPIENT:
                self._slow_down(outcome.reason)
                return True
            case Throttled.RELAY:
                is_stuck = self._is_stuck(address)
            case Throttled.UNCLEAR:
                is_stuck = domain not in self._taken_domains or self._is_stuck(domain)
            case _:
                return False
        if is_stuck:
            return False
        self._held_up.add(domain)
        self._slow_down(outcome.reason)
        return True

    def learn_from_refused_connection(self, error: TransportDown) -> bool:
        """Slow down where the relay throttles at the greeting. Return whether it does."""
        if not refuses_connections_for_now(error.__cause__):
            return False
        self._slow_down(str(error))
        return True

    def _slow_down(self, answer: str) -> None:
        """Learn from the first throttle answer of a batch. Letters that were on their way then may get the same."""
        if self.is_throttled:
            return
        now = self.now()
        ages = [(now - moment).total_seconds() for moment in self._accepted_at]
        accepted_per_second = max(sum(age <= seconds for age in ages) / seconds for seconds in COUNTED_SECONDS)
        rate = self.limiter.slow_down(answer, now, accepted_per_second)
        self.is_throttled = True
        self.full_until = rate.free_from
        log.info("The mail server takes about %.1f letters a second: %s", rate.ceiling, answer)
        self._throttled_batches += 1
        self._throttle_answers += 1
        if rate.throttle_answers > MAX_THROTTLE_ANSWERS and self._throttle_answers >= MIN_OWN_THROTTLE_ANSWERS:
            self.exhausted = _("The mail server takes no more letters for now: %(answer)s") % {"answer": answer}

    def _is_domain_meant(self, domain: str) -> bool:
        """Count a throttle answer for *domain*, and return whether it is about that domain alone.

        Where all answers were, the rate that was learned from them is forgotten.
        """
        if self.limiter.rests(domain, self.now()):
            return True
        batch = self._throttled_batches if self.is_throttled else self._throttled_batches + 1
        if not self._throttled_domains.is_domain_meant(domain, batch):
            return False
        if not self._throttled_domains.unexplained_answers:
            self.limiter.forget_throttling()
            self._throttle_answers, self.is_throttled, self.share_size, self.full_until = 0, False, None, None
        return True

    def _is_stuck(self, address_or_domain: str) -> bool:
        """Count one more throttle answer, and return whether there were too many in a row."""
        self._throttled_in_a_row[address_or_domain] += 1
        return self._throttled_in_a_row[address_or_domain] > MAX_THROTTLED_IN_A_ROW
