"""Ghost: https://ghost.org/docs/members/ ("Export"), ghost/core/core/server/services/members/exporter/query.js.

`subscribed_to_emails` is false for members who switched off all newsletters; they stay members of the site.
"""

from subscriptions.importing.formats.base import ExportFormat

# fmt: off
HARMLESS = frozenset({
    "id", "uuid", "name", "complimentary_plan", "stripe_customer_id", "tiers", "products", "gift_id", "status",
    "comped",
})
# fmt: on

FORMAT = ExportFormat(
    "Ghost",
    marks=(
        frozenset({"subscribed_to_emails"}),
        frozenset({"complimentary_plan"}),
        frozenset({"stripe_customer_id", "labels"}),
        frozenset({"email_suppression_suppressed"}),
    ),
    fields={
        "subscribed_to_emails": "subscribed",
        "email_suppression_suppressed": "bounced",
        "email_suppression_info_reason": "bounced",
    },
    consent=("created_at",),
    harmless=HARMLESS,
    needed=frozenset({"subscribed_to_emails", "subscribed"}),
    has_default_status=True,
)
