"""What was found of a sender's records, as sentences for operators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FindingState(StrEnum):
    """Whether somebody should do something about it."""

    OK = "ok"
    # Letters arrive, and would arrive more surely.
    ADVICE = "advice"
    # Receivers refuse letters for it, or file them as spam.
    WRONG = "wrong"
    # It could not be looked at.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is so with one record, and what to do, each a sentence; the latter is empty where there is nothing to do."""

    # SPF, DKIM, DMARC, MX, PTR, From where there is no domain, or DNS where none could be looked at.
    subject: str
    state: FindingState
    text: str
    to_do: str = ""


@dataclass(frozen=True, slots=True)
class SenderReport:
    """All that was found of one sender's records."""

    domain: str
    findings: Sequence[Finding]

    @property
    def problems(self) -> list[Finding]:
        """Return what somebody should do something about, what is wrong first."""
        found = [finding for finding in self.findings if finding.state in (FindingState.WRONG, FindingState.ADVICE)]
        return sorted(found, key=lambda finding: finding.state != FindingState.WRONG)

    @property
    def is_reachable(self) -> bool:
        """Return whether DNS answered at all."""
        return not any(finding.subject == "DNS" for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the report as it is kept."""
        rows = [[each.subject, each.state.value, each.text, each.to_do] for each in self.findings]
        return {"domain": self.domain, "findings": rows}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "SenderReport":
        findings = [Finding(subject, FindingState(state), *words) for subject, state, *words in kept["findings"]]
        return cls(kept["domain"], findings)
