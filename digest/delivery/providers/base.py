"""The facts of a mail provider that Anymail does not know."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

# What a provider sent to its webhook, as Anymail parsed it.
Report = Mapping[str, Any]


class AddressVerdict(Enum):
    """What a provider's report says about an address, in the provider's own terms."""

    # The address is dead.
    PERMANENT = auto()
    # The letter came back, or was held up, and the next one may arrive.
    TEMPORARY = auto()
    # The provider's own suppression list has the address: it tries no letter.
    SUPPRESSED = auto()
    # The address was taken off that list.
    REACTIVATED = auto()
    COMPLAINT = auto()
    # A report in the form of a complaint that none is: a reader said that it is no spam, or a filter speaks.
    NO_COMPLAINT = auto()
    UNSUBSCRIBED = auto()


# Feedback types (RFC 5965, RFC 6591) by which nobody complains.
NO_COMPLAINT_TYPES = {"not-spam", "auth-failure", "virus", "dmarc"}


def no_verdict(_report: Report) -> AddressVerdict | None:
    """Return None: what Anymail makes of the report is all that is known."""
    return None


def no_refusal(_answer: str) -> bool:
    """Return False: the provider's API does not refuse addresses of its suppression list."""
    return False


def refuses_by_status(status: int, _body: str) -> bool:
    """Return whether the API's answer means that it does not know the key: 401 says so (RFC 9110, 15.5.2)."""
    return status == 401


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. Each folder in this package declares one in its provider.py."""

    # Anymail's name for it, as in `anymail.backends.<name>`.
    name: str
    # Our backend with idempotency keys, as a dotted path; empty where Anymail's own does.
    backend: str = ""
    # Our view of its webhook in place of Anymail's, as a dotted path; empty where Anymail's own does.
    webhook_view: str = ""
    # The package that Anymail's backend imports; empty where it needs none.
    api_package: str = ""
    # The setting that has the provider's reports verified by a package, and that package.
    signature_package: tuple[str, str] = ("", "")
    # Returns what a report says about the address; None where only Anymail's own reading of it counts.
    judge_report: Callable[[Report], AddressVerdict | None] = no_verdict
    # Returns whether the API refused a letter as its suppression list has the address.
    refuses_suppressed: Callable[[str], bool] = no_refusal
    # A page of the API that any key may read and that changes nothing, relative to Anymail's API address; empty where
    # there is none. And what an answer to it says of the key.
    key_page: str = ""
    refuses_key: Callable[[int, str], bool] = refuses_by_status
    # Where an operator takes an address off the provider's suppression list.
    suppression_page: str = ""
    # What it asks to have in the SPF record of the sender's domain; empty where it uses a return path of its own.
    spf_include: str = ""
    # Under which selectors it usually has customers publish DKIM keys; none where each has names of their own.
    dkim_selectors: tuple[str, ...] = ()


def nested(report: Report, *names: str) -> Report:
    """Return the mapping below these names; an empty one where there is none."""
    for name in names:
        value = report.get(name)
        report = value if isinstance(value, Mapping) else {}
    return report


def word(value: object) -> str:
    """Return a word of a report in lower case, empty where it is no text."""
    return value.strip().lower() if isinstance(value, str) else ""
