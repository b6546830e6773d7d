"""What every writer of summaries offers, whether a model or anything else, and what passes to and from it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from digest.records import SummaryText


@dataclass(frozen=True, slots=True)
class PaperText:
    """Untrusted: anybody may put anything into a title or an abstract."""

    title: str
    abstract: str


@dataclass(frozen=True, slots=True)
class Written:
    """An accepted summary; tokens and cost include the answers that were refused before it."""

    text: SummaryText
    language: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal = Decimal(0)


class WriterFailed(Exception):
    """No summary for this paper. `fatal`: the next paper would fail in the same way, so do not ask again in this run.

    `outage`: the service could not be reached or was broken; several in a row mean that it is down.
    """

    def __init__(self, reason: str, *, fatal: bool = False, outage: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.fatal, self.outage = reason, fatal, outage


class Writer(Protocol):
    """Several threads call `write` at once. After `stop` every call fails soon."""

    @property
    def name(self) -> str: ...

    @property
    def prompt_version(self) -> str: ...

    def write(self, paper: PaperText, language: str) -> Written: ...

    def stop(self) -> None: ...
