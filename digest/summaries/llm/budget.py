"""Counts what models cost. Each call is stored before it is made, so that the day's cap holds for all processes."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, F, Sum
from django.utils import timezone

from digest.models.model_calls import ModelCall
from digest.summaries.jobs import SummaryJob
from digest.summaries.llm.client import ModelReply
from digest.summaries.llm.errors import ModelError


@dataclass(slots=True)
class ModelUse:
    """The use of models in one run."""

    # Requests, those that failed included.
    calls: int = 0
    # Summaries by a model that were there already.
    cache_hits: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    # In US dollars. A call without an answer counts with what it may have cost.
    cost: Decimal = Decimal(0)
    # Answers that could not be used, by reason.
    rejected: Counter[str] = field(default_factory=Counter)
    # Requests without an answer, by reason.
    failed: Counter[str] = field(default_factory=Counter)
    # Answers that are used.
    accepted: int = 0
    # The service's own words by the reason of a failure, the first of each.
    said: dict[str, str] = field(default_factory=dict)

    @property
    def main_fault(self) -> str:
        """Return the most frequent reason why there is no summary, if no call of the run brought one; else empty."""
        if not self.calls or self.accepted:
            return ""
        return next((reason for reason, _ in (self.failed + self.rejected).most_common(1)), "")

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    def as_json(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "cache_hits": self.cache_hits,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "tokens": self.tokens,
            "cost": float(round(self.cost, 6)),
            "rejected": dict(self.rejected),
            "failed": dict(self.failed),
            "accepted": self.accepted,
            "said": dict(self.said),
        }


def spent_today(now: datetime | None = None) -> Decimal:
    """Return what all processes spent since midnight UTC, in US dollars, with refused answers and open calls."""
    midnight = (now or timezone.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    spent = ModelCall.objects.filter(created_at__gte=midnight).aggregate(total=Sum("cost"))["total"]
    return Decimal(spent or 0)


def sum_spending(now: datetime | None = None) -> dict[str, dict[str, Any]]:
    """Return the cost in US dollars and the tokens of all processes since midnight and since the first, in UTC."""
    spent = {}
    for name, since in _find_periods(now or timezone.now()).items():
        sums = ModelCall.objects.filter(created_at__gte=since).aggregate(
            cost=Sum("cost"), tokens=Sum(F("prompt_tokens") + F("completion_tokens"))
        )
        spent[name] = {"cost": float(round(sums["cost"] or 0, 6)), "tokens": sums["tokens"] or 0}
    return spent


def count_calls(now: datetime) -> dict[str, dict[str, int]]:
    """Return how many calls of all processes are in each state, since midnight and since the first, in UTC."""
    counts = {}
    for name, since in _find_periods(now).items():
        rows = ModelCall.objects.filter(created_at__gte=since).values_list("state").order_by("state")
        counts[name] = dict(rows.annotate(Count("pk")))
    return counts


def _find_periods(now: datetime) -> dict[str, datetime]:
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return {"day": midnight, "month": midnight.replace(day=1)}


class CallBooks:
    """Keeps the books of the calls of one run. Only one thread may use it."""

    def __init__(self, use: ModelUse | None = None) -> None:
        self.use = use or ModelUse()
        self._max_calls = int(settings.LLM_MAX_CALLS)
        self._budget = Decimal(settings.LLM_DAILY_BUDGET)

    def open(self, job: SummaryJob, model: str, prompt_version: str, estimate: Decimal) -> ModelCall | str:
        """Return the row of a call that may be made now, or why none may.

        The row is stored before the sum is taken: of two processes that ask at the same moment at least one sees the
        other, so that together they never spend too much.
        """
        if self._max_calls and self.use.calls >= self._max_calls:
            return f"the {self._max_calls} calls that one run may make were made"
        row = ModelCall.objects.create(
            version_id=job.version_id, language=job.language, model=model, prompt_version=prompt_version, cost=estimate
        )
        if self._budget and spent_today() > self._budget:
            row.delete()
            return f"the {self._budget} US dollars that a day may cost are spent"
        self.use.calls += 1
        return row

    def answered(self, row: ModelCall, reply: ModelReply, reason: str = "", detail: str = "") -> None:
        """Store what an answer cost, and in *reason* why it cannot be used, if so.

        A service that counts no tokens leaves the estimate in place.
        """
        if reply.prompt_tokens or reply.completion_tokens or reply.cost:
            row.cost = reply.cost
        row.prompt_tokens, row.completion_tokens = reply.prompt_tokens, reply.completion_tokens
        self._close(row, "rejected" if reason else "accepted", reason, detail)
        if reason:
            self.use.rejected[reason] += 1
        else:
            self.use.accepted += 1

    def failed(self, row: ModelCall, error: ModelError) -> None:
        """Store that a call failed."""
        row.cost = row.cost if error.billed else Decimal(0)
        self._close(row, "failed", error.reason, error.said)
        if error.said:
            self.use.said.setdefault(error.reason, error.said)
        self.use.failed[error.reason] += 1

    def _close(self, row: ModelCall, state: str, reason: str, detail: str = "") -> None:
        row.state, row.reason, row.detail = state, reason[:100], detail[:300]
        row.save(update_fields=["state", "reason", "detail", "prompt_tokens", "completion_tokens", "cost"])
        self.use.prompt_tokens += row.prompt_tokens
        self.use.completion_tokens += row.completion_tokens
        self.use.cost += row.cost
