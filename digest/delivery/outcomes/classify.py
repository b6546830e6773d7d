"""Classify errors of a mail server or provider: what each means for the letter, and which leave it in doubt."""

import logging
import re
import smtplib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import requests
from anymail.exceptions import AnymailError, AnymailRecipientsRefused

from digest.delivery.providers.registry import find_provider
from digest.delivery.sending_errors import ReplyLost, is_never_connected
from subscriptions.email.mail_answers import Answer, Fault, Ourselves, Stage, find_fault
from subscriptions.email.provider_answers import COME_LATER, INVALID, NOT_ADMITTED, find_recipient_statuses

log = logging.getLogger(__name__)

# closed: the connection was gone before anything was taken, a new one may do. down: nobody's letter is taken now.
OutcomeKind = Literal["accepted", "failed", "deferred", "uncertain", "closed", "down"]

ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>:]+>?")
# Characters of a reply that are read. To look for addresses takes time that grows with their square.
MAX_REPLY_LENGTH = 2000
SMTP_TOO_LARGE = 552
HTTP_CONFLICT = 409
SMTP_CLOSING = 421

# Raised while a message is built, before anything leaves. BadHeaderError and UnicodeError are among them.
PROGRAMMING_ERRORS = (ValueError, TypeError, LookupError, AttributeError)


@dataclass(frozen=True, slots=True)
class Outcome:
    kind: OutcomeKind
    reason: str = ""
    # What a refusal is about, and the command that it answers. A letter of ours that cannot be built has neither.
    fault: Fault | None = None
    stage: Stage | None = None
    # The provider's own number for the letter, where it gave one.
    provider_id: str = ""

    @property
    def is_about_us(self) -> bool:
        """Return whether the letter did not go out for a reason that others would meet too."""
        return self.kind != "accepted" and (self.fault is None or self.fault.is_ours)


def classify_answer(
    code: int, text: bytes | str, stage: Stage, recipient: str = "", ips: Iterable[str] = ()
) -> Outcome:
    """Return the outcome of a mail server's answer, 4xx or 5xx, to *stage*. *ips* are the connection's own addresses.

    The fault is found in the raw answer, the reason names nobody.
    """
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    fault = find_fault(Answer(code, words, stage, recipient, Ourselves.from_settings(ips)))
    return Outcome(_kind_of_answer(code, stage), format_reply(code, words), fault, stage)


def classify_error(error: Exception, *, unclear: OutcomeKind = "uncertain") -> Outcome:
    """Return the outcome of *error*. *unclear* is the outcome of an error that does not say how far things went."""
    match error:
        case ReplyLost():
            return Outcome("uncertain", clean_reason(f"no answer after the whole letter: {error}"), Fault.NETWORK)
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            recipient, (code, text) = next(iter(refused.items()), ("", (450, b"")))
            return classify_answer(code, text, Stage.RCPT, recipient)
        case smtplib.SMTPSenderRefused(smtp_code=code, smtp_error=text):
            return classify_answer(code, text, Stage.MAIL)
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=text):
            return classify_answer(code, text, Stage.DATA)
        case AnymailError():
            return _classify_provider_error(error)
        case smtplib.SMTPServerDisconnected():
            return Outcome("closed" if unclear == "deferred" else unclear, clean_reason(str(error)), Fault.NETWORK)
    reason = clean_reason(f"{type(error).__name__}: {error}")
    if isinstance(error, PROGRAMMING_ERRORS) and not isinstance(error, OSError):
        return Outcome("failed", reason)
    return Outcome(unclear, reason, Fault.NETWORK)


def classify_encoding_error(error: Exception) -> Outcome:
    """Return the outcome of a letter that could not be encoded for its transport. Nothing was sent."""
    log.error("A letter could not be encoded for its transport.", exc_info=error)
    return Outcome("failed", clean_reason(f"assembling: {type(error).__name__}: {error}"))


def format_reply(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return clean_reason(f"{code} {words}")


def clean_reason(words: str, recipient: str = "") -> str:
    """Return a reply without addresses, on one line, fit for any database.

    So equal reasons are counted together, and logs name nobody. The name before the @ of *recipient* is taken out too:
    a server may write it alone.
    """
    line = " ".join(words.split())
    if len(line) > MAX_REPLY_LENGTH:
        line = f"{line[:MAX_REPLY_LENGTH].rpartition(' ')[0]} …"  # no half of an address
    printable = "".join(character for character in line if character.isprintable())
    unnamed = ADDRESS.sub("…", printable)
    if name := recipient.rpartition("@")[0]:
        unnamed = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", unnamed, flags=re.IGNORECASE)
    return unnamed[:300].strip()


def _kind_of_answer(code: int, stage: Stage) -> OutcomeKind:
    if code == SMTP_CLOSING and stage != Stage.DATA:
        return "closed"
    if code < 500:
        return "deferred"
    if stage in (Stage.RCPT, Stage.DATA) or code == SMTP_TOO_LARGE:  # this letter alone is too large
        return "failed"
    return "down"


def _classify_provider_error(error: AnymailError) -> Outcome:
    status: int | None = error.status_code
    reason = clean_reason(str(error))
    if isinstance(error, AnymailRecipientsRefused):
        return Outcome("failed", reason, _fault_of_provider_refusal(error))
    if isinstance(error, requests.RequestException) and status is None:
        return Outcome("down" if is_never_connected(error) else "uncertain", reason, Fault.NETWORK)
    return Outcome(_kind_of_status(status), reason, _fault_of_status(error))


def _fault_of_status(error: AnymailError) -> Fault:
    """Return what a refusal of the whole call is about: nobody knows where its text names the recipient."""
    recipients = getattr(error.email_message, "to", None) or []
    answer = f"{error} {getattr(error.response, 'text', '')}".lower()
    return Fault.DOUBT if any(str(each).lower() in answer for each in recipients) else Fault.RELAY


def _kind_of_status(status: int | None) -> OutcomeKind:
    if status is None:  # the message itself was unsuited; nothing was sent
        return "failed"
    if status in NOT_ADMITTED:
        return "down"
    if status in COME_LATER:
        return "deferred"
    if status == HTTP_CONFLICT:  # this very letter is in work there
        return "uncertain"
    return "failed" if 400 <= status < 500 else "uncertain"


def _fault_of_provider_refusal(error: AnymailRecipientsRefused) -> Fault:
    """Return what a provider's refusal of the recipient is about: Anymail calls a bad address invalid."""
    found = find_recipient_statuses(error)
    if found == {INVALID}:
        return Fault.GONE
    provider = find_provider(str(getattr(error.backend, "esp_name", "")))
    answer = str(getattr(error.response, "text", "") or error)
    if found == {"rejected"} and provider and provider.refuses_suppressed(answer):
        return Fault.SUPPRESSED
    return Fault.DOUBT
