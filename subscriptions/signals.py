"""What this app asks of others that keep something about people, without knowing who they are."""

from django.dispatch import Signal

# Sent with `subscriber_id` when somebody wants all that is kept about them. A receiver gives a dict[str, object] that
# JSON can hold; its names become part of the person's file. Whoever keeps something lets go of it on `pre_delete`.
personal_data_requested = Signal()

# Sent when an import has written down, or may have, when people want their letters. Nothing is said of them.
delivery_times_imported = Signal()
