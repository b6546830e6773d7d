"""Classifies a failed call to a model service: try again, give up this paper, or ask no more at all."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx2
from django.utils import timezone

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAIError

# A service that asks to wait longer is not asked again for the paper in this run.
MAX_RETRY_WAIT_SECONDS = 30.0

# Characters of a service's own words that are kept.
MAX_WORDS_LENGTH = 200

_MAX_WORDS_READ = 2_000
_MASK = "(key)"
# A server of one's own may have a placeholder for a key, which is a word like any other.
_MIN_KEY_LENGTH = 6
_LIKE_KEY = re.compile(
    r"\b(?:sk|pk|gsk|xai|hf|nvapi|r8|key|api)[-_]\w|AIza\w|(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{24,}|\b[0-9a-fA-F]{16,}\b"
)

_OUT_OF_MONEY_WORDS = (
    "insufficient_quota",
    "billing",
    "quota_exceeded",
    "credit",
    "insufficient balance",
    "exceeded your current",
)
_FATAL_STATUSES: Mapping[int, str] = {
    401: "the model service refuses the key (401)",
    402: "the model service wants to be paid (402)",
    403: "the model service refuses access (403)",
    404: "the model service does not know the address or the model (404)",
}
_TEMPORARY_STATUSES = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})


@dataclass(frozen=True, slots=True)
class ModelError:
    """The meaning of a failed call. `reason` never quotes the service, so that equal failures count as one."""

    reason: str
    # Every other call would fail in the same way.
    fatal: bool = False
    # The service and not the paper is the cause.
    outage: bool = False
    # The same call may succeed a little later.
    temporary: bool = False
    # Seconds for which the service asks us to wait.
    retry_after: float | None = None
    # It cost the whole time of a call: trying again and again would hold up the run.
    slow: bool = False
    # The model may have worked, and the service may want to be paid for it.
    billed: bool = False
    # The service refuses something in the request, perhaps an option that it does not know.
    bad_request: bool = False
    # The service's own words, on one line and without keys; empty where it said nothing.
    said: str = ""


OVERDUE_ERROR = ModelError(
    "the model service did not answer in time", outage=True, temporary=True, slow=True, billed=True
)


def classify_model_error(error: "OpenAIError", api_key: str = "") -> ModelError:
    """Return what an exception of the client means. *api_key* is masked in the service's words."""
    import openai  # 0.65 s and 52 MB, so only where a model is asked

    if isinstance(error, openai.APITimeoutError):
        return OVERDUE_ERROR
    if isinstance(error, openai.APIConnectionError):
        if isinstance(error.__cause__, httpx2.ConnectError):
            return ModelError("the model service could not be reached", outage=True, temporary=True)
        return ModelError("the connection to the model service broke", outage=True, temporary=True, billed=True)
    if isinstance(error, openai.APIStatusError):
        return replace(_classify_status(error), said=mask_keys(_read_words(error), api_key))
    return ModelError(
        f"the model service's answer could not be read ({type(error).__name__})", outage=True, billed=True
    )


def mask_keys(text: str, api_key: str) -> str:
    """Return *text* on one line, bounded, without the key and without what looks like one or a part of one."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[:_MAX_WORDS_READ]).split())
    if len(api_key) >= _MIN_KEY_LENGTH:
        line = line.replace(api_key, _MASK)
    words = (_MASK if _may_hold_key(word, api_key) else word for word in line.split(" "))
    return " ".join(words)[:MAX_WORDS_LENGTH]


def _may_hold_key(word: str, api_key: str) -> bool:
    parts = (part.strip(".-") for part in re.findall(r"[\w.-]{4,}", word))
    of_key = len(api_key) >= _MIN_KEY_LENGTH and any(len(part) > 3 and part in api_key for part in parts)
    return of_key or "**" in word or bool(_LIKE_KEY.search(word))


def _read_words(error: "APIStatusError") -> str:
    """Return what the service says of an error: the message of its JSON, else the text that it sent."""
    body = error.body.get("error", error.body) if isinstance(error.body, dict) else error.body
    message = body.get("message") or body.get("detail") if isinstance(body, dict) else body
    return message if isinstance(message, str) else ""


def _classify_status(error: "APIStatusError") -> ModelError:
    status = error.status_code
    if status in _FATAL_STATUSES:
        return ModelError(_FATAL_STATUSES[status], fatal=True)
    if status == 429 and _is_out_of_money(error):
        return ModelError("the quota of the model service is used up (429)", fatal=True)
    if status in _TEMPORARY_STATUSES or status >= 500:
        state = "has too many requests" if status == 429 else "is out of order"
        retry_after = _parse_retry_after(error.response.headers)
        is_soon = retry_after is None or retry_after <= MAX_RETRY_WAIT_SECONDS
        return ModelError(
            f"the model service {state} ({status})", outage=True, temporary=is_soon, retry_after=retry_after
        )
    filtered = "content_filter" in str(error.code)
    reason = (
        "the model service's filter refuses the paper"
        if filtered
        else f"the model service refuses the request ({status})"
    )
    return ModelError(reason, bad_request=status in (400, 422) and not filtered)


def _is_out_of_money(error: "APIStatusError") -> bool:
    """Return whether there is no credit left. The message of a mere rate limit may name a page of prices too."""
    kind = f"{error.code} {error.type}".lower()
    words = kind if "rate_limit" in kind or error.type in ("tokens", "requests") else f"{kind} {error.message}".lower()
    return any(phrase in words for phrase in _OUT_OF_MONEY_WORDS)


def _parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `retry-after-ms` or `Retry-After` (a number or a date); None if neither makes sense."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        return max(seconds, 0.0) if math.isfinite(seconds) else None
    try:
        moment = parsedate_to_datetime(headers.get("retry-after", ""))
        return max((moment - timezone.now()).total_seconds(), 0.0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
