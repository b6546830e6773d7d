"""Substack: https://support.substack.com/ ("How do I export my email list?").

`email_disabled` is true for whoever switched letters off, or whose letters came back. The other flags are about
payments and about how letters are bundled.

The file that the subscriber dashboard gives has other columns, among them how many letters were opened, and does not
show who switched letters off. Substack itself calls its `Cancel date` unsubscribed_at: who has one counts as
somebody who left, though it may have been the payment alone.

The archive has files beside the list that say who was sent a post, and who opened it.
"""

from subscriptions.importing.formats.base import ExportFormat

# fmt: off
HARMLESS = frozenset({
    "name", "active_subscription", "expiry", "plan", "digest_enabled", "first_payment_at", "type",
    "stripe_customer_id", "podcast_enabled", "stripe_plan", "free_signup_at", "prefer_digests", "subscriptions_gifted",
})
# fmt: on

FORMAT = ExportFormat(
    "Substack",
    marks=(
        frozenset({"email_disabled"}),
        frozenset({"active_subscription"}),
        frozenset({"digest_enabled"}),
        frozenset({"stripe_plan", "cancel_date", "start_date"}),
    ),
    fields={"email_disabled": "unsubscribed", "cancel_date": "unsubscribed"},
    consent=("created_at", "start_date"),
    harmless=HARMLESS,
    needed=frozenset({"email_disabled"}),
    of_events=frozenset({"post_id"}),
    has_default_status=True,
)
