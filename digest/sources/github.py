"""GitHub: how many stars the repositories of papers have. https://docs.github.com/en/rest/repos/repos

GitHub answers 60 requests an hour without a token, and 5,000 with one. It blocks clients that go on after that, so
that the first sign of a limit ends a run.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import KW_ONLY, dataclass, field
from datetime import UTC, datetime
from threading import Lock

from digest.domain import Observation, ProgressCallback, SourceUnavailable, no_progress
from digest.sources.http.client import HttpAnswer, PoliteClient, Politeness, Refused, TryAgain, user_agent
from digest.sources.number_parsing import parse_count

# A day can do without stars: each repository is asked for once, and nothing is waited for.
GITHUB_POLITENESS = Politeness(
    delay=0,
    max_attempts=1,
    initial_backoff=0.5,
    max_retry_after=2,
    deadline=15,
    max_response_seconds=5,
    connect_timeout=3,
    read_timeout=5,
    max_response_bytes=500_000,
)
MAX_CONNECTIONS = 4
# After this many requests in a row without a usable answer the service counts as down.
MAX_STAR_FAILURES = 3
# Nothing more is asked after one of these.
RATE_LIMIT_STATUSES = (401, 403, 429)

_REPOSITORY = re.compile(
    r"(?:https?://)?(?:www\.)?github\.com/([a-z0-9](?:-?[a-z0-9]){0,38})/([a-z0-9._-]{1,100})(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII | re.DOTALL,
)
# Paths of GitHub's own pages, which stand where an owner's name would.
_RESERVED_OWNERS = {
    "orgs", "topics", "sponsors", "users", "settings", "features", "marketplace", "apps", "about", "search",
}  # fmt: skip


def parse_repository(address: object) -> str:
    """Return the `owner/name` of a repository at github.com; empty for every other address."""
    match = _REPOSITORY.fullmatch(address.strip()) if isinstance(address, str) and len(address) <= 500 else None
    if not match or match[1].lower() in _RESERVED_OWNERS:
        return ""
    name = re.sub(r"\.git$", "", match[2], flags=re.IGNORECASE).rstrip(".")
    return f"{match[1]}/{name}" if name.strip(".") else ""


def repository_page(name: str) -> str:
    return f"https://github.com/{name}"


@dataclass(slots=True)
class StarCounts:
    """The stars that were counted before everything was asked for or a problem ended the run."""

    # By `owner/name`.
    observations: dict[str, Observation] = field(default_factory=dict)
    # Repositories that do not exist, or not for everybody.
    missing: int = 0
    # Why not all were asked for.
    problem: str = ""


@dataclass(frozen=True)
class GitHub:
    """A client of GitHub's API."""

    url: str
    _: KW_ONLY
    contact: str
    token: str = ""
    politeness: Politeness = GITHUB_POLITENESS
    max_connections: int = MAX_CONNECTIONS
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    name = "github"

    def fetch_stars(self, names: Sequence[str], tick: ProgressCallback = no_progress) -> StarCounts:
        """Return the stars of each `owner/name`, asked for in this order. Raises nothing: see `problem`."""
        requests = _StarRequests(self, names, tick)
        workers = min(self.max_connections, len(names))
        if workers:
            with ThreadPoolExecutor(workers) as pool:
                for worker in [pool.submit(requests.work) for _ in range(workers)]:
                    worker.result()
        return requests.counts

    def open_client(self) -> PoliteClient:
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return PoliteClient(user_agent(self.contact), self.politeness, headers=headers)


class _StarRequests:
    """The requests of one run, shared by its threads."""

    def __init__(self, github: GitHub, names: Sequence[str], tick: ProgressCallback) -> None:
        self._github, self._names, self._tick = github, names, tick
        self._lock = Lock()
        self._remaining_names = iter(names)
        self._done = self._failures_in_a_row = 0
        self.counts = StarCounts()

    def work(self) -> None:
        """Ask for one repository after the other until none is left or something is wrong. Each thread runs this."""
        with self._github.open_client() as client:
            while name := self._next_name():
                try:
                    stars, headers = client.get(f"{self._github.url}/repos/{name}", _parse_stars)
                except SourceUnavailable as problem:
                    self._record_failure(problem)
                else:
                    self._record_stars(name, stars, headers)

    def _next_name(self) -> str | None:
        with self._lock:
            return None if self.counts.problem else next(self._remaining_names, None)

    def _record_stars(self, name: str, stars: int, headers: Mapping[str, str]) -> None:
        with self._lock:
            self._failures_in_a_row = 0
            self.counts.observations[name] = Observation("stars", stars, self._github.clock())
            self._count()
            if headers.get("x-ratelimit-remaining") == "0" and self._done < len(self._names):
                self._stop(self._describe_limit(headers))

    def _record_failure(self, problem: SourceUnavailable) -> None:
        status, headers = _status_and_headers(problem)
        with self._lock:
            self._count()
            if status in RATE_LIMIT_STATUSES:
                self._stop(self._describe_refusal(status, headers))
            elif isinstance(problem, Refused):
                self._failures_in_a_row = 0
                self.counts.missing += 1
            else:
                self._failures_in_a_row += 1
                if self._failures_in_a_row >= MAX_STAR_FAILURES:
                    self._stop(str(problem))

    def _describe_refusal(self, status: int, headers: Mapping[str, str]) -> str:
        if status == 401:
            return "GitHub does not accept GITHUB_TOKEN (401)."
        if status == 429 or headers.get("x-ratelimit-remaining") == "0" or "retry-after" in headers:
            return self._describe_limit(headers)
        return "GitHub refuses our requests (403)."

    def _describe_limit(self, headers: Mapping[str, str]) -> str:
        reset = parse_count(headers.get("x-ratelimit-reset"))
        until = f"before {datetime.fromtimestamp(reset, UTC):%H:%M} UTC" if reset else "for now"
        hint = "" if self._github.token else " With a GITHUB_TOKEN it answers more."
        return f"GitHub answers no more questions {until}.{hint}"

    def _count(self) -> None:
        self._done += 1
        self._tick(self._done, len(self._names))

    def _stop(self, problem: str) -> None:
        self.counts.problem = self.counts.problem or problem


def _parse_stars(answer: HttpAnswer) -> tuple[int, Mapping[str, str]]:
    """Return the number of stars and the headers, which say how many more requests are answered."""
    try:
        repository = json.loads(answer.body)
    except (ValueError, RecursionError) as problem:
        raise TryAgain("no JSON came") from problem
    stars = parse_count(repository.get("stargazers_count")) if isinstance(repository, dict) else None
    if stars is None:
        raise TryAgain("it does not say how many stars there are")
    return stars, answer.headers


def _status_and_headers(problem: SourceUnavailable) -> tuple[int, Mapping[str, str]]:
    """Return the status and the headers of the answer, as far as they are known."""
    if isinstance(problem, Refused):
        return problem.status, problem.headers
    return (problem.__cause__.status if isinstance(problem.__cause__, TryAgain) else 0), {}
