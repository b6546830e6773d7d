"""What a file shows of a person: whether they want letters, have left, or must never be written to.

Statuses, flags and dates are read here. Where a word is not known, the person is taken to have left, or the row is
refused.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from subscriptions.importing.moments import is_no_moment, parse_moments
from subscriptions.services.suppression import SuppressionReason
from subscriptions.validators import quote_value


class Standing(StrEnum):
    """How somebody stands to the letters. All but the first are what the column `status` of our own files says."""

    # Known to the service, but never signed up.
    NOT_SUBSCRIBED = "not subscribed"
    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"


# Of all rows of somebody the one with the highest rank counts, and of these the last.
RANKS = {
    Standing.NOT_SUBSCRIBED: 0,
    Standing.PENDING: 1,
    Standing.ACTIVE: 1,
    Standing.UNSUBSCRIBED: 2,
    Standing.SUPPRESSED: 3,
}


# Within one row whatever stands further down counts: a doubt about consent before a status that says active.
ORDER_IN_ROW = (
    Standing.ACTIVE,
    Standing.PENDING,
    Standing.NOT_SUBSCRIBED,
    Standing.UNSUBSCRIBED,
    Standing.SUPPRESSED,
)


class Shown(NamedTuple):
    """What something shows of a person, and for a suppression the class of its reason."""

    standing: Standing
    reason: str = ""


ACTIVE, PENDING = Shown(Standing.ACTIVE), Shown(Standing.PENDING)
UNSUBSCRIBED, NOT_SUBSCRIBED = Shown(Standing.UNSUBSCRIBED), Shown(Standing.NOT_SUBSCRIBED)
BOUNCED = Shown(Standing.SUPPRESSED, SuppressionReason.HARD_BOUNCE)
COMPLAINED = Shown(Standing.SUPPRESSED, SuppressionReason.COMPLAINT)
BLOCKED = Shown(Standing.SUPPRESSED, SuppressionReason.BLOCKED)

# Words as `_normalise_word` returns them.
# fmt: off
ACTIVE_WORDS = frozenset({
    "active", "enabled", "subscribed", "subscriber", "confirmed", "opted in", "opt in", "optin",
    "single opt in", "double opt in", "member",
})
PENDING_WORDS = frozenset({
    "pending", "unconfirmed", "not confirmed", "unactivated", "unverified", "not verified",
    "awaiting confirmation", "waiting", "waiting for confirmation", "confirmation pending",
    "pending confirmation", "invited", "new", "validating",
})
# These show that somebody left, also in a column that is not known.
TELLING_UNSUBSCRIBED_WORDS = frozenset({
    "unsubscribed", "unsubscribe", "unsub", "unsubscribes", "unsubscriber", "opted out", "opt out", "optout",
    "optedout", "deleted", "no longer subscribed", "not subscribed", "do not email", "do not mail",
    "do not contact", "no mail", "abgemeldet", "ausgetragen", "abbestellt", "désabonné", "désinscrit",
    "desabonne", "desinscrit", "退订", "已退订", "取消订阅", "已取消订阅",
})
UNSUBSCRIBED_WORDS = TELLING_UNSUBSCRIBED_WORDS | frozenset({
    "disabled", "inactive", "removed", "archived", "left", "gone", "cancelled", "canceled", "expired", "lapsed",
    "suspended", "deactivated", "stopped", "ended", "rejected", "denied", "declined", "revoked", "withdrawn",
    "erased", "forgotten", "paused", "on hold", "muted", "spammy", "excluded", "global unsubscribe",
    "globally unsubscribed", "unsubscribed by admin", "admin unsubscribed", "former", "ex subscriber", "quit",
    "dormant", "sunset",
})
NOT_SUBSCRIBED_WORDS = frozenset({
    "nonsubscribed", "non subscribed", "never subscribed", "transactional", "contact", "none", "unknown",
    "no status", "lead", "customer",
})
BOUNCED_WORDS = frozenset({
    "bounced", "bounce", "bounces", "hard bounce", "hard bounced", "hardbounce", "hardbounced", "soft bounce",
    "soft bounced", "cleaned", "unreachable", "undeliverable", "undelivered", "not deliverable", "invalid",
    "invalid email", "invalid address", "malformed", "failed", "dead", "mailbox full", "nonexistent",
    "unzustellbar", "已退信", "退信",
})
COMPLAINED_WORDS = frozenset({
    "complained", "complaint", "complaints", "complainer", "spam", "spam complaint", "spam complaints",
    "marked as spam", "reported spam", "spam report", "spam reports", "spam reported", "reported as spam",
    "junk", "abuse", "abuse complaint", "投诉",
})
BLOCKED_WORDS = frozenset({
    "blocked", "blocklisted", "block listed", "blacklisted", "black listed", "banned", "suppressed",
    "quarantined", "global suppression", "blocklist", "blacklist", "denylisted", "gesperrt", "黑名单",
})
# fmt: on

STATUSES: Mapping[str, Shown] = {
    **dict.fromkeys(ACTIVE_WORDS, ACTIVE),
    **dict.fromkeys(PENDING_WORDS, PENDING),
    **dict.fromkeys(UNSUBSCRIBED_WORDS, UNSUBSCRIBED),
    **dict.fromkeys(NOT_SUBSCRIBED_WORDS, NOT_SUBSCRIBED),
    **dict.fromkeys(BOUNCED_WORDS, BOUNCED),
    **dict.fromkeys(COMPLAINED_WORDS, COMPLAINED),
    **dict.fromkeys(BLOCKED_WORDS, BLOCKED),
}
# Some of these are names of tags and fields too, and show nothing in a column that is not known.
TELLING_WORDS = (
    TELLING_UNSUBSCRIBED_WORDS
    | (BOUNCED_WORDS - {"invalid", "failed", "dead"})
    | (COMPLAINED_WORDS - {"spam", "abuse", "complaint", "complaints", "complainer"})
    | (BLOCKED_WORDS - {"blocklist", "blacklist"})
)

# fmt: off
# Excel writes true and false in the language of its user.
NO_WORDS = frozenset({
    "false", "f", "no", "n", "0", "0 0", "off", "non", "nein", "nej", "não", "falsch", "faux", "falso",
    "否", "不", "✗", "✘", "❌", "☐",
})
YES_WORDS = frozenset({
    "true", "t", "yes", "y", "1", "on", "x", "oui", "ja", "si", "sí", "sim", "wahr", "vrai",
    "verdadero", "vero", "verdadeiro", "是", "✓", "✔", "✅", "☑",
})
# fmt: on


def read_status(value: object, statuses: Mapping[str, Shown]) -> Shown:
    """Return what a status shows, also of several with commas between them. *statuses* are those of the format.

    Raises ValidationError for a word that is not known: nobody can tell whether its person has left.
    """
    whole = _normalise_word(value)
    known = {**STATUSES, **statuses}
    words = [whole] if whole in known else [_normalise_word(part) for part in re.split(r"[,;|/]", str(value))]
    unknown = [word for word in words if word and word not in known]
    if unknown or not any(words):
        problem = _("%(value)s is not one of: %(known)s.")
        statuses_of_ours = ", ".join(each for each in Standing if each != Standing.NOT_SUBSCRIBED)
        raise ValidationError(problem % {"value": quote_value(value), "known": statuses_of_ours})
    return worst(known[word] for word in words if word)


def read_subscribed(value: object, statuses: Mapping[str, Shown]) -> Shown:
    """Return what a cell shows that says whether somebody is subscribed: a flag, a status, or since when."""
    word = _normalise_word(value)
    if is_no_moment(word):
        return NOT_SUBSCRIBED
    if word in NO_WORDS:
        return UNSUBSCRIBED
    return ACTIVE if word in YES_WORDS or parse_moments(value) else read_status(value, statuses)


def read_confirmed(value: object, statuses: Mapping[str, Shown]) -> Shown:
    """Return what a cell shows that says whether somebody confirmed: a flag, a status, or when they did."""
    shown = read_subscribed(value, statuses)
    return PENDING if shown in (NOT_SUBSCRIBED, UNSUBSCRIBED) and _normalise_word(value) not in STATUSES else shown


def read_end(value: object, shown: Shown) -> Shown:
    """Return *shown* if a cell says that it is so: a flag, a moment, or words. Only a clear no says otherwise."""
    word = _normalise_word(value)
    is_otherwise = is_no_moment(word) or word in NO_WORDS or word in ACTIVE_WORDS
    return ACTIVE if is_otherwise else shown


def worst(shown: Iterable[Shown]) -> Shown:
    """Return what counts of all that a row shows of somebody; active if it shows nothing."""
    return max(
        shown,
        key=lambda each: (ORDER_IN_ROW.index(each.standing), each.reason == SuppressionReason.COMPLAINT),
        default=ACTIVE,
    )


def is_telling(value: object) -> bool:
    """Return whether a cell shows that somebody left or cannot be reached, whatever its column is called.

    A cell may hold several tags.
    """
    text = str(value)
    if len(text) > 2000:
        return False
    return any(_normalise_word(part) in TELLING_WORDS for part in (text, *re.split(r"[,;|\n]", text)))


def is_no(value: object) -> bool:
    """Return whether a cell that should be a moment says no instead."""
    word = _normalise_word(value)
    return word in NO_WORDS or word in UNSUBSCRIBED_WORDS


def is_refusal(value: object) -> bool:
    """Return whether a cell says no, in a column that is named like a subscription."""
    word = _normalise_word(value)
    return word in NO_WORDS or word in UNSUBSCRIBED_WORDS or word in NOT_SUBSCRIBED_WORDS - {"contact"}


def _normalise_word(value: object) -> str:
    """Return a word in small letters, without quotation marks, and with spaces for dashes and underscores."""
    text = str(value).strip().strip("\"'[]()").casefold()
    return " ".join(re.sub(r"[\s_\-–.]+", " ", text).split())
