"""Hugging Face's daily papers: what was voted for and talked about. https://huggingface.co/docs/hub/api

The list changed its shape over the years: fields stand with the entry or with the paper inside it, come and go, may be
null, or are numbers written as texts. Copies of it wrap it in an object, even with entries written as Python.
"""

import ast
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, date, datetime
from typing import Any

from digest.domain import Observation, SourceUnavailable
from digest.sources.arxiv import ids
from digest.sources.github import parse_repository, repository_page
from digest.sources.http.client import Forbidden, HttpAnswer, PoliteClient, Politeness, Refused, TryAgain, user_agent
from digest.sources.number_parsing import QUICK, parse_count

# What the service gives at once, at most; half as many unless asked. The fullest day had 76.
MAX_LIST_ENTRIES = 100
MAX_ENTRY_LENGTH = 100_000
WRAPPINGS = ("data", "papers", "dailyPapers")
SIGNAL_NAMES: Mapping[str, Sequence[str]] = {
    "upvotes": ("upvotes",),
    "comments": ("numComments",),
    "stars": ("githubStars",),
}

NO_FIELDS: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class ListedPaper:
    """A paper as the list has it."""

    arxiv_id: str
    observations: tuple[Observation, ...]
    # The page of its repository at GitHub.
    code_url: str = ""


@dataclass(frozen=True, slots=True)
class DailyList:
    papers: tuple[ListedPaper, ...]
    # Entries that name no paper of arXiv.
    skipped: int = 0


@dataclass(frozen=True)
class HuggingFace:
    url: str
    _: KW_ONLY
    contact: str
    manners: Politeness = QUICK
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    name = "huggingface"

    def lists(self, days: Iterable[date]) -> Iterator[DailyList]:
        """Yield the list of each day; none of a day that the service refuses, such as tomorrow.

        Raises SourceUnavailable if it is down.
        """
        refusal, answered = None, False
        with PoliteClient(user_agent(self.contact), self.manners) as client:
            for day in days:
                try:
                    found = client.get(f"{self.url}?date={day}&limit={MAX_LIST_ENTRIES}", self._read)
                except Forbidden:
                    raise
                except Refused as problem:
                    refusal = problem
                    continue
                answered = True
                yield found
        if refusal and not answered:
            raise refusal

    def _read(self, answer: HttpAnswer) -> DailyList:
        try:
            return parse_daily_list(answer.body, self.clock())
        except SourceUnavailable as problem:
            raise TryAgain(str(problem)) from problem


def parse_daily_list(body: bytes, at: datetime) -> DailyList:
    """The papers of a list read *at* that time, each once. SourceUnavailable when the body is no list."""
    papers: dict[str, ListedPaper] = {}
    entries = _entries(body)
    skipped = 0
    for entry in entries:
        seen = _seen(entry, at)
        if seen is None:
            skipped += 1
        else:
            papers.setdefault(seen.arxiv_id, seen)
    return DailyList(tuple(papers.values()), skipped)


def _entries(body: bytes) -> list[object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise SourceUnavailable("a list of papers was expected, and no JSON came") from problem
    if isinstance(found, dict):
        found = next((found[name] for name in WRAPPINGS if isinstance(found.get(name), list)), None)
    if not isinstance(found, list):
        raise SourceUnavailable("a list of papers was expected, and something else came")
    return found


def _seen(entry: object, at: datetime) -> ListedPaper | None:
    if isinstance(entry, str):
        entry = _python(entry)
    if not isinstance(entry, dict):
        return None
    paper = entry["paper"] if isinstance(entry.get("paper"), dict) else NO_FIELDS
    levels = (paper, entry)
    arxiv_id = next((found.id for each in levels if (found := _identifier(each.get("id")))), "")
    if not arxiv_id:
        return None
    observations = [
        Observation(kind, value, at)  # type: ignore[arg-type]
        for kind, names in SIGNAL_NAMES.items()
        if (value := _first(levels, names)) is not None
    ]
    return ListedPaper(arxiv_id, tuple(observations), _code(levels))


def _identifier(value: object) -> ids.ArxivId | None:
    return ids.parse_id(value) if isinstance(value, str) and len(value) < 200 else None


def _first(levels: Iterable[Mapping[str, Any]], names: Iterable[str]) -> int | None:
    values = (parse_count(level.get(name)) for name in names for level in levels)
    return next((value for value in values if value is not None), None)


def _code(levels: Iterable[Mapping[str, Any]]) -> str:
    names = (parse_repository(level.get("githubRepo")) for level in levels)
    return next((repository_page(name) for name in names if name), "")


def _python(text: str) -> object:
    """An entry as Python prints it. Only its literals are read; nothing of it is run."""
    if len(text) > MAX_ENTRY_LENGTH:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
