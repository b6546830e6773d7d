"""Mailchimp: https://mailchimp.com/help/view-export-contacts/, https://mailchimp.com/help/about-your-contacts-export/.

An audience comes as a ZIP archive with a file for each kind of contact; who is subscribed, who left and who bounced is
told by the columns. Contacts who never subscribed have the columns of the subscribed, and no OPTIN_TIME.
"""

from collections.abc import Set

from subscriptions.importing.formats.base import ExportFormat
from subscriptions.importing.standing import BOUNCED, UNSUBSCRIBED, Shown

UNSUBSCRIBED_COLUMNS = frozenset(
    {"unsub_time", "unsub_campaign_title", "unsub_campaign_id", "unsub_reason", "unsub_reason_other"}
)
CLEANED_COLUMNS = frozenset({"clean_time", "clean_campaign_title", "clean_campaign_id"})
STATUS_COLUMNS = frozenset({"status", "email_marketing_status"})


def show_all(columns: Set[str]) -> Shown | None:
    """Return what the kind of file shows. Files that somebody put together show it in each row."""
    has_unsubscribed, has_cleaned = bool(columns & UNSUBSCRIBED_COLUMNS), bool(columns & CLEANED_COLUMNS)
    if columns & STATUS_COLUMNS or has_unsubscribed == has_cleaned:
        return None
    return UNSUBSCRIBED if has_unsubscribed else BOUNCED


# fmt: off
HARMLESS = frozenset({
    "first_name", "last_name", "address", "phone_number", "birthday", "company", "member_rating", "optin_ip",
    "confirm_ip", "confirm_time", "latitude", "longitude", "gmtoff", "dstoff", "cc", "region", "last_changed",
    "leid", "euid",
})
# fmt: on

FORMAT = ExportFormat(
    "Mailchimp",
    marks=(
        *(frozenset({name}) for name in ("member_rating", "leid", "euid", "optin_time", "optin_ip", "confirm_ip")),
        *(frozenset({name}) for name in sorted(UNSUBSCRIBED_COLUMNS | CLEANED_COLUMNS)),
        frozenset({"email_marketing_status"}),
    ),
    fields={
        "optin_time": "subscribed",
        **dict.fromkeys(UNSUBSCRIBED_COLUMNS, "unsubscribed"),
        **dict.fromkeys(CLEANED_COLUMNS, "bounced"),
    },
    consent=("optin_time", "confirm_time"),
    harmless=HARMLESS,
    needed=frozenset({"optin_time", *UNSUBSCRIBED_COLUMNS, *CLEANED_COLUMNS, *STATUS_COLUMNS}),
    show_all=show_all,
    has_default_status=True,
)
