"""Asks an OpenAI-compatible service for the vectors of texts. What it answers is checked: it may be anything."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from django.conf import settings

from digest.summaries.llm.client import ModelReply, ModelService, TokenPrices
from digest.summaries.llm.configured_models import OPENAI_URL
from digest.summaries.llm.errors import ModelError, classify_model_error

# So that an answer of 3,072 dimensions stays below MAX_ANSWER_BYTES.
MAX_TEXTS_PER_CALL = 20

# Characters. The models that people run themselves read no more, and an abstract of arXiv has 1,920 at most.
MAX_TEXT_LENGTH = 3_000

MAX_DIMENSIONS = 1 << 14

_MAX_TOKENS = 10_000_000


@dataclass(frozen=True, slots=True)
class EmbeddingReply:
    # One for each text, in their order: equally long, finite, none of them without length.
    vectors: tuple[tuple[float, ...], ...]
    # The tokens and the cost.
    use: ModelReply


def configured_embedder() -> ModelService | None:
    """Return the embedding model that the operator configured, if any."""
    if not settings.OPENAI_EMBEDDING_MODEL:
        return None
    return ModelService(
        base_url=settings.OPENAI_EMBEDDING_BASE_URL or settings.OPENAI_BASE_URL or OPENAI_URL,
        api_key=settings.OPENAI_EMBEDDING_API_KEY or settings.OPENAI_API_KEY or "none",
        model=settings.OPENAI_EMBEDDING_MODEL,
        timeout=settings.LLM_TIMEOUT,
        prices=TokenPrices(given=settings.OPENAI_EMBEDDING_PRICE),
    )


def estimate_cost(service: ModelService, texts: Sequence[str]) -> Decimal:
    """Return what the vectors of *texts* may cost in US dollars, rather too much than too little."""
    return service.prices.of(sum(len(text.encode()) // 2 + 1 for text in texts), 0)


def request_embeddings(service: ModelService, texts: Sequence[str]) -> EmbeddingReply | ModelError:
    """Ask for the vectors of at most MAX_TEXTS_PER_CALL texts."""
    import openai  # 0.65 s and 52 MB, so only where a model is asked

    try:
        answer: Any = service.client.embeddings.create(
            model=service.model, input=[text[:MAX_TEXT_LENGTH] for text in texts], encoding_format="float"
        )
    except openai.OpenAIError as error:
        return classify_model_error(error, service.api_key)
    except (ValueError, TypeError, OverflowError, RecursionError):  # no JSON, or numbers that are none
        return ModelError("the model service's answer could not be read", outage=True, billed=True)
    try:
        vectors = _read_vectors(answer, len(texts))
    except (ValueError, TypeError, OverflowError):
        return ModelError("the model service's answer has no vectors that can be used", outage=True, billed=True)
    tokens = getattr(getattr(answer, "usage", None), "prompt_tokens", 0)
    given = min(max(tokens, 0), _MAX_TOKENS) if isinstance(tokens, int) else 0
    return EmbeddingReply(vectors, ModelReply(prompt_tokens=given, cost=service.prices.of(given, 0)))


def _read_vectors(answer: Any, count: int) -> tuple[tuple[float, ...], ...]:
    """Return the vectors in the order of the texts. Raises ValueError or TypeError for anything else."""
    rows = getattr(answer, "data", None)
    if not isinstance(rows, list) or len(rows) != count:
        raise ValueError("not as many vectors as texts")
    # A service that numbers none of them keeps the order.
    numbers = [getattr(row, "index", None) for row in rows]
    if all(number is None for number in numbers):
        numbers = list(range(count))
    if sorted(number for number in numbers if isinstance(number, int)) != list(range(count)):
        raise ValueError("vectors of other texts")
    vectors = {number: _read_numbers(row) for number, row in zip(numbers, rows, strict=True)}
    if len({len(vector) for vector in vectors.values()}) != 1:
        raise ValueError("vectors of several lengths")
    return tuple(vectors[number] for number in range(count))


def _read_numbers(row: object) -> tuple[float, ...]:
    numbers = getattr(row, "embedding", None)
    if not isinstance(numbers, list) or len(numbers) > MAX_DIMENSIONS:
        raise TypeError("no list of numbers, or one too long")
    vector = tuple(map(float, numbers))
    if not any(vector) or not all(map(isfinite, vector)):
        raise ValueError("a vector without length or end")
    return vector
