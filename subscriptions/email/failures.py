"""Why a short letter could not be sent: whose fault it is, and whether the next letter would fare alike."""

import re
import smtplib
from dataclasses import dataclass

import requests
from anymail.exceptions import AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.core.exceptions import ImproperlyConfigured

from subscriptions.email.mail_answers import ADDRESS, Answer, Fault, Stage, find_fault
from subscriptions.email.provider_answers import COME_LATER, INVALID, NOT_ADMITTED, find_recipient_statuses

# SMTPException is an OSError in today's Python. It is named all the same, because it is what we mean. ValueError is
# raised for a server's answer that makes no sense, the last two for settings that are wrong or missing.
MAIL_ERRORS = (OSError, smtplib.SMTPException, AnymailError, ValueError, ImproperlyConfigured, ImportError)

STAGE_OF_ERROR: tuple[tuple[type[smtplib.SMTPResponseException], Stage], ...] = (
    (smtplib.SMTPConnectError, Stage.BANNER),
    (smtplib.SMTPHeloError, Stage.HELO),
    (smtplib.SMTPAuthenticationError, Stage.AUTH),
    (smtplib.SMTPSenderRefused, Stage.MAIL),
    (smtplib.SMTPDataError, Stage.DATA),
    # smtplib gives no class of its own to a refusal of STARTTLS.
    (smtplib.SMTPResponseException, Stage.STARTTLS),
)
FIRST_FINAL_SMTP_CODE = 500
# No letter of ours would be taken now: besides those of the provider a proxy's, a lost request and a wrong host.
STATUSES_ABOUT_US = NOT_ADMITTED | COME_LATER | {407, 408, 421}
FIRST_SERVER_ERROR = 500
GREYLISTED = re.compile(r"gr[ae]y.?list", re.IGNORECASE)
MAX_REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """The reason why a letter was not taken, and whom else it concerns."""

    fault: Fault
    # The class of the error and the server's words, without addresses.
    reason: str
    # Whether the server was not asked about this letter's recipient at all, so that no other letter would leave either.
    concerns_everybody: bool = False


def find_failure(error: Exception, recipient: str) -> Failure:
    """Return why a letter to *recipient* was not taken. *error* is one of MAIL_ERRORS."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refused):
            return _combine([_from_answer(error, code, text, Stage.RCPT, to) for to, (code, text) in refused.items()])
        case smtplib.SMTPResponseException(smtp_code=code, smtp_error=text):
            stage = next(stage for kind, stage in STAGE_OF_ERROR if isinstance(error, kind))
            return _from_answer(error, code, text, stage, recipient)
        case smtplib.SMTPNotSupportedError() if not recipient.isascii():
            return Failure(Fault.DOUBT, _describe(error))  # the server does not take addresses in other scripts
        case AnymailRecipientsRefused():
            return _from_recipient_status(error, recipient)
        case AnymailError():
            return _from_provider_error(error, recipient)
    return Failure(Fault.NETWORK, _describe(error), concerns_everybody=True)


def _from_answer(error: Exception, code: int, text: bytes | str, stage: Stage, recipient: str) -> Failure:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    fault = find_fault(Answer(code, words, stage, recipient))
    if code < FIRST_FINAL_SMTP_CODE and stage in (Stage.RCPT, Stage.DATA) and GREYLISTED.search(words):
        fault = Fault.DOUBT  # whatever its code says: it asks everybody to come again
    return Failure(fault, _describe(error, f"{code} {words}"), concerns_everybody=stage not in (Stage.RCPT, Stage.DATA))


def _combine(failures: list[Failure]) -> Failure:
    """Return the failure of a letter that several addresses refused: ours if one is, gone only if all are."""
    return next((each for each in failures if each.fault.is_ours), None) or next(
        (each for each in failures if each.fault != Fault.GONE), failures[0]
    )


def _from_recipient_status(error: AnymailRecipientsRefused, recipient: str) -> Failure:
    """Return why a provider refused the recipient: it is no address, or the words say what it thinks of us."""
    if find_recipient_statuses(error) == {INVALID}:
        return Failure(Fault.GONE, _describe(error))
    return Failure(find_fault(Answer(0, _words_of_provider(error), recipient=recipient)), _describe(error))


def _from_provider_error(error: AnymailError, recipient: str) -> Failure:
    status: int | None = error.status_code
    if status is None and isinstance(error, AnymailInvalidAddress) and recipient in str(error):
        return Failure(Fault.DOUBT, _describe(error))
    if status is None:
        # No answer, or something of our letters that this provider's API does not have.
        is_network = isinstance(error, requests.RequestException)
        return Failure(Fault.NETWORK if is_network else Fault.RELAY, _describe(error), concerns_everybody=is_network)
    if status in STATUSES_ABOUT_US or status >= FIRST_SERVER_ERROR:
        return Failure(Fault.RELAY, _describe(error, str(status)), concerns_everybody=True)
    # A provider's 4xx says that the call was wrong, which its words may blame on the recipient.
    fault = find_fault(Answer(0, _words_of_provider(error), recipient=recipient))
    return Failure(fault, _describe(error, str(status)))


def _words_of_provider(error: AnymailError) -> str:
    response = error.response
    return str(getattr(response, "text", "") or error.args[0] if error.args else "")


def _describe(error: Exception, answer: str = "") -> str:
    """Return the class of *error* and the answer, on one line and without addresses: logs and tables name nobody."""
    words = ADDRESS.sub("…", " ".join(answer.split()))
    return f"{type(error).__name__} {words}".strip()[:MAX_REASON_LENGTH]
