"""The facts of a mail provider's answers, read from Anymail's errors. What follows from them, the callers decide."""

from anymail.exceptions import AnymailRecipientsRefused

# HTTP statuses. The provider lets us do nothing: it takes no key, payment or permission of ours.
NOT_ADMITTED = frozenset({401, 402, 403})
# It asks us to come later, as too much comes at once or it is away.
COME_LATER = frozenset({429, 503})

# The only word of Anymail's that says that there is no such address.
INVALID = "invalid"


def find_recipient_statuses(error: AnymailRecipientsRefused) -> set[str | None]:
    """Return what the provider says of the recipients, in Anymail's words; nothing where it says nothing of them."""
    status = getattr(error.email_message, "anymail_status", None)
    return {recipient.status for recipient in (getattr(status, "recipients", None) or {}).values()}
