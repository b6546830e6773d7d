"""The evidence that a paper is talked about, as readers are told it: votes, comments and stars from some number on."""

from collections.abc import Mapping
from typing import Protocol

from digest.domain import AnnouncementKind

# From here on a signal is shown to readers as a reason.
MIN_EVIDENCE: Mapping[str, int] = {"upvotes": 5, "comments": 5, "stars": 50}
# Votes are cast in this time as a rule; of older papers the number says enough.
MAX_EVIDENCE_HOURS = 24 * 14


class HasEvidence(Protocol):
    """The fields that hold what was observed of a paper; a PaperRecord has them."""

    @property
    def kind(self) -> AnnouncementKind: ...
    @property
    def signals(self) -> Mapping[str, int]: ...
    @property
    def signal_hours(self) -> int: ...


def describe_evidence(candidate: HasEvidence) -> str:
    """Return the evidence that a paper is talked about, such as `12 upvotes in 6 hours, 300 stars`; empty without any.

    Votes of a new paper were cast since its announcement; those of others, and stars, may be older.
    """
    values = candidate.signals
    found = {kind: values[kind] for kind, least in MIN_EVIDENCE.items() if values.get(kind, 0) >= least}
    since = _describe_time(candidate.signal_hours) if candidate.kind == "new" else ""
    return ", ".join(f"{value} {kind}{since if kind == 'upvotes' else ''}" for kind, value in found.items())


def _describe_time(hours: int) -> str:
    if not 0 < hours <= MAX_EVIDENCE_HOURS:
        return ""
    return f" in {hours} hours" if hours <= 48 else f" in {hours // 24} days"
