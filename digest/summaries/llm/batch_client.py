"""The batch part of an OpenAI-compatible service: a file of requests is uploaded, one of answers downloaded."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from types import SimpleNamespace
from typing import IO, Any, Final

import httpx2

from digest.summaries.llm.client import MAX_ANSWER_BYTES, ModelReply, ModelService, TokenPrices, parse_completion
from digest.summaries.llm.errors import ModelError, classify_model_error

ENDPOINT: Final = "/v1/chat/completions"
# Under this key our name of a batch stands in the service's record of it.
BATCH_NAME_KEY = "preprint_post"

# Among so many we look for one that we may have submitted.
MAX_BATCHES_LISTED = 200

ENDED_STATES = frozenset({"completed", "failed", "expired", "cancelled"})

# The id that we gave the request, and the answer.
BatchAnswer = tuple[int, ModelReply | ModelError]


class BatchProblem(Exception):
    """The service cannot be asked, or refuses; the text says why. `fatal` means that it will refuse again."""

    def __init__(self, reason: str, *, fatal: bool = False, status: int = 0) -> None:
        super().__init__(reason)
        self.fatal, self.status = fatal, status


class BatchService:
    def __init__(self, service: ModelService) -> None:
        self._service = service

    def find(self, name: str) -> str:
        """Return the service's id of the batch that we called *name*; empty if it has none. Raises BatchProblem."""
        with _raise_batch_problems():
            latest = islice(self._service.client.batches.list(limit=100), MAX_BATCHES_LISTED)
            return next((batch.id for batch in latest if (batch.metadata or {}).get(BATCH_NAME_KEY) == name), "")

    def submit(self, name: str, requests: IO[bytes]) -> str:
        """Upload the requests. Return the service's id of the new batch. Raises BatchProblem."""
        with _raise_batch_problems():
            client = self._service.client
            file = client.files.create(file=(f"{name}.jsonl", requests), purpose="batch")
            batch = client.batches.create(
                input_file_id=file.id, endpoint=ENDPOINT, completion_window="24h", metadata={BATCH_NAME_KEY: name}
            )
            return batch.id

    def fetch_answers(self, provider_id: str) -> Iterator[BatchAnswer] | None:
        """Return the answers, or None while the batch is being answered.

        A batch that failed or ran out of time has fewer, or none. Raises BatchProblem.
        """
        with _raise_batch_problems():
            batch = self._service.client.batches.retrieve(provider_id)
        if batch.status not in ENDED_STATES:
            return None
        files = [file for file in (batch.output_file_id, batch.error_file_id) if file]
        prices = self._service.prices
        half_prices = TokenPrices(prices.given / 2, prices.written / 2)
        return _read_answers((line for file in files for line in self._read_lines(file)), half_prices)

    def _read_lines(self, file_id: str) -> Iterator[bytes]:
        """Yield the lines of a file, split by ourselves: the client breaks them at signs that JSON may hold too."""
        rest = b""
        with _raise_batch_problems(), self._service.client.files.with_streaming_response.content(file_id) as response:
            for piece in response.iter_bytes():
                *whole, rest = (rest + piece).split(b"\n")
                yield from whole
                if len(rest) > MAX_ANSWER_BYTES:
                    raise BatchProblem("a line of the model service's file is too long")
        yield rest


def format_request(id: int, body: Mapping[str, Any]) -> bytes:
    """Return the line of a request in the file that is uploaded."""
    line = {"custom_id": str(id), "method": "POST", "url": ENDPOINT, "body": body}
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _read_answers(lines: Iterator[bytes], prices: TokenPrices) -> Iterator[BatchAnswer]:
    """Yield the answers. A line that is no answer to one of our requests is skipped, and its answer is missing."""
    for line in lines:
        try:
            answer = json.loads(line, object_hook=lambda fields: SimpleNamespace(**fields))
            id = int(answer.custom_id)
        except (ValueError, AttributeError, TypeError, RecursionError):
            continue
        yield id, _parse_answer(getattr(answer, "response", None), prices)


def _parse_answer(response: Any, prices: TokenPrices) -> ModelReply | ModelError:
    status = getattr(response, "status_code", None)
    if status != 200:
        known_status = status if isinstance(status, int) else "no answer"
        return ModelError(f"the model service refuses the request ({known_status})")
    return parse_completion(getattr(response, "body", None), prices)


@contextmanager
def _raise_batch_problems() -> Iterator[None]:
    import openai  # 0.65 s and 52 MB, so only where a model is asked

    try:
        yield
    except openai.OpenAIError as error:
        model_error = classify_model_error(error)
        status = getattr(error, "status_code", 0)
        raise BatchProblem(
            model_error.reason, fatal=model_error.fatal or not model_error.temporary, status=status
        ) from error
    except httpx2.HTTPError as error:  # the client has no error of its own for a file that breaks off
        raise BatchProblem(f"the model service's file broke off ({type(error).__name__})") from error
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise BatchProblem("the model service does not answer as one that takes batches") from error
