"""listmonk: https://listmonk.app/docs/querying-and-segmentation/ ("Export"), cmd/subscribers.go.

`status` is the state of the whole account: enabled, disabled or blocklisted. Who left a list stands in
`subscription_status`, which exports by hand from its database may have: unconfirmed, confirmed or unsubscribed.
"""

from subscriptions.importing.formats.base import ExportFormat

FORMAT = ExportFormat(
    "listmonk",
    marks=(
        frozenset({"uuid", "attributes"}),
        frozenset({"uuid", "attribs"}),
        frozenset({"uuid", "status"}),
        frozenset({"attributes", "status"}),
        frozenset({"attribs", "status"}),
        frozenset({"lists_subscription_status"}),
    ),
    fields={"lists_subscription_status": "status"},
    consent=("created_at",),
    harmless=frozenset({"uuid", "id", "name", "attributes", "attribs", "updated_at", "lists", "list"}),
    needed=frozenset({"subscription_status", "lists_subscription_status"}),
)
