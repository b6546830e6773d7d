"""The facts of a mail provider that Anymail does not know."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# What a provider sent to its webhook, as Anymail parsed it.
Report = Mapping[str, Any]


def no_bounce_words(_report: Report) -> Iterable[object]:
    """Return nothing: the provider has no words of its own for a bounce."""
    return ()


def no_verdict(_report: Report) -> bool | None:
    """Return None: the provider does not say by a code whether a bounce is permanent."""
    return None


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. Each folder in this package declares one in its provider.py."""

    # Anymail's name for it, as in `anymail.backends.<name>`.
    name: str
    # Our backend with idempotency keys, as a dotted path; empty where Anymail's own does.
    backend: str = ""
    # Our view of its webhook in place of Anymail's, as a dotted path; empty where Anymail's own does.
    webhook_view: str = ""
    # Returns the words of a bounce report that say whether it is permanent.
    find_bounce_words: Callable[[Report], Iterable[object]] = no_bounce_words
    # Returns whether a bounce is permanent where the provider says so by a code; None where it does not.
    is_permanent: Callable[[Report], bool | None] = no_verdict


def nested(report: Report, *names: str) -> Report:
    """Return the mapping below these names; an empty one where there is none."""
    for name in names:
        value = report.get(name)
        report = value if isinstance(value, Mapping) else {}
    return report
