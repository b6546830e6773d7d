"""What a 4xx answer that asks for fewer letters is about: a connection, the recipient's domain, or all our letters."""

import re
import smtplib
from enum import Enum

from digest.delivery.outcomes.classify import Outcome
from subscriptions.email.mail_answers import Stage

# How Amazon SES, Gmail, Outlook, Yahoo, QQ, Exim and Postfix say that too much comes, in the text after 421 or 45x.
SLOW_DOWN_WORDS = re.compile(
    r"\b4\.7\.28\b|\btoo (many|much)\b|\brate.?limit|\bthrottl|\bunusual rate\b|\bunexpected volume\b"
    r"|\bslow(ing)? down\b"
    r"|\b(exceed|quota)\w*\b.{0,40}\b(rate|limit|connections|messages|frequency)\b"
    r"|\b(rate|limit|frequency)\b.{0,40}\bexceed|\b(connection )?frequency limit|\bsending too fast\b",
    re.IGNORECASE,
)
# The same words about this mailbox are no reason to send less to others.
SINGLE_MAILBOX_WORDS = re.compile(r"\b4\.2\.2\b|\bgr[ae]y.?list|\bmailbox\b|\bis receiving mail\b", re.IGNORECASE)
# One letter has one recipient: who finds that too many counts them over a time, and says whose.
RECIPIENTS_WORD = re.compile(r"\brecipients\b", re.IGNORECASE)
# A limit of one connection: another one may do.
CONNECTION_WORDS = re.compile(
    r"\b(this|per|same|single|one|your|current) (smtp |tcp )?(connection|session)\b"
    r"|\btoo many (\w+ ){0,2}connections\b|\bconnections? limit\b|\bthread limit\b",
    re.IGNORECASE,
)
# Our address or our account with the relay. A bare "account", "user" or "host" may be the recipient's.
OUR_ACCOUNT_WORDS = re.compile(
    r"\b(ip|sender)\b|\byour (\w+[ -]){0,2}(account|client|host|user|server|domain|address|network|system)\b"
    r"|\b(sending|source|originating|connecting) (host|server|domain|address)\b"
    r"|\b\d{1,3}(\.\d{1,3}){3}\b|\bfrom (you|unknown)\b|\[[0-9a-f:.]{3,}\]",
    re.IGNORECASE,
)
DOMAIN_WORDS = re.compile(
    r"\b(this|that|recipient|recipient's|destination|target|per|remote)[ -](mail )?domain\b"
    r"|\bdomain of the recipient\b",
    re.IGNORECASE,
)

# Shorter first labels of domains are words of other meanings too often.
MIN_NAME_LENGTH = 5


class Throttled(Enum):
    """Who or what gets more than it takes, as the server's answer says."""

    NOTHING = "nothing"
    # The domain or the relay: an answer to RCPT that names neither the domain nor us.
    UNCLEAR = "unclear"
    CONNECTION = "connection"
    DOMAIN = "domain"
    RELAY = "relay"


def read_throttling(outcome: Outcome, domain: str) -> Throttled:
    """Return what an answer to a letter to *domain* asks to slow down.

    Only an answer to RCPT that names the domain is about the domain: the relay has not seen it before, and after the
    text it speaks of the letter. One that names our address or account is about all that we send, wherever it comes.
    """
    answer = outcome.reason
    if outcome.kind not in ("deferred", "closed"):
        return Throttled.NOTHING
    if limits_connection(answer):
        return Throttled.CONNECTION
    if not asks_to_slow_down(answer):
        return Throttled.NOTHING
    if outcome.stage != Stage.RCPT or OUR_ACCOUNT_WORDS.search(answer):
        return Throttled.RELAY
    return Throttled.DOMAIN if _names_domain(answer, domain) else Throttled.UNCLEAR


def asks_to_slow_down(answer: str) -> bool:
    """Return whether an answer says that more than one letter, and more than one connection, is too much."""
    if not SLOW_DOWN_WORDS.search(answer) or SINGLE_MAILBOX_WORDS.search(answer) or limits_connection(answer):
        return False
    return not RECIPIENTS_WORD.search(answer) or bool(OUR_ACCOUNT_WORDS.search(answer))


def refuses_connections_for_now(error: BaseException | None) -> bool:
    """Return whether *error*, raised while a connection was opened, says that too much came from us lately."""
    if not isinstance(error, smtplib.SMTPResponseException) or not 400 <= error.smtp_code < 500:
        return False
    text = error.smtp_error
    return asks_to_slow_down(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)


def limits_connection(answer: str) -> bool:
    """Return whether an answer is about the connection that it came over: 452 for too many letters in it, say."""
    return bool(CONNECTION_WORDS.search(answer))


def _names_domain(answer: str, domain: str) -> bool:
    """Return whether an answer speaks of the recipient's domain, by its name or its owner's (Gmail)."""
    owner = domain.partition(".")[0].capitalize()
    if len(owner) >= MIN_NAME_LENGTH and re.search(rf"\b{re.escape(owner)}\b", answer):
        return True
    is_named = domain and re.search(rf"\b{re.escape(domain)}\b", answer, re.IGNORECASE)
    return bool(is_named or DOMAIN_WORDS.search(answer))
