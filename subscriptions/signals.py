"""Signals to other apps that keep something about people; this app does not know which ones do."""

from django.dispatch import Signal

# Sent with `subscriber_id` when somebody asks for all that is kept about them. A receiver returns a dict[str, object]
# that JSON can hold; its names become part of the person's file. Receivers of `pre_delete` delete what they keep.
personal_data_requested = Signal()

# Sent when an import has written, or may have, when people want their letters. It has no arguments.
delivery_times_imported = Signal()

# Sent with `subscriber_id` when a reader has moved to another address.
address_changed = Signal()

# Sent with `subscriber_ids` when an export takes along what readers said of papers. A receiver returns a
# dict[int, list[object]]: by subscriber what JSON can hold and `feedback_imported` understands.
feedback_requested = Signal()

# Sent with `feedback`, a dict[int, object] by subscriber, when an import has stored people whose rows have any. It
# comes from a file, and may be anything.
feedback_imported = Signal()

# Sent with `now` when somebody has confirmed their address by their own link, and is a reader from then on.
subscriber_confirmed = Signal()

# Sent with `now` when a row has been written to the outbox of account letters, which then wants to be drained.
account_request_added = Signal()

# Sent with `request` and `interests`, a QueryDict of what is chosen so far, before the sign-up page is shown. The
# receiver returns what the page tells of the letter: a dict[str, object] that its own templates read.
sign_up_shown = Signal()
