"""Hugging Face's daily papers: votes, comments and stars. https://huggingface.co/docs/hub/api

The list changed its shape over the years. Fields belong to the entry or to the paper inside it, come and go, may be
null, or are numbers written as texts. Copies of the list wrap it in an object, and write entries as Python literals.
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
from digest.sources.number_parsing import parse_count

# A day can do without votes, so that little is waited for. A list of the most voted papers has 200 kB.
HUGGINGFACE_POLITENESS = Politeness(
    delay=0.5,
    max_attempts=2,
    initial_backoff=0.5,
    max_retry_after=2,
    deadline=12,
    max_response_seconds=8,
    connect_timeout=3,
    read_timeout=5,
    max_response_bytes=5_000_000,
)
# The most that the service gives at once; half as many unless asked. The fullest day had 76.
MAX_LIST_ENTRIES = 100
MAX_ENTRY_LENGTH = 100_000
MAX_ID_LENGTH = 200
# Under which keys copies of the list hold it.
LIST_KEYS = ("data", "papers", "dailyPapers")
# The fields of each kind of signal.
SIGNAL_FIELDS: Mapping[str, Sequence[str]] = {
    "upvotes": ("upvotes",),
    "comments": ("numComments",),
    "stars": ("githubStars",),
}


@dataclass(frozen=True, slots=True)
class DailyPaper:
    """A paper of a daily list, with what the list says of it."""

    arxiv_id: str
    observations: tuple[Observation, ...]
    # The page of its repository at GitHub.
    code_url: str = ""


@dataclass(frozen=True, slots=True)
class DailyList:
    """The papers of one day's list."""

    papers: tuple[DailyPaper, ...]
    # The number of entries that name no paper of arXiv.
    skipped: int = 0


@dataclass(frozen=True)
class HuggingFace:
    """A client of Hugging Face's list of daily papers."""

    url: str
    _: KW_ONLY
    contact: str
    politeness: Politeness = HUGGINGFACE_POLITENESS
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    name = "huggingface"

    def fetch_lists(self, days: Iterable[date]) -> Iterator[DailyList]:
        """Yield the list of each day, and nothing for a day that the service refuses, such as tomorrow.

        Raises SourceUnavailable if the service is down, and Refused if it refuses every day.
        """
        refusal, has_answered = None, False
        with PoliteClient(user_agent(self.contact), self.politeness) as client:
            for day in days:
                try:
                    daily_list = client.get(f"{self.url}?date={day}&limit={MAX_LIST_ENTRIES}", self._parse_answer)
                except Forbidden:
                    raise
                except Refused as problem:
                    refusal = problem
                    continue
                has_answered = True
                yield daily_list
        if refusal and not has_answered:
            raise refusal

    def _parse_answer(self, answer: HttpAnswer) -> DailyList:
        try:
            return parse_daily_list(answer.body, self.clock())
        except SourceUnavailable as problem:
            raise TryAgain(str(problem)) from problem


def parse_daily_list(body: bytes, at: datetime) -> DailyList:
    """Return the papers of a list observed *at* that time, each once.

    Raises SourceUnavailable when the body is no list.
    """
    papers: dict[str, DailyPaper] = {}
    skipped = 0
    for entry in _parse_entries(body):
        paper = _parse_entry(entry, at)
        if paper is None:
            skipped += 1
        else:
            papers.setdefault(paper.arxiv_id, paper)
    return DailyList(tuple(papers.values()), skipped)


def _parse_entries(body: bytes) -> list[object]:
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise SourceUnavailable("a list of papers was expected, and no JSON came") from problem
    if isinstance(parsed, dict):
        parsed = next((parsed[key] for key in LIST_KEYS if isinstance(parsed.get(key), list)), None)
    if not isinstance(parsed, list):
        raise SourceUnavailable("a list of papers was expected, and something else came")
    return parsed


def _parse_entry(entry: object, at: datetime) -> DailyPaper | None:
    if isinstance(entry, str):
        entry = _parse_python_literal(entry)
    if not isinstance(entry, dict):
        return None
    # What the paper says counts before what the entry around it says.
    levels: list[Mapping[str, Any]] = [entry["paper"]] if isinstance(entry.get("paper"), dict) else []
    levels.append(entry)
    written_ids = (level.get("id") for level in levels)
    parsed_ids = (ids.parse_id(id) for id in written_ids if isinstance(id, str) and len(id) < MAX_ID_LENGTH)
    arxiv_id = next((parsed.id for parsed in parsed_ids if parsed), "")
    if not arxiv_id:
        return None
    observations = [
        Observation(kind, value, at)  # type: ignore[arg-type]
        for kind, fields in SIGNAL_FIELDS.items()
        if (value := _first_count(levels, fields)) is not None
    ]
    repositories = (parse_repository(level.get("githubRepo")) for level in levels)
    code_url = next((repository_page(name) for name in repositories if name), "")
    return DailyPaper(arxiv_id, tuple(observations), code_url)


def _parse_python_literal(text: str) -> object:
    """Return an entry that was written as Python prints it. Only literals are read; nothing is run."""
    if len(text) > MAX_ENTRY_LENGTH:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


def _first_count(levels: Iterable[Mapping[str, Any]], fields: Iterable[str]) -> int | None:
    counts = (parse_count(level.get(field)) for field in fields for level in levels)
    return next((count for count in counts if count is not None), None)
