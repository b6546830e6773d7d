"""What passes between those who ask for summaries, those who write them and those who keep them."""

from dataclasses import dataclass
from decimal import Decimal

from digest.domain import SummaryText


@dataclass(frozen=True, slots=True)
class PaperText:
    """Untrusted: anybody may put anything into a title or an abstract."""

    title: str
    abstract: str


@dataclass(frozen=True, slots=True)
class SummaryJob:
    """A summary to be written."""

    version_id: int
    language: str
    paper: PaperText


@dataclass(frozen=True, slots=True)
class WrittenSummary:
    """An accepted summary; tokens and cost include the answers that were refused before it."""

    text: SummaryText
    language: str
    # The model's name.
    writer: str
    prompt_version: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class JobResult:
    """Either `written`, or the `reason` why not."""

    version_id: int
    language: str
    written: WrittenSummary | None = None
    reason: str = ""
    # A model answered, and not well: trying for ever would be of no use. An outage or an empty purse is no try.
    tried: bool = False
