"""GitHub: how many stars the repositories of papers have. https://docs.github.com/en/rest/repos/repos

Without a token it answers 60 questions an hour, with one 5,000. Who goes on asking after that is shut out, therefore
the first sign of a limit ends it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock

from digest.domain import Observation, ProgressCallback, SourceUnavailable, no_progress
from digest.sources.http.client import HttpAnswer, PoliteClient, Politeness, Refused, TryAgain, user_agent
from digest.sources.number_parsing import QUICK, parse_count

MAX_CONNECTIONS = 4
# Questions in a row without a usable answer, after which the service counts as down.
MAX_STAR_FAILURES = 3
# Answers after which nothing more is asked.
RATE_LIMIT_STATUSES = (401, 403, 429)

SINGLE_TRY = replace(QUICK, delay=0, attempts=1, deadline=15, longest_answer=5, most_bytes=500_000)

_REPOSITORY = re.compile(
    r"(?:https?://)?(?:www\.)?github\.com/([a-z0-9](?:-?[a-z0-9]){0,38})/([a-z0-9._-]{1,100})(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
_NO_OWNERS = {"orgs", "topics", "sponsors", "users", "settings", "features", "marketplace", "apps", "about", "search"}


def parse_repository(address: object) -> str:
    """`owner/name` of a repository at github.com; empty for every other address."""
    found = _REPOSITORY.fullmatch(address.strip()) if isinstance(address, str) and len(address) <= 500 else None
    if not found or found[1].lower() in _NO_OWNERS:
        return ""
    name = re.sub(r"\.git$", "", found[2], flags=re.IGNORECASE).rstrip(".")
    return f"{found[1]}/{name}" if name.strip(".") else ""


def repository_page(name: str) -> str:
    return f"https://github.com/{name}"


@dataclass(slots=True)
class Stars:
    """The stars found before everything was asked or something was in the way."""

    # By `owner/name`.
    found: dict[str, Observation] = field(default_factory=dict)
    # Repositories that are not there, or not for everybody.
    gone: int = 0
    # Why not all were asked for.
    problem: str = ""


@dataclass(frozen=True)
class GitHub:
    url: str
    _: KW_ONLY
    contact: str
    token: str = ""
    manners: Politeness = SINGLE_TRY
    at_once: int = MAX_CONNECTIONS
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    name = "github"

    def stars(self, names: Sequence[str], tick: ProgressCallback = no_progress) -> Stars:
        """Return the stars of each `owner/name`, in this order. Raises nothing: problems are in the result."""
        asking = _StarRequests(self, names, tick)
        workers = min(self.at_once, len(names))
        if workers:
            with ThreadPoolExecutor(workers) as pool:
                for done in [pool.submit(asking.work) for _ in range(workers)]:
                    done.result()
        return asking.stars

    def client(self) -> PoliteClient:
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return PoliteClient(user_agent(self.contact), self.manners, headers=headers)


class _StarRequests:
    """The questions of one run, shared by its threads."""

    def __init__(self, github: GitHub, names: Sequence[str], tick: ProgressCallback) -> None:
        self._github, self._names, self._tick = github, names, tick
        self._lock = Lock()
        self._next = iter(names)
        self._done = self._failures = 0
        self.stars = Stars()

    def work(self) -> None:
        with self._github.client() as client:
            while name := self._take():
                try:
                    value, headers = client.get(f"{self._github.url}/repos/{name}", _read)
                except SourceUnavailable as problem:
                    self._failed(problem)
                else:
                    self._found(name, value, headers)

    def _take(self) -> str | None:
        with self._lock:
            return None if self.stars.problem else next(self._next, None)

    def _found(self, name: str, value: int, headers: Mapping[str, str]) -> None:
        with self._lock:
            self._failures = 0
            self.stars.found[name] = Observation("stars", value, self._github.clock())
            self._count()
            if headers.get("x-ratelimit-remaining") == "0" and self._done < len(self._names):
                self._stop(self._limit(headers))

    def _failed(self, problem: SourceUnavailable) -> None:
        status, headers = _answered(problem)
        with self._lock:
            self._count()
            if status in RATE_LIMIT_STATUSES:
                self._stop(self._why(status, headers))
            elif isinstance(problem, Refused):
                self._failures = 0
                self.stars.gone += 1
            else:
                self._failures += 1
                if self._failures >= MAX_STAR_FAILURES:
                    self._stop(str(problem))

    def _why(self, status: int, headers: Mapping[str, str]) -> str:
        if status == 401:
            return "GitHub does not accept GITHUB_TOKEN (401)."
        if status == 429 or headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers:
            return self._limit(headers)
        return "GitHub refuses our requests (403)."

    def _limit(self, headers: Mapping[str, str]) -> str:
        reset = parse_count(headers.get("x-ratelimit-reset"))
        until = f"before {datetime.fromtimestamp(reset, UTC):%H:%M} UTC" if reset else "for now"
        hint = "" if self._github.token else " With a GITHUB_TOKEN it answers more."
        return f"GitHub answers no more questions {until}.{hint}"

    def _count(self) -> None:
        self._done += 1
        self._tick(self._done, len(self._names))

    def _stop(self, problem: str) -> None:
        self.stars.problem = self.stars.problem or problem


def _read(answer: HttpAnswer) -> tuple[int, Mapping[str, str]]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as problem:
        raise TryAgain("no JSON came") from problem
    value = parse_count(found.get("stargazers_count")) if isinstance(found, dict) else None
    if value is None:
        raise TryAgain("it does not say how many stars there are")
    return value, answer.headers


def _answered(problem: SourceUnavailable) -> tuple[int, Mapping[str, str]]:
    """The status and the headers of the answer, as far as they are known."""
    if isinstance(problem, Refused):
        return problem.status, problem.headers
    return (problem.__cause__.status if isinstance(problem.__cause__, TryAgain) else 0), {}
