"""MailerLite: https://www.mailerlite.com/help/how-to-export-subscribers, .../subscriber-statuses-explained.

Statuses are active, unsubscribed, unconfirmed, bounced and junk (marked as spam). `Subscribed` is a date, which whoever
left has too.
"""

from subscriptions.importing.formats.base import ExportFormat
from subscriptions.importing.standing import COMPLAINED

SUBSCRIBED = (
    *("subscribed", "subscribed_at", "subscribed_date", "date_subscribe", "date_subscribed", "subscribe_date"),
    *("subscription_date", "signup_timestamp", "date_created"),
)
CONFIRMED = ("opted_in_at", "opt_in_date", "optin_date", "opt_in_time", "confirmation_timestamp", "confirmation_date")

# fmt: off
HARMLESS = frozenset({
    *SUBSCRIBED, *CONFIRMED, "id", "name", "last_name", "company", "country", "city", "phone", "state", "z_i_p",
    "zip", "sent", "opens", "clicks", "opened", "clicked", "opens_count", "clicks_count", "open_rate", "click_rate",
    "opened_rate", "clicked_rate", "ip_address", "optin_ip", "opt_in_ip", "signup_ip", "confirmation_ip",
    "subscribe_ip", "unsubscribe_ip", "source", "location", "updated_at",
})
# fmt: on

FORMAT = ExportFormat(
    "MailerLite",
    marks=(
        frozenset({"subscriber", "subscribed"}),
        frozenset({"subscriber", "status"}),
        frozenset({"subscriber", "type"}),
        frozenset({"subscribe_date", "unsubscribe_date"}),
        *(frozenset({name, other}) for name in ("sent", "opens", "open_rate") for other in ("clicks", "click_rate")),
        *(
            frozenset({name})
            for name in ("opened_rate", "clicked_rate", "opens_count", "date_subscribe", "optin_ip_address")
        ),
        *(frozenset({"subscribed_at", name}) for name in ("opted_in_at", "optin_ip", "groups", "ip_address", "sent")),
        *(frozenset({"subscribed", name}) for name in ("opt_in_ip", "signup_ip", "groups", "sent", "opens")),
    ),
    fields={"type": "status", "date_unsubscribe": "unsubscribed", "forget_at": "unsubscribed"},
    statuses={"junk": COMPLAINED},
    consent=(*CONFIRMED, *SUBSCRIBED, "created_at"),
    harmless=HARMLESS,
    has_default_status=True,
)
