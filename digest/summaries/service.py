"""Calls to an OpenAI-compatible service: patient within bounds, and content with what the service can do."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from digest.summaries.prompt import Message
from digest.summaries.troubles import Trouble, judge
from digest.summaries.writers import WriterFailed

if TYPE_CHECKING:
    from openai import OpenAI

RETRIES = 2
BACKOFF = 1.0
"""Seconds before the first retry; twice as many before the second."""

_MOST_TOKENS = 2**31 - 1
_HIGHEST_COST = Decimal(9999)


@dataclass(frozen=True, slots=True)
class Reply:
    content: str
    """Empty where the service sent no text."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal = Decimal(0)
    """US dollars, where the service says so; most do not."""


class Service:
    """Used by several threads at once."""

    def __init__(self, *, base_url: str, api_key: str, model: str, timeout: float) -> None:
        self._base_url, self._api_key, self._model, self._timeout = base_url, api_key, model, timeout
        self._client: OpenAI | None = None
        self._lock = threading.Lock()
        self._calls = 0
        self._stopped = threading.Event()
        self._takes_json_format = True

    def complete(self, messages: Sequence[Message]) -> Reply:
        """Raises WriterFailed."""
        client = self._enter()
        try:
            return self._patiently(client, messages)
        finally:
            self._leave()

    def stop(self) -> None:
        """No call starts or waits any more; the connections are closed once the last one is back."""
        self._stopped.set()
        with self._lock:
            self._close_if_idle()

    def _enter(self) -> "OpenAI":
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            self._calls += 1
            return self._client

    def _leave(self) -> None:
        with self._lock:
            self._calls -= 1
            self._close_if_idle()

    def _close_if_idle(self) -> None:
        if self._stopped.is_set() and not self._calls and self._client is not None:
            self._client.close()

    def _connect(self) -> "OpenAI":
        from openai import OpenAI  # 0.65 s and 52 MB, so only where a model is asked

        return OpenAI(base_url=self._base_url, api_key=self._api_key, timeout=self._timeout, max_retries=0)

    def _patiently(self, client: "OpenAI", messages: Sequence[Message]) -> Reply:
        trouble = Trouble("the run was stopped", outage=True)
        for attempt in range(RETRIES + 1):
            if self._stopped.is_set():
                break
            outcome = self._call(client, messages)
            if isinstance(outcome, Reply):
                return outcome
            trouble = outcome
            if not trouble.passing or attempt == RETRIES:
                break
            self._stopped.wait(BACKOFF * 2**attempt if trouble.wait is None else trouble.wait)
        raise WriterFailed(trouble.reason, fatal=trouble.fatal, outage=trouble.outage)

    def _call(self, client: "OpenAI", messages: Sequence[Message]) -> Reply | Trouble:
        """Once more without the JSON format where the service does not like the request: not all know that option."""
        if not self._takes_json_format:
            return self._create(client, messages)
        outcome = self._create(client, messages, response_format={"type": "json_object"})
        if isinstance(outcome, Trouble) and outcome.odd_request:
            outcome = self._create(client, messages)
            self._takes_json_format = not isinstance(outcome, Reply)
        return outcome

    def _create(self, client: "OpenAI", messages: Sequence[Message], **options: Any) -> Reply | Trouble:
        import openai

        given: Any = list(messages)
        try:
            completion: Any = client.chat.completions.create(model=self._model, messages=given, **options)
        except openai.OpenAIError as error:
            return judge(error)
        except ValueError:
            return Trouble("the model service's answer is no JSON", outage=True)
        return _read(completion)


def _read(completion: Any) -> Reply | Trouble:
    """The client checks nothing of what came: it may be a page of HTML, or lack any part."""
    choices = getattr(completion, "choices", None)
    if not isinstance(choices, list):
        return Trouble("the model service's answer is no completion", outage=True)
    choice = choices[0] if choices else None
    message = getattr(choice, "message", None)
    if getattr(message, "refusal", None) or getattr(choice, "finish_reason", None) == "content_filter":
        return Trouble("the model refused the paper")
    content = getattr(message, "content", None)
    usage = getattr(completion, "usage", None)
    return Reply(
        content=content if isinstance(content, str) else "",
        prompt_tokens=_count(getattr(usage, "prompt_tokens", 0)),
        completion_tokens=_count(getattr(usage, "completion_tokens", 0)),
        cost=_cost(getattr(usage, "cost", 0)),
    )


def _count(value: object) -> int:
    return min(max(value, 0), _MOST_TOKENS) if isinstance(value, int) else 0


def _cost(value: object) -> Decimal:
    try:
        cost = Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
    return cost if 0 <= cost <= _HIGHEST_COST else Decimal(0)
