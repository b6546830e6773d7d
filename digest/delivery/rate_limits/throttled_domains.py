"""Whose throttle answers these are: one domain's, whose server a relay speaks for, or the relay's own.

A relay that hands on a domain's answer does not always name the domain. That the domain is meant shows in time: letters
to it are throttled again and again, while the relay takes letters to others in between. Pure counting.
"""

from dataclasses import dataclass

# A domain is meant whose letters are throttled so often and not taken, while those to others are taken in between.
MAX_THROTTLED_BY_DOMAIN = 3
# So many letters to others must be taken for each batch in which a domain was throttled that does take letters: there
# the relay itself may have throttled.
MIN_TAKEN_ELSEWHERE = 3


@dataclass(slots=True)
class _ThrottledDomain:
    """What became of letters since one to this domain was throttled."""

    # What was counted in all before that.
    accepted_before: int
    shared_before: int
    # Throttle answers for this domain, and letters to it that were taken.
    answers: int = 0
    accepted: int = 0
    # The batches in which the answers came, since a letter to it was last taken, and the last of these batches.
    batches: int = 0
    last_batch: int = 0
    # The answers before which letters to others were taken, less the letters to this domain that were.
    evidence: int = 0
    # How many letters to others had been taken at the last answer that counts; none did at first.
    accepted_elsewhere: int = -1


class ThrottledDomains:
    """The domains whose letters were throttled in one drain, and the evidence that they alone are meant."""

    def __init__(self) -> None:
        # Answers of which nothing shows that a domain alone was meant.
        self.unexplained_answers = 0
        self._accepted = 0
        # Batches in which a domain was throttled that did take a letter later: the relay may have meant them all.
        self._shared_batches = 0
        self._domains: dict[str, _ThrottledDomain] = {}

    def note_accepted(self, domain: str) -> None:
        """Count a letter to *domain* that was taken. That clears the domain a little, or altogether."""
        self._accepted += 1
        throttled = self._domains.get(domain)
        if throttled is None:
            return
        throttled.accepted += 1
        throttled.evidence -= 1
        self._shared_batches += throttled.batches
        throttled.batches = 0
        if throttled.evidence <= 0:
            del self._domains[domain]

    def is_domain_meant(self, domain: str, batch: int) -> bool:
        """Count a throttle answer for *domain* in this *batch*, and return whether the domain alone is meant."""
        throttled = self._domains.setdefault(domain, _ThrottledDomain(self._accepted, self._shared_batches))
        self.unexplained_answers += 1
        throttled.answers += 1
        if throttled.last_batch != batch:
            throttled.batches += 1
            throttled.last_batch = batch
        accepted_elsewhere = self._accepted - throttled.accepted_before - throttled.accepted
        if accepted_elsewhere == throttled.accepted_elsewhere:
            return False  # on their way at once, or nobody's letters are taken
        throttled.accepted_elsewhere = accepted_elsewhere
        throttled.evidence += 1
        shared_batches = self._shared_batches - throttled.shared_before
        if throttled.evidence < MAX_THROTTLED_BY_DOMAIN or accepted_elsewhere < MIN_TAKEN_ELSEWHERE * shared_batches:
            return False
        self.unexplained_answers -= throttled.answers
        del self._domains[domain]
        return True
