"""Whose fault a mail server's refusal is: the recipient's mailbox, or something of ours.

The answer decides whether a reader is ever written to again, so evidence is weighed in this order:

1. An answer that passes (4xx) gives up nobody.
2. An answer before RCPT, one that names us, and one that speaks of senders, policy, spam or rates is about us.
3. Of the enhanced codes (RFC 3463, RFC 7505, IANA's registry), five say that the mailbox does not exist.
4. Codes that are used for many things leave it to the words, at RCPT or where the answer names the recipient.
5. In doubt the reader stays.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import parseaddr
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from django.conf import settings


class Stage(StrEnum):
    """What a server answers: the connection as such, or one of the commands of SMTP (RFC 5321)."""

    BANNER = "BANNER"
    HELO = "HELO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    # The command, or the whole letter after it.
    DATA = "DATA"


class Fault(StrEnum):
    """The party or thing that a refusal is about."""

    # The mailbox does not exist or is closed. The only one for which a reader is given up at once.
    GONE = "gone"
    # A provider's own suppression list has the address: it tries no letter.
    SUPPRESSED = "suppressed"
    # The mailbox exists and takes nothing now: it is full, or receives too much.
    RECIPIENT = "recipient"
    # Nothing says whom it is about.
    DOUBT = "doubt"
    # Our address or reputation, or how we prove who we are.
    SENDER = "sender"
    CONTENT = "content"
    # The server that takes our letters, how we use it, and how fast.
    RELAY = "relay"
    # The relay called the address unknown, as too many others, and is not believed.
    DISBELIEVED = "disbelieved"
    # No answer at all.
    NETWORK = "network"

    @property
    def is_ours(self) -> bool:
        """Return whether the next recipient would hear the same."""
        return self in (Fault.SENDER, Fault.CONTENT, Fault.RELAY, Fault.DISBELIEVED, Fault.NETWORK)


@dataclass(frozen=True, slots=True)
class Ourselves:
    """The names by which a server may speak of us."""

    address: str
    hosts: frozenset[str]
    ips: frozenset[str] = frozenset()

    @classmethod
    def from_settings(cls, ips: Iterable[str] = ()) -> Self:
        """Return the names that the settings give us. *ips* are the connection's own."""
        address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()
        hosts = {address.rpartition("@")[2], urlsplit(settings.SITE_URL).hostname or "", settings.EHLO_NAME}
        return cls(address, frozenset(hosts - {"", "localhost"}), frozenset(ips))


@dataclass(frozen=True, slots=True)
class Answer:
    """A mail server's answer, as it came."""

    # Three digits; 0 where only words are known.
    code: int
    # The lines behind the code, joined by line feeds.
    text: str
    # None where somebody else reports the answer and does not say to what it was given.
    stage: Stage | None = None
    # The address that the letter was for.
    recipient: str = ""
    ours: Ourselves = field(default_factory=Ourselves.from_settings)


# Characters that are read: the patterns below take time that grows faster than the text.
MAX_TEXT_LENGTH = 2000

ENHANCED_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
URL = re.compile(r"\bhttps?://\S*", re.IGNORECASE)
ADDRESS = re.compile(r"[^\s<>()\[\]\"':;,]{1,64}@[^\s<>()\[\]\"':;,]{1,255}")
IP_ADDRESS = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.]*\d)|\[(?:ipv6:)?[\da-f]*:[\da-f:]+\]")

# Subject and detail of the codes that say by themselves that the mailbox does not exist: bad mailbox, bad system, bad
# syntax (RFC 3463, 3.2), moved without a forwarding address, a domain that takes no mail (RFC 7505).
GONE_CODES = {(1, 1), (1, 2), (1, 3), (1, 6), (1, 10)}
# Codes that servers use for many things.
CODES_THAT_LEAVE_IT_TO_WORDS = {(0, 0), (1, 0), (2, 0), (2, 1), (4, 1), (5, 0), (7, 1), (7, 17), (7, 18)}
OTHER_ADDRESS_STATUS = (1, 0)
MAILBOX_FULL = (2, 2)
# Of a code's subject and detail; None stands for every other detail of the subject.
FAULT_OF_CODE: dict[tuple[int, int | None], Fault] = {
    (1, 7): Fault.SENDER,
    (1, 8): Fault.SENDER,
    (1, 9): Fault.SENDER,
    (2, 3): Fault.CONTENT,
    (3, 4): Fault.CONTENT,
    (3, None): Fault.RELAY,
    (5, None): Fault.RELAY,
    (6, None): Fault.CONTENT,
    (7, None): Fault.SENDER,
}

SENDER_WORDS = re.compile(
    r"\bsenders?\b|\bsending\b|\breturn.?path\b|\bmail.?from\b|\bfrom (?:address|header|domain)|\benvelope.?from\b"
    r"|\boriginat|\bspf\b|\bdkim\b|\bdmarc\b|\bdomainkeys?\b|authenticat|\b(?:un)?authori[sz]|\bpermi(?:tted|ssion)"
    r"|\bnot allowed\b|\bcall.?(?:out|back)\b|\bverif(?:y|ication)\W+failed|\bfailed\W+(?:to )?verif"
    r"|\breputation\b|\b(?:black|block|deny|white)[ -]?list|\bblock(?:ed|ing)?\b|\blisted\b|dns[bw]l\b|\brbl\b"
    r"|spamhaus|spamcop|\bptr\b|\brdns\b|\breverse\b|spoof|\bpolic(?:y|ies)\b|\bprohibit|\brestrict|\brules?\b|\badministrativ|\bsecurity\b"
)
CONTENT_WORDS = re.compile(
    r"spam|\bjunk\b|\bvirus|\bmalware|\bphish|\bcontents?\b|\battachment|\bunsolicited|\bbulk\b|\bheaders?\b|\bsubject\b|\bfilter"
    r"|\bmessage (?:size|length|too)|\btoo (?:large|big|long)\b|(?<!mailbox )\bsize (?:limit|exceed)"
)
RELAY_WORDS = re.compile(
    r"\brelay(?:s|ed|ing)?\b(?! recipient table)|\bthrottl|\brate\b|\btoo (?:many|fast|much)\b|\bfrequen|\bvolume\b"
    r"|\b(?:connection|message|sending|daily|hourly)s? (?:\w+ )?(?:limit|quota)"
    r"|\b(?:helo|ehlo|tls|ssl|starttls)\b|\bcertificate|\bencrypt|\bclient\b|\bconnect"
    r"|\byour account\b|\bcontact your provider|\bsmtp access\b|\bpayment|\bbilling\b"
    r"|\bips?\b|\bnetwork\b|\blog ?in\b|\bpassword|\bcredential|\byour (?:host|server|mta|mx|isp|domain|system|organi)"
)
WORDS_OF_OUR_FAULTS = ((CONTENT_WORDS, Fault.CONTENT), (RELAY_WORDS, Fault.RELAY), (SENDER_WORDS, Fault.SENDER))

TAKES_NOTHING_NOW_WORDS = re.compile(
    r"\b(?:over)?quota\b|\bfull\b|(?<!system )\bstorage\b|\bout of (?:space|memory|disk)"
    r"|\b(?:disk|mailbox) (?:space|size|limit)|\breceiving mail (?:at a rate|too)"
    r"|\b(?:mailbox|account|user|recipient) (?:is |was |has been )?(?:temporarily )?"
    r"(?:blocked|locked|suspended|restricted)"
)
PASSING_WORDS = re.compile(r"temporar|\btry (?:again )?later|\bgr[ae]y.?list")
# Microsoft's answer of a domain that takes mail for its known mailboxes only. No other server's ends so.
MICROSOFT_NOT_IN_DIRECTORY = re.compile(r"\baccess denied\W+as\(\d")

RECIPIENT_PLACEHOLDER = "@recipient"
_MAILBOX = (
    r"(?:\b(?:users?(?:names?)?|mail ?box(?:es)?|recip(?:ient)?s?|accounts?|address(?:ee)?(?:es)?|persons?|customers?"
    r"|inbox|alias|local[ -]?part|members?|employees?)\b|@recipient\b\W{0,4})"
)
_ABSENT = (
    r"(?:unknown|invalid|non[ -]?existent|unavailable|undeliverable|disabled|deactivated|inactive|closed|deleted"
    r"|removed|terminated|discontinued|expired|cancell?ed|retired|no longer \w+"
    r"|not (?:an? )?(?:\w+ )?(?:known|found|exist\w*|valid|here|recogni[sz]ed|registered|active|available)"
    r"|not have an?(?: \S+)? account|not in (?:my|our|the) (?:\w+ ){0,3}list)\b"
)
# Up to eight words of the same sentence that bring in nothing else that could be meant. No sign may stand both in a
# word and between words: an answer made of such signs would take hours.
_SAME_SENTENCE = (
    r"(?:[\s()<>\"',]+(?!(?:domain|host|server|service|route|dns|message|command|list|system|if|unless|whether)s?\b)[\w@/-]+){0,8}?"
    r"[\s()<>\"',]*"
)
MAILBOX_IS_ABSENT = re.compile(_MAILBOX + _SAME_SENTENCE + r"\b" + _ABSENT)
NO_SUCH_MAILBOX = re.compile(
    r"\b(?:no such|no|unknown|invalid|non[ -]?existent|not an?|not our|not find|not any)\W"
    r"(?:(?:an?|any|our|valid|local|known|active|existing|such|e-?mail|that|the)\W)*" + _MAILBOX
)
ADDRESS_REJECTED = re.compile(r"\baddress\W+(?:rejected|refused|denied)")


def find_fault(answer: Answer) -> Fault:
    """Return what a refusal (4xx or 5xx) is about."""
    raw = URL.sub(" ", answer.text[:MAX_TEXT_LENGTH])
    words = _normalise(raw, answer.recipient)
    codes = _find_codes(raw)
    if answer.stage not in (None, Stage.RCPT, Stage.DATA):
        return _find_our_fault(words) or (Fault.SENDER if answer.stage == Stage.MAIL else Fault.RELAY)
    if _names_us(raw.lower(), answer.recipient.lower(), answer.ours):
        return Fault.SENDER
    if MAILBOX_FULL in codes:
        return Fault.RECIPIENT
    if fault := _find_fault_of_codes(codes):
        return fault
    takes_nothing_now = TAKES_NOTHING_NOW_WORDS.search(words) and not SENDER_WORDS.search(words)
    if not takes_nothing_now and (fault := _find_our_fault(words)):
        return fault
    is_gone = bool(codes & GONE_CODES) or _words_say_gone(raw, words, codes, answer)
    if is_gone and not takes_nothing_now and not passes(answer):
        return Fault.GONE
    return Fault.RECIPIENT if is_gone or takes_nothing_now else Fault.DOUBT


def passes(answer: Answer) -> bool:
    """Return whether the answer passes. Without a reply code its enhanced codes say so; without either it may."""
    classes = {each for each, _subject, _detail in ENHANCED_CODE.findall(answer.text[:MAX_TEXT_LENGTH])}
    if "4" in classes or 400 <= answer.code < 500:
        return True
    return not answer.code and "5" not in classes


def _normalise(raw: str, recipient: str) -> str:
    """Return the words of an answer in lower case on one line, without codes, and with names in place of addresses."""
    text = ENHANCED_CODE.sub(" ", raw)
    if recipient:
        text = re.sub(re.escape(recipient), f" {RECIPIENT_PLACEHOLDER} ", text, flags=re.IGNORECASE)
    text = ADDRESS.sub(" @other ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()  # RecipientNotFound
    text = re.sub(r"\brecip(?:ient)?notfound\b", "recipient not found", text)
    text = re.sub(r"n['’]t\b|(?<=can)not\b", " not", text)
    return " ".join(text.split())


def _find_codes(raw: str) -> set[tuple[int, int]]:
    return {(int(subject), int(detail)) for _class, subject, detail in ENHANCED_CODE.findall(raw)}


def _names_us(raw: str, recipient: str, ours: Ourselves) -> bool:
    without_recipient = raw.replace(recipient, " ") if recipient else raw
    if ours.address and ours.address in without_recipient:
        return True
    names = ours.ips | {host for host in ours.hosts if host != recipient.rpartition("@")[2]}
    return any(re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w)", without_recipient) for name in names)


def _find_fault_of_codes(codes: set[tuple[int, int]]) -> Fault | None:
    for subject, detail in sorted(codes - CODES_THAT_LEAVE_IT_TO_WORDS - GONE_CODES):
        if fault := FAULT_OF_CODE.get((subject, detail)) or FAULT_OF_CODE.get((subject, None)):
            return fault
    return None


def _find_our_fault(words: str) -> Fault | None:
    return next((fault for pattern, fault in WORDS_OF_OUR_FAULTS if pattern.search(words)), None)


def _words_say_gone(raw: str, words: str, codes: set[tuple[int, int]], answer: Answer) -> bool:
    """Return whether the words say that this mailbox does not exist or is closed."""
    if codes - CODES_THAT_LEAVE_IT_TO_WORDS or PASSING_WORDS.search(words) or IP_ADDRESS.search(raw.lower()):
        return False
    if answer.stage != Stage.RCPT and RECIPIENT_PLACEHOLDER not in words:
        return False
    if MICROSOFT_NOT_IN_DIRECTORY.search(words):
        return True
    if OTHER_ADDRESS_STATUS in codes and ADDRESS_REJECTED.search(words):
        return True
    return bool(MAILBOX_IS_ABSENT.search(words) or NO_SUCH_MAILBOX.search(words))
