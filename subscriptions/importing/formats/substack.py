"""Substack: https://support.substack.com/ ("How do I export my email list?").

`email_disabled` is true for whoever switched letters off, or whose letters came back. The other flags are about
payments and about how letters are bundled.
"""

from subscriptions.importing.formats.base import ExportFormat

# fmt: off
HARMLESS = frozenset({
    "name", "active_subscription", "expiry", "plan", "digest_enabled", "first_payment_at", "type",
    "stripe_customer_id", "podcast_enabled", "stripe_plan", "free_signup_at",
})
# fmt: on

FORMAT = ExportFormat(
    "Substack",
    marks=(frozenset({"email_disabled"}), frozenset({"active_subscription"}), frozenset({"digest_enabled"})),
    fields={"email_disabled": "unsubscribed"},
    consent=("created_at",),
    harmless=HARMLESS,
    needed=frozenset({"email_disabled"}),
    has_default_status=True,
)
