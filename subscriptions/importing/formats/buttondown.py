"""Buttondown: https://docs.buttondown.com/exporting-data, and the types of https://github.com/buttondown/openapi.

Premium, trialed, unpaid, gifted, churning, churned, paused and past due are about payments: all of them get letters.
"""

from collections.abc import Set

from subscriptions.importing.formats.base import ExportFormat
from subscriptions.importing.standing import ACTIVE, BLOCKED, BOUNCED, PENDING, UNSUBSCRIBED, Shown

TYPE_COLUMNS = frozenset({"type", "subscriber_type", "status"})
UNSUBSCRIPTION_COLUMNS = frozenset({"unsubscription_date", "unsubscription_reason"})
PAYMENT_TYPES = ("regular", "premium", "trialed", "unpaid", "gifted", "churning", "churned", "paused")


def show_all(columns: Set[str]) -> Shown | None:
    """Return what the kind of file shows: the unsubscribed have an export of their own, without types."""
    return UNSUBSCRIBED if columns & UNSUBSCRIPTION_COLUMNS and not columns & TYPE_COLUMNS else None


# fmt: off
HARMLESS = frozenset({
    "id", "metadata", "referrer_url", "secondary_id", "source", "ip_address", "referral_code", "utm_campaign",
    "utm_medium", "utm_source", "avatar_url", "churn_date", "upgrade_date", "last_open_date", "last_click_date",
    "risk_score", "stripe_customer_id", "stripe_coupon", "stripe_customer", "purchased_by",
    "gift_subscription_message", "transitions", "commenting_disabled", "commenting_disabled_at",
    "subscriber_import_id", "email_transitions", "account_id", "number_of_comments", "creation_date",
})
# fmt: on

FORMAT = ExportFormat(
    "Buttondown",
    marks=(
        frozenset({"subscriber_type"}),
        frozenset({"type", "creation_date"}),
        frozenset({"type", "email_address"}),
        *(frozenset({"type", name}) for name in ("referrer_url", "secondary_id", "metadata", "notes", "utm_source")),
        *(frozenset({name}) for name in ("unsubscription_date", "unsubscription_reason", "undeliverability_date")),
        frozenset({"creation_date", "metadata"}),
        frozenset({"creation_date", "referrer_url"}),
        frozenset({"creation_date", "secondary_id"}),
    ),
    fields={
        "type": "status",
        "subscriber_type": "status",
        "unsubscription_date": "unsubscribed",
        "unsubscription_reason": "unsubscribed",
        "undeliverability_date": "bounced",
        "undeliverability_reason": "bounced",
    },
    statuses={
        **dict.fromkeys(PAYMENT_TYPES, ACTIVE),
        "past due": ACTIVE,
        "unactivated": PENDING,
        "upcoming": PENDING,
        "spammy": BLOCKED,
        "removed": BLOCKED,
        "disabled": BLOCKED,
        "malformed": BOUNCED,
    },
    consent=("creation_date", "created_at"),
    harmless=HARMLESS,
    needed=TYPE_COLUMNS | UNSUBSCRIPTION_COLUMNS,
    show_all=show_all,
)
