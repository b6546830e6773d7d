"""The report of a run: what came in, what went out, and whether the books balance."""

from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from digest.reconciliation.counts import Letters


@dataclass(slots=True)
class Report:
    """Counts of one run over one day. The letters counted are this run's: earlier ones are in `already`."""

    day: date
    # Where the day's papers came from, also where this run fetched none; empty where nobody has fetched any.
    source: str = ""
    dry_run: bool = False
    # False when the day had been fetched before and its edition is already going out.
    fetched: bool = False
    # What the source gave: stored + known + rejected.
    entries: int = 0
    stored: int = 0
    known: int = 0
    rejected: int = 0
    # Papers that a listing of the day names and that could not be read yet; later runs ask for them again.
    missing: int = 0
    rejections: list[dict[str, str]] = field(default_factory=list)
    # By service: of how many papers something was observed, or why it was unavailable. Empty where nobody asked.
    signals: dict[str, int | str] = field(default_factory=dict)
    edition: int = 0
    due: int = 0
    # Readers whose letter an earlier run had finished.
    already: int = 0
    accepted: int = 0
    excluded: int = 0
    failed: int = 0
    uncertain: int = 0
    # Neither sent nor given up: postponed by the mail server, or held back by a pause. The books are then open.
    waiting: int = 0
    # Dry runs only: letters that were assembled and would have gone out.
    would_send: int = 0
    reasons: dict[str, dict[str, int]] = field(
        default_factory=lambda: {name: {} for name in ("excluded", "failed", "uncertain", "waiting")}
    )
    # After reconcile, of the whole day: state, reason, count, the reason in words, and what to do (empty: nothing).
    explained: list[dict[str, Any]] = field(default_factory=list)
    # After the stage also what the models did: calls, cache_hits, tokens, cost; rejected and failed with reasons.
    summaries: dict[str, Any] = field(default_factory=lambda: {"model": 0, "extractive": 0, "imported": 0, "cached": 0})
    # Which door of the source was shut or late, and what it costs. Letters go out and the books may balance.
    warnings: list[str] = field(default_factory=list)
    # Which lines of the books are off, in words. Empty means balanced.
    problems: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def take(self, letters: Letters) -> None:
        self.due, self.already = letters.due, letters.already
        for state in ("accepted", "excluded", "failed", "uncertain", "waiting"):
            setattr(self, state, letters.counts.get(state, 0))
        self.reasons = {state: dict(letters.reasons.get(state, {})) for state in self.reasons}

    @property
    def balanced(self) -> bool:
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "day": self.day.isoformat(), "balanced": self.balanced}
