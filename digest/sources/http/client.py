"""A polite HTTP client: it says who asks, pauses between requests over one connection, and gives up in time.

Each client paces its own requests. With a `request_lock` it shares one pace with all other clients of a service, on
whatever machine they run.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self, TypeVar

import httpx2
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential_jitter

from digest.domain import SourceUnavailable
from digest.sources.http.response_limits import (
    ACCEPTED_ENCODING,
    ConnectionWatch,
    DamagedBody,
    TooLarge,
    TooSlow,
    unpack_body,
)
from digest.sources.http.tls import shared_ssl_context
from digest.version import VERSION

PRODUCT = f"PreprintPost/{VERSION}"
MAX_REDIRECTS = 3
MAX_BACKOFF_SECONDS = 60
RETRIED_STATUSES = (408, 425, 429)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Politeness:
    """Limits towards one service: how often it may be asked, and how long we wait for it. Times are in seconds."""

    # Between two requests, and before the first: another process may just have asked. Each service says how long.
    delay: float
    max_attempts: int = 5
    # Before the second attempt, plus as much at random; it doubles with every further one.
    initial_backoff: float = 5.0
    # The longest Retry-After that we obey. Asked for more, we give up instead of coming back too early.
    max_retry_after: float = 300.0
    # For everything that one client does.
    deadline: float = 900.0
    # From the request to the last byte of one answer, however slowly it comes.
    max_response_seconds: float = 120.0
    connect_timeout: float = 5.0
    # The longest silence inside an answer.
    read_timeout: float = 30.0
    # Of one answer, packed or unpacked. 2,000 papers of arXiv's API take 4.7 MB, and 7.3 MB if they are the longest.
    max_response_bytes: int = 10_000_000

    @property
    def max_request_seconds(self) -> float:
        """Return the longest that one request can take, from connecting to the last byte of its answer."""
        return self.connect_timeout + self.read_timeout + self.max_response_seconds


# A lock that all clients of one service share, in whatever process they run. It waits until this client may ask; the
# request is made inside the block. Forbidden and TryAgain leave the block as exceptions, so that the lock can pause
# the others too.
RequestLock = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    content_type: str
    body: bytes
    # By their names in lower case.
    headers: Mapping[str, str] = field(default_factory=dict)


class TryAgain(Exception):
    """This answer cannot be used, but the next one may be. Parsers of answers may raise it too."""

    def __init__(self, reason: str, retry_after: float = 0.0, status: int = 0) -> None:
        super().__init__(reason)
        # The seconds that the server asked us to wait.
        self.retry_after = retry_after
        # The status of the answer; 0 where none came, or where its body was the problem.
        self.status = status


class Refused(SourceUnavailable):
    """The server understood the request and said no: asking again is of no use."""

    def __init__(
        self, reason: str, body: bytes = b"", *, status: int = 0, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(reason)
        self.body, self.status, self.headers = body, status, headers or {}


class Forbidden(Refused):
    """The server wants none of our requests, whichever process they come from (status 403)."""


def user_agent(*contacts: str) -> str:
    """Return the User-Agent header: the product, and how to reach those who run it.

    *contacts* are addresses or sites; empty ones are left out.
    """
    printable = (
        "".join(char for char in contact if char.isascii() and char.isprintable() and char not in "();")
        for contact in contacts
        if contact
    )
    known = "; ".join(printable)
    return f"{PRODUCT} ({known})" if known else PRODUCT


class PoliteClient:
    """A client for one fetch: create it, use it in a `with` block, and drop it. Its deadline begins at its creation."""

    def __init__(
        self,
        agent: str,
        politeness: Politeness,
        *,
        request_lock: RequestLock | None = None,
        headers: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._politeness, self._sleep, self._clock = politeness, sleep, clock
        self._request_lock = request_lock or self._pause_between_requests
        self._last_request_at = clock()
        self._ends_at = self._last_request_at + politeness.deadline
        self._http = httpx2.Client(
            headers={**(headers or {}), "User-Agent": agent, "Accept-Encoding": ACCEPTED_ENCODING},
            limits=httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=60),
            follow_redirects=False,
            verify=shared_ssl_context(),
        )
        self._connection_watch = ConnectionWatch()
        # Why a host is not asked again: it wants us to wait for longer than we do.
        self._paused_hosts: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._http.close()

    def get(self, url: str, parse: Callable[[HttpAnswer], T]) -> T:
        """Return what *parse* makes of the answer. It may raise TryAgain to have the request repeated.

        Raises Refused where the server says no, and SourceUnavailable with the last reason when no attempt succeeds.
        """
        address = _parse_address(url)
        host = address.netloc.decode()
        if host in self._paused_hosts:
            raise SourceUnavailable(self._paused_hosts[host])
        retrying = Retrying(
            retry=retry_if_exception_type(TryAgain),
            wait=self._seconds_until_retry,
            stop=self._should_give_up,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(lambda: parse(self._request(address)))
        except TryAgain as problem:
            advice = "Try again later."
            if problem.retry_after:
                advice = f"It asks us to wait {round(problem.retry_after)} seconds: try again after that."
            reason = f"{host} gave no usable answer: {problem}. {advice}"
            if problem.retry_after > self._politeness.max_retry_after:
                self._paused_hosts[host] = reason
            raise SourceUnavailable(reason) from problem

    def _seconds_until_retry(self, state: RetryCallState) -> float:
        jitter = self._politeness.initial_backoff
        backoff = wait_exponential_jitter(multiplier=jitter, max=MAX_BACKOFF_SECONDS, jitter=jitter)(state)
        return max(_requested_wait(state), backoff)

    def _should_give_up(self, state: RetryCallState) -> bool:
        return (
            state.attempt_number >= self._politeness.max_attempts
            or _requested_wait(state) > self._politeness.max_retry_after
            or self._clock() + state.upcoming_sleep >= self._ends_at
        )

    def _request(self, url: httpx2.URL) -> HttpAnswer:
        """Return the answer, following redirects within the same origin only."""
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._request_once(url)
            if isinstance(answer, HttpAnswer):
                return answer
            if (answer.scheme, answer.host, answer.port) != (url.scheme, url.host, url.port):
                raise Refused(f"{url.host} redirects to {answer.scheme}://{answer.host}, which we do not follow.")
            url = answer
        raise Refused(f"{url.host} redirects in a circle.")

    def _request_once(self, url: httpx2.URL) -> HttpAnswer | httpx2.URL:
        """Return the answer, or the address that it redirects to."""
        with self._request_lock(), _transport_errors(), self._stream(url) as response:
            if response.has_redirect_location:
                return url.join(response.headers["Location"])
            if response.status_code in RETRIED_STATUSES or response.status_code >= 500:
                retry_after = _parse_retry_after(response.headers.get("Retry-After"))
                raise TryAgain(f"status {response.status_code}", retry_after, response.status_code)
            if response.status_code != 200:
                raise _refusal(response, self._read_refusal_body(response))
            content_type = response.headers.get("Content-Type", "")
            return HttpAnswer(content_type, self._read_body(response), dict(response.headers))

    @contextmanager
    def _stream(self, url: httpx2.URL) -> Iterator[httpx2.Response]:
        with self._connection_watch.cut_after(self._seconds_left()):
            left = self._seconds_left()
            timeout = httpx2.Timeout(
                min(self._politeness.read_timeout, left), connect=min(self._politeness.connect_timeout, left)
            )
            watched = {"trace": self._connection_watch.trace}
            with self._http.stream("GET", url, timeout=timeout, extensions=watched) as response:
                yield response

    @contextmanager
    def _pause_between_requests(self) -> Iterator[None]:
        """Stand in for the lock of a client that shares its pace with nobody."""
        pause = self._last_request_at + self._politeness.delay - self._clock()
        if pause > 0:
            self._sleep(pause)
        self._last_request_at = self._clock()
        yield

    def _seconds_left(self) -> float:
        left = self._ends_at - self._clock()
        if left <= 0:
            raise TryAgain("the time for this fetch is over")
        return min(left, self._politeness.max_response_seconds)

    def _read_body(self, response: httpx2.Response) -> bytes:
        """Return the unpacked body. Raises when it grows too large or comes too slowly, whatever its headers say."""
        max_bytes, encoding = self._politeness.max_response_bytes, response.headers.get("Content-Encoding", "")
        try:
            return unpack_body(self._in_time(response.iter_raw()), encoding, max_bytes)
        except TooLarge as problem:
            raise Refused(f"{response.url.host} sent more than {max_bytes:,} bytes.") from problem

    def _read_refusal_body(self, response: httpx2.Response) -> bytes:
        """Return the explanation of a refusal. The refusal stands even where its explanation cannot be read."""
        try:
            return self._read_body(response)
        except (Refused, TooSlow, DamagedBody, httpx2.TransportError):
            return b""

    def _in_time(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        ends_at = min(self._ends_at, self._clock() + self._politeness.max_response_seconds)
        for chunk in chunks:
            if self._clock() > ends_at:
                raise TooSlow
            yield chunk


def _parse_address(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as problem:
        raise SourceUnavailable(f"{url!r} is not an address: {problem}.") from problem
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise SourceUnavailable(f"{url!r} is not an http(s) address.")
    return parsed


@contextmanager
def _transport_errors() -> Iterator[None]:
    """Turn whatever goes wrong below HTTP into TryAgain: it may go right the next time."""
    try:
        yield
    except TooSlow as problem:
        raise TryAgain("the answer came too slowly") from problem
    except DamagedBody as problem:
        raise TryAgain(f"the answer is damaged: {problem}") from problem
    except httpx2.TimeoutException as problem:
        raise TryAgain("it did not answer in time") from problem
    except httpx2.TransportError as problem:
        raise TryAgain(f"the connection failed ({problem or type(problem).__name__})") from problem
    except httpx2.InvalidURL as problem:
        raise Refused("it redirects to something that is no address.") from problem


def _refusal(response: httpx2.Response, body: bytes) -> Refused:
    host, status, headers = response.url.host, response.status_code, dict(response.headers)
    if status == 403:
        advice = (
            f"{host} refuses our requests (403). Check that CONTACT_EMAIL and SITE_URL say who you are"
            " and that nothing else on this network asks too often, then write to the people who run it."
        )
        return Forbidden(advice, body, status=status, headers=headers)
    return Refused(f"{host} did not accept the request (status {status}).", body, status=status, headers=headers)


def _parse_retry_after(value: str | None) -> float:
    """Return the seconds that a Retry-After header asks for, which may be a number or an HTTP date (RFC 9110, 10.2.3).

    0 when the header is missing or makes no sense.
    """
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def _requested_wait(state: RetryCallState) -> float:
    problem = state.outcome.exception() if state.outcome else None
    return problem.retry_after if isinstance(problem, TryAgain) else 0.0
