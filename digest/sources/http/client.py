"""The polite client: says who asks, asks slowly over one connection, waits when told to, and gives up in time.

It keeps its own pace. A `turn` makes it keep pace with all other clients, on whatever machine they run.
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
from digest.sources.http.tls import trusted_authorities

PRODUCT = "PreprintPost/0.1.0"
MAX_REDIRECTS = 3
RETRIED_STATUSES = (408, 425, 429)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Politeness:
    """Times in seconds. The first three are what arXiv's terms of use ask for, or kinder."""

    # Between two requests, and before the first: another process may just have asked.
    delay: float = 3.0
    attempts: int = 5
    # Before the second try, plus chance; twice as long before each further one, one minute at most.
    backoff: float = 5.0
    # Of what a Retry-After may ask. Asked for more, we give up instead of coming back too early.
    longest_wait: float = 300.0
    # For everything that one client does.
    deadline: float = 900.0
    # From asking to the last byte of one answer, however it comes.
    longest_answer: float = 120.0
    connect: float = 5.0
    # The longest silence inside an answer.
    read: float = 30.0
    # Of one answer. 2,000 papers of the API take 4.7 MB, the 2,000 longest of two months 7.3 MB.
    most_bytes: int = 10_000_000


POLITE = Politeness()

# Waits until it is our turn to ask; the request is made within the block. It sees how the request ended: a Forbidden or
# a TryAgain leaves the block as an exception.
RequestLock = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    content_type: str
    body: bytes
    # Their names in small letters.
    headers: Mapping[str, str] = field(default_factory=dict)


class TryAgain(Exception):
    """This answer cannot be used, the next one may; whoever reads an answer may raise it too."""

    def __init__(self, reason: str, wait: float = 0.0, status: int = 0) -> None:
        super().__init__(reason)
        # Seconds that the server asked us to wait.
        self.wait = wait
        # Of the answer; 0 where none came, or one that seemed well.
        self.status = status


class Refused(SourceUnavailable):
    """The server understood and said no: asking again is of no use."""

    def __init__(
        self, reason: str, body: bytes = b"", *, status: int = 0, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(reason)
        self.body, self.status, self.headers = body, status, headers or {}


class Forbidden(Refused):
    """The server wants none of our requests, from whichever process they come."""


def user_agent(*contacts: str) -> str:
    """Return who asks and how to reach them. *contacts* are a site or an address; empty ones are left out."""
    known = "; ".join(_header_safe(contact) for contact in contacts if contact)
    return f"{PRODUCT} ({known})" if known else PRODUCT


def _header_safe(text: str) -> str:
    return "".join(sign for sign in text if sign.isascii() and sign.isprintable() and sign not in "();")


class PoliteClient:
    """Serves one fetch: make one, use it in a `with`, and let it go. Its deadline runs from its making."""

    def __init__(
        self,
        agent: str,
        manners: Politeness = POLITE,
        *,
        turn: RequestLock | None = None,
        headers: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._manners, self._sleep, self._clock = manners, sleep, clock
        self._turn = turn or self._own_turn
        self._asked_at = clock()
        self._ends_at = self._asked_at + manners.deadline
        limits = httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=60)
        ours = {**(headers or {}), "User-Agent": agent, "Accept-Encoding": ACCEPTED_ENCODING}
        self._http = httpx2.Client(headers=ours, limits=limits, follow_redirects=False, verify=trusted_authorities())
        self._wire = ConnectionWatch()
        self._closed: dict[str, str] = {}  # hosts that asked for a longer wait than ours, and what we say of them

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._http.close()

    def get(self, url: str, read: Callable[[HttpAnswer], T]) -> T:
        """Return what *read* makes of the answer.

        Raises SourceUnavailable, with the last reason, when no try succeeds.
        """
        if (host := _check_url(url).netloc.decode()) in self._closed:
            raise SourceUnavailable(self._closed[host])
        retrying = Retrying(
            retry=retry_if_exception_type(TryAgain),
            wait=self._wait,
            stop=self._is_enough,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(lambda: read(self._follow(_check_url(url))))
        except TryAgain as problem:
            text = f"{host} gave no usable answer: {problem}. {_advise(problem)}"
            if problem.wait > self._manners.longest_wait:
                self._closed[host] = text
            raise SourceUnavailable(text) from problem

    def _wait(self, state: RetryCallState) -> float:
        backoff = self._manners.backoff
        return max(_requested_wait(state), wait_exponential_jitter(multiplier=backoff, max=60, jitter=backoff)(state))

    def _is_enough(self, state: RetryCallState) -> bool:
        return (
            state.attempt_number >= self._manners.attempts
            or _requested_wait(state) > self._manners.longest_wait
            or self._clock() + state.upcoming_sleep >= self._ends_at
        )

    def _follow(self, url: httpx2.URL) -> HttpAnswer:
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._ask(url)
            if isinstance(answer, HttpAnswer):
                return answer
            if _origin(answer) != _origin(url):
                raise Refused(f"{url.host} redirects to {answer.scheme}://{answer.host}, which we do not follow.")
            url = answer
        raise Refused(f"{url.host} redirects in a circle.")

    def _ask(self, url: httpx2.URL) -> HttpAnswer | httpx2.URL:
        """The answer, or the address that it redirects to."""
        with self._turn(), _transport_errors(), self._response(url) as response:
            if response.has_redirect_location:
                return url.join(response.headers["Location"])
            if response.status_code in RETRIED_STATUSES or response.status_code >= 500:
                raise _temporary_error(response)
            if response.status_code != 200:
                raise _refused_error(response, self._explanation(response))
            return HttpAnswer(response.headers.get("Content-Type", ""), self._body(response), dict(response.headers))

    @contextmanager
    def _response(self, url: httpx2.URL) -> Iterator[httpx2.Response]:
        watched = {"trace": self._wire.watch}
        with (
            self._wire.no_longer_than(self._time_left()),
            self._http.stream("GET", url, timeout=self._timeout(), extensions=watched) as response,
        ):
            yield response

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        wait = self._asked_at + self._manners.delay - self._clock()
        if wait > 0:
            self._sleep(wait)
        self._asked_at = self._clock()
        yield

    def _time_left(self) -> float:
        left = self._ends_at - self._clock()
        if left <= 0:
            raise TryAgain("the time for this fetch is over")
        return min(left, self._manners.longest_answer)

    def _timeout(self) -> httpx2.Timeout:
        left = self._time_left()
        return httpx2.Timeout(min(self._manners.read, left), connect=min(self._manners.connect, left))

    def _body(self, response: httpx2.Response) -> bytes:
        """Raises when the body grows too large or comes in too slowly, whatever its header promised."""
        most, encoding = self._manners.most_bytes, response.headers.get("Content-Encoding", "")
        try:
            return unpack_body(self._in_time(response.iter_raw()), encoding, most)
        except TooLarge as problem:
            raise Refused(f"{response.url.host} sent more than {most:,} bytes.") from problem

    def _explanation(self, response: httpx2.Response) -> bytes:
        """Read the explanation of a refusal, which stands even when this cannot be read."""
        try:
            return self._body(response)
        except (Refused, TooSlow, DamagedBody, httpx2.TransportError):
            return b""

    def _in_time(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        ends_at = min(self._ends_at, self._clock() + self._manners.longest_answer)
        for chunk in chunks:
            if self._clock() > ends_at:
                raise TooSlow
            yield chunk


def _check_url(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as problem:
        raise SourceUnavailable(f"{url!r} is not an address: {problem}.") from problem
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise SourceUnavailable(f"{url!r} is not an http(s) address.")
    return parsed


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


@contextmanager
def _transport_errors() -> Iterator[None]:
    """Everything that goes wrong below HTTP may go right the next time."""
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


def _temporary_error(response: httpx2.Response) -> TryAgain:
    wait = _parse_retry_after(response.headers.get("Retry-After"))
    return TryAgain(f"status {response.status_code}", wait, response.status_code)


def _refused_error(response: httpx2.Response, body: bytes) -> Refused:
    host, status, headers = response.url.host, response.status_code, dict(response.headers)
    if status == 403:
        advice = (
            f"{host} refuses our requests (403). Check that CONTACT_EMAIL and SITE_URL say who you are"
            " and that nothing else on this network asks too often, then write to the people who run it."
        )
        return Forbidden(advice, body, status=status, headers=headers)
    return Refused(f"{host} did not accept the request (status {status}).", body, status=status, headers=headers)


def _parse_retry_after(value: str | None) -> float:
    """Seconds from now; 0 when the header is missing or makes no sense. It may be a number or an HTTP date."""
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((moment - datetime.now(UTC)).total_seconds(), 0.0)


def _requested_wait(state: RetryCallState) -> float:
    problem = state.outcome.exception() if state.outcome else None
    return problem.wait if isinstance(problem, TryAgain) else 0.0


def _advise(problem: TryAgain) -> str:
    if problem.wait:
        return f"It asks us to wait {round(problem.wait)} seconds: try again after that."
    return "Try again later."
