"""Classifies a failed call to a model service: try again, give up this paper, or ask no more at all."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx2
from django.utils import timezone

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAIError

# A service that asks to wait longer is not asked again for the paper in this run.
MAX_RETRY_WAIT_SECONDS = 30.0

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
    """The meaning of a failed call. `reason` never quotes the service, as its words may hold a part of the key."""

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


OVERDUE_ERROR = ModelError(
    "the model service did not answer in time", outage=True, temporary=True, slow=True, billed=True
)


def classify_model_error(error: "OpenAIError") -> ModelError:
    """Return what an exception of the client means."""
    import openai  # 0.65 s and 52 MB, so only where a model is asked

    if isinstance(error, openai.APITimeoutError):
        return OVERDUE_ERROR
    if isinstance(error, openai.APIConnectionError):
        if isinstance(error.__cause__, httpx2.ConnectError):
            return ModelError("the model service could not be reached", outage=True, temporary=True)
        return ModelError("the connection to the model service broke", outage=True, temporary=True, billed=True)
    if isinstance(error, openai.APIStatusError):
        return _classify_status(error)
    return ModelError(
        f"the model service's answer could not be read ({type(error).__name__})", outage=True, billed=True
    )


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
    except (ValueError, TypeError):
        return None
