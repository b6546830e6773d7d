"""Sends a request to an OpenAI-compatible service, bounded in time and size; a failure is returned as a ModelError."""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal, InvalidOperation
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import httpx2

from digest.sources.http.response_limits import ACCEPTED_ENCODING, DamagedBody, TooLarge, unpack_body
from digest.sources.http.tls import shared_ssl_context
from digest.summaries.llm.errors import ModelError, classify_model_error
from digest.summaries.llm.parsing import cut_thoughts
from digest.summaries.llm.prompt import Message

if TYPE_CHECKING:
    from openai import OpenAI

# Bytes. A good answer has 5,000.
MAX_ANSWER_BYTES = 2_000_000

_MAX_TOKENS = 10_000_000
_HIGHEST_COST = Decimal(9999)
# How services say that the model wrote all it wanted to, or as much as it may.
_STOPPED_BY_ITSELF = frozenset({"stop", "tool_calls", "function_call", "eos", "end_turn"})
_CUT_BY_LENGTH = frozenset({"length", "max_tokens", "model_length"})
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """US dollars for a million tokens."""

    given: Decimal = Decimal(0)
    written: Decimal = Decimal(0)

    def of(self, prompt_tokens: int, completion_tokens: int) -> Decimal:
        cost = (self.given * prompt_tokens + self.written * completion_tokens) / _MILLION
        return _round_up_cost(min(cost, _HIGHEST_COST))


@dataclass(frozen=True, slots=True)
class ModelReply:
    # Empty where the service sent no text.
    content: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    # US dollars: what the service says, else by its prices; 0 where it counts no tokens either.
    cost: Decimal = Decimal(0)
    # Why the model will write nothing of this paper; empty if it did not refuse.
    refusal: str = ""
    # Whether that was a filter and not the model.
    filtered: bool = False
    # Whether the answer ended because it was too long.
    cut: bool = False
    # Whether the service says that the model stopped by itself.
    stopped: bool = False


class ModelService:
    """One model of an OpenAI-compatible service. Several threads may ask at once; `close` ends their calls."""

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        model: str,
        timeout: float,
        prices: TokenPrices = TokenPrices(),
        extra_body: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.model, self.timeout, self.prices = model, timeout, prices
        self.base_url, self.api_key = base_url, api_key
        self._extra_body = extra_body
        self._client: OpenAI | None = None
        self._lock = threading.Lock()

    def request(self, messages: Sequence[Message], *, json_format: bool = True) -> ModelReply | ModelError:
        import openai  # 0.65 s and 52 MB, so only where a model is asked

        options = self.body(messages, json_format=json_format)
        model, asked = options.pop("model"), options.pop("messages")
        try:
            completion: Any = self.client.chat.completions.create(model=model, messages=asked, extra_body=options)
        except openai.OpenAIError as error:
            return classify_model_error(error, self.api_key)
        except (ValueError, RecursionError):
            return ModelError("the model service's answer is no JSON", outage=True, billed=True)
        return parse_completion(completion, self.prices)

    def body(self, messages: Sequence[Message], *, json_format: bool = True) -> dict[str, Any]:
        """Return what is sent; what the operator adds wins."""
        body: dict[str, Any] = {"model": self.model, "messages": list(messages)}
        if json_format:
            body["response_format"] = {"type": "json_object"}
        return {**body, **self._extra_body}

    def list_models(self) -> list[str] | ModelError:
        """Return the names of the models that the service has, as it says; none where it has no such list."""
        import openai  # 0.65 s and 52 MB, so only where a model is asked

        try:
            return [str(each.id) for each in self.client.models.list().data]
        except openai.NotFoundError:
            return []
        except openai.OpenAIError as error:
            return classify_model_error(error, self.api_key)
        except (ValueError, AttributeError, TypeError, RecursionError):
            return ModelError("the model service's answer could not be read", outage=True)

    def prepare(self) -> None:
        """Load the client, so that its 0.65 s do not count as the service's."""
        _ = self.client.chat.completions

    @property
    def client(self) -> "OpenAI":
        with self._lock:
            if self._client is None:
                self._client = self._connect()
            return self._client

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()

    def _connect(self) -> "OpenAI":
        from openai import DefaultHttpxClient, OpenAI

        def bound_response(response: httpx2.Response) -> None:
            # Only here does it hold for errors too, whose bodies the client reads by itself.
            if isinstance(response.stream, httpx2.SyncByteStream) and not response.url.path.endswith("/content"):
                # It is unpacked here: a few bytes may unpack to a thousand times as many.
                encoding = response.headers.pop("Content-Encoding", "")
                response.stream = _BoundedStream(response.stream, encoding, time.monotonic() + self.timeout)

        client = DefaultHttpxClient(
            timeout=self.timeout,
            headers={"Accept-Encoding": ACCEPTED_ENCODING},
            event_hooks={"response": [bound_response]},
            verify=shared_ssl_context(),
        )
        return OpenAI(
            base_url=self.base_url,
            api_key=self.api_key,
            timeout=self.timeout,
            max_retries=0,
            http_client=client,
        )


class _BoundedStream(httpx2.SyncByteStream):
    """Unpacks an answer, and ends one that takes too long or is too large.

    A time-out does not end it: it counts anew from byte to byte.
    """

    def __init__(self, stream: httpx2.SyncByteStream, encoding: str, deadline: float) -> None:
        self._stream, self._encoding, self._deadline = stream, encoding, deadline

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield unpack_body(self._in_time(), self._encoding, MAX_ANSWER_BYTES)
        except TooLarge as problem:
            raise httpx2.ReadError("the answer is too long") from problem
        except DamagedBody as problem:
            raise httpx2.ReadError(f"the answer is damaged: {problem}") from problem

    def _in_time(self) -> Iterator[bytes]:
        for chunk in self._stream:
            if time.monotonic() > self._deadline:
                raise httpx2.ReadTimeout("the answer takes too long")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def parse_completion(completion: Any, prices: TokenPrices) -> ModelReply | ModelError:
    """Return the reply in a completion. The client checks nothing: it may be a page of HTML, or lack any part."""
    choices = getattr(completion, "choices", None)
    if not isinstance(choices, list):
        return ModelError("the model service's answer is no completion", outage=True, billed=True)
    choice = choices[0] if choices else None
    message = getattr(choice, "message", None)
    finish = getattr(choice, "finish_reason", None)
    finish = finish if isinstance(finish, str) else None
    usage = getattr(completion, "usage", None)
    counts = (getattr(usage, name, 0) for name in ("prompt_tokens", "completion_tokens"))
    given, written = (min(max(count, 0), _MAX_TOKENS) if isinstance(count, int) else 0 for count in counts)
    filtered = finish == "content_filter"
    refused = bool(getattr(message, "refusal", None)) or filtered
    stopped = finish in _STOPPED_BY_ITSELF
    return ModelReply(
        content=_read_content(message, stopped=stopped),
        prompt_tokens=given,
        completion_tokens=written,
        cost=_parse_cost(getattr(usage, "cost", None)) or prices.of(given, written),
        refusal=("a filter withheld the answer" if filtered else "the model refused the paper") if refused else "",
        filtered=filtered,
        cut=finish in _CUT_BY_LENGTH,
        stopped=stopped,
    )


def _read_content(message: Any, *, stopped: bool) -> str:
    """Return the text of the answer, which may be in parts, in a call of a tool, or among the thoughts."""
    content = _join_parts(_read(message, "content"))
    if "{" in content:
        return content
    calls = _read(message, "tool_calls")
    functions = [_read(call, "function") for call in calls] if isinstance(calls, list) else []
    for function in (*reversed(functions), _read(message, "function_call")):
        arguments = _read(function, "arguments")
        if arguments and not isinstance(arguments, str):
            arguments = json.dumps(arguments, default=lambda each: getattr(each, "__dict__", None))
        if arguments:
            return str(arguments)
    if not content.strip() and stopped:
        for name in ("reasoning_content", "reasoning"):
            # A service may take the whole answer for thoughts. An object among thoughts is a draft.
            text = cut_thoughts(_join_parts(_read(message, name))).strip().removeprefix("```json").strip("`\n ")
            if text.startswith("{") and text.endswith("}"):
                return text
    return content


def _join_parts(content: object) -> str:
    """Return a text that may come in parts. Parts that are thoughts or pictures are left out."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = (each if isinstance(each, str) else _read_part(each) for each in content)
    return "".join(text for text in texts if isinstance(text, str))


def _read_part(part: object) -> object:
    kind, text = _read(part, "type"), _read(part, "text")
    return text if kind in (None, "text", "output_text") else ""


def _read(holder: object, name: str) -> Any:
    return holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)


def _parse_cost(value: object) -> Decimal:
    try:
        cost = Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)
    return _round_up_cost(cost) if cost.is_finite() and 0 <= cost <= _HIGHEST_COST else Decimal(0)


def _round_up_cost(cost: Decimal) -> Decimal:
    """Round a cost up to what the table keeps."""
    return cost.quantize(Decimal("0.000001"), ROUND_UP)
