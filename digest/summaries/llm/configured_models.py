"""The models that an operator configured, as one run sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from digest.summaries.llm import prompt
from digest.summaries.llm.client import ModelService, TokenPrices
from digest.summaries.llm.prompt import Message

OPENAI_URL = "https://api.openai.com/v1"

# How many answers of a model are read for one paper: the first, and one after a complaint.
MAX_ANSWERS_PER_MODEL = 2

MAX_NAME_LENGTH = 100

# Tokens that a good answer may take, thoughts included; for estimates only.
MAX_TOKENS_WRITTEN = 700


@dataclass(slots=True)
class ModelWriter:
    """A model, and how it fared in one run so far."""

    service: ModelService
    max_answers: int = MAX_ANSWERS_PER_MODEL
    prompt_version: str = prompt.PROMPT_VERSION
    # Why it is not asked any more in this run; empty while it is.
    dropped_because: str = ""
    # Papers that failed by an outage since the last answer.
    outages_in_a_row: int = 0
    # Whether it works, or is too slow to wait for. Until then it is asked for one paper at a time.
    proven: bool = False
    # Not all services know the option for the JSON format.
    takes_json_format: bool = True
    # The service asked to wait until this moment of the monotonic clock.
    not_before: float = 0.0

    @property
    def name(self) -> str:
        """Return the name by which its summaries are marked."""
        return self.service.model[:MAX_NAME_LENGTH]

    def estimate(self, messages: Sequence[Message]) -> Decimal:
        """Return what an answer may cost in US dollars, rather too much than too little."""
        text = "".join(message["content"] for message in messages)
        beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
        return self.service.prices.of((len(text) - beyond_ascii) // 3 + 2 * beyond_ascii, MAX_TOKENS_WRITTEN)


def configured_writers() -> list[ModelWriter]:
    """Return the configured model and the fallback model, if any; empty where none is configured."""
    if not settings.OPENAI_API_KEY and not settings.OPENAI_BASE_URL:
        return []
    first = ModelService(
        base_url=settings.OPENAI_BASE_URL or OPENAI_URL,
        api_key=settings.OPENAI_API_KEY or "none",  # a server of one's own asks for no key, the client does
        model=settings.OPENAI_MODEL,
        timeout=settings.LLM_TIMEOUT,
        prices=TokenPrices(settings.OPENAI_PRICE_IN, settings.OPENAI_PRICE_OUT),
        extra_body=settings.OPENAI_EXTRA_BODY,
    )
    if not settings.OPENAI_FALLBACK_MODEL:
        return [ModelWriter(first)]
    second = ModelService(
        base_url=settings.OPENAI_FALLBACK_BASE_URL or settings.OPENAI_BASE_URL or OPENAI_URL,
        api_key=settings.OPENAI_FALLBACK_API_KEY or settings.OPENAI_API_KEY or "none",
        model=settings.OPENAI_FALLBACK_MODEL,
        timeout=settings.LLM_TIMEOUT,
        prices=TokenPrices(settings.OPENAI_FALLBACK_PRICE_IN, settings.OPENAI_FALLBACK_PRICE_OUT),
        extra_body=settings.OPENAI_EXTRA_BODY,
    )
    return [ModelWriter(first), ModelWriter(second, max_answers=1)]


def configured_model_names() -> list[str]:
    """Return the names by which summaries of the configured models are marked, the best first."""
    names = [settings.OPENAI_MODEL, settings.OPENAI_FALLBACK_MODEL]
    return [str(name)[:MAX_NAME_LENGTH] for name in names if name]
