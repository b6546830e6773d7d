"""The values that pass between requesting, writing and storing summaries."""

from dataclasses import dataclass
from decimal import Decimal

from digest.domain import SummaryText


@dataclass(frozen=True, slots=True)
class PaperText:
    """The text of a paper. It is untrusted: anybody may put anything into a title or an abstract."""

    title: str
    abstract: str


@dataclass(frozen=True, slots=True)
class SummaryJob:
    """A summary to be written."""

    version_id: int
    language: str
    paper: PaperText
    # The paper that a reader kept, if it is a sentence that relates the two; else a summary is asked for.
    kept: PaperText | None = None
    kept_id: int = 0


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
    """The result of a job: either a summary, or the reason why there is none."""

    version_id: int
    language: str
    written: WrittenSummary | None = None
    reason: str = ""
    # Whether a model answered, and not well: such tries are counted. An outage or a spent budget is no try.
    tried: bool = False
    # The version id of the paper to which a sentence relates it.
    kept_id: int = 0
