"""Classify errors of a mail server or provider: what each means for the letter, and which leave it in doubt."""

import logging
import re
import smtplib
from dataclasses import dataclass
from typing import Literal

import requests
from anymail.exceptions import AnymailError, AnymailRecipientsRefused

from digest.delivery.transports.smtp_backend import ReplyLost

log = logging.getLogger(__name__)

# closed: the connection was gone before anything was taken, a new one may do. down: nobody's letter is taken now.
OutcomeKind = Literal["accepted", "failed", "deferred", "uncertain", "closed", "down"]

NO_SUCH_ADDRESS_CODE = re.compile(r"\b5\.1\.(1|2|3|6|10)\b")
ENHANCED_CODE = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
UNKNOWN_USER_WORDS = re.compile(
    r"(user|mailbox|recipient|address|account)\W+(is\W+|was\W+)?(unknown|not\W+found|unavailable|does\W+not\W+exist)"
    r"|(no\W+such|unknown|invalid)\W+(user|mailbox|recipient|address|account)",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>:]+>?")
# Characters of a reply that are read. To look for addresses takes time that grows with their square.
MAX_REPLY_LENGTH = 2000
SMTP_TOO_LARGE = 552
HTTP_CONFLICT = 409
SMTP_CLOSING = 421

# Raised while a message is built, before anything leaves. BadHeaderError and UnicodeError are among them.
PROGRAMMING_ERRORS = (ValueError, TypeError, LookupError, AttributeError)


class TransportDown(Exception):
    """The mail server cannot be reached, or lets nobody in; the text says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    kind: OutcomeKind
    reason: str = ""
    no_such_address: bool = False
    # The provider's own number for the letter, where it gave one.
    provider_id: str = ""


def classify_error(error: Exception, *, unclear: OutcomeKind = "uncertain") -> Outcome:
    """Return the outcome of *error*. *unclear* is the outcome of an error that does not say how far things went."""
    match error:
        case ReplyLost():
            return Outcome("uncertain", clean_reason(f"no answer after the whole letter: {error}"))
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            return _classify_recipient_refusal(*next(iter(refused.values()), (450, b"")))
        case smtplib.SMTPSenderRefused(smtp_code=code, smtp_error=text):
            return _classify_sender_refusal(code, text)
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=text):
            return Outcome("failed" if code >= 500 else "deferred", format_reply(code, text))
        case AnymailError():
            return _classify_provider_error(error)
        case smtplib.SMTPServerDisconnected():
            return Outcome("closed" if unclear == "deferred" else unclear, clean_reason(str(error)))
    certain = isinstance(error, PROGRAMMING_ERRORS) and not isinstance(error, OSError)
    return Outcome("failed" if certain else unclear, clean_reason(f"{type(error).__name__}: {error}"))


def classify_encoding_error(error: Exception) -> Outcome:
    """Return the outcome of a letter that could not be encoded for its transport. Nothing was sent."""
    log.error("A letter could not be encoded for its transport.", exc_info=error)
    return Outcome("failed", clean_reason(f"assembling: {type(error).__name__}: {error}"))


def format_reply(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return clean_reason(f"{code} {words}")


def clean_reason(words: str) -> str:
    """Return a reply without addresses, on one line, fit for any database.

    So equal reasons are counted together, and logs name nobody.
    """
    line = " ".join(words.split())
    if len(line) > MAX_REPLY_LENGTH:
        line = f"{line[:MAX_REPLY_LENGTH].rpartition(' ')[0]} …"  # no half of an address
    printable = "".join(character for character in line if character.isprintable())
    return ADDRESS.sub("…", printable)[:300].strip()


def _classify_recipient_refusal(code: int, text: bytes | str) -> Outcome:
    reason = format_reply(code, text)
    if code < 500:
        return Outcome("closed" if code == SMTP_CLOSING else "deferred", reason)
    return Outcome("failed", reason, no_such_address=_is_unknown_address(reason))


def _is_unknown_address(reason: str) -> bool:
    """Return whether the address does not exist. A bare 550 is used for many things: its words decide."""
    if ENHANCED_CODE.search(reason):
        return bool(NO_SUCH_ADDRESS_CODE.search(reason))
    return bool(UNKNOWN_USER_WORDS.search(reason))


def _classify_sender_refusal(code: int, text: bytes | str) -> Outcome:
    """Return the outcome when our own address was refused: a fault of ours, unless it is this letter's size."""
    if code == SMTP_CLOSING:
        return Outcome("closed", format_reply(code, text))
    if code < 500:
        return Outcome("deferred", format_reply(code, text))
    return Outcome("failed" if code == SMTP_TOO_LARGE else "down", format_reply(code, text))


def _classify_provider_error(error: AnymailError) -> Outcome:
    status: int | None = error.status_code
    reason = clean_reason(str(error))
    if isinstance(error, AnymailRecipientsRefused):
        return Outcome("failed", reason, no_such_address=_are_all_invalid(error))
    if isinstance(error, requests.RequestException) and status is None:
        return Outcome("down" if is_never_connected(error) else "uncertain", reason)
    return Outcome(_kind_of_status(status), reason)


def _kind_of_status(status: int | None) -> OutcomeKind:
    if status is None:  # the message itself was unsuited; nothing was sent
        return "failed"
    if status in (401, 403):
        return "down"
    if status in (429, 503):
        return "deferred"
    if status == HTTP_CONFLICT:  # this very letter is in work there
        return "uncertain"
    return "failed" if 400 <= status < 500 else "uncertain"


def is_never_connected(error: BaseException) -> bool:
    """Return whether nothing was sent. requests uses one class for a refused connection and for a broken one."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    inner = getattr(error.__cause__, "args", None) or (None,)
    why = type(getattr(inner[0], "reason", None)).__name__
    return why in ("NewConnectionError", "ConnectTimeoutError", "NameResolutionError")


def _are_all_invalid(error: AnymailRecipientsRefused) -> bool:
    status = getattr(error.email_message, "anymail_status", None)
    recipients = getattr(status, "recipients", None) or {}
    return bool(recipients) and all(one.status == "invalid" for one in recipients.values())
