"""Ends every link and every browser that opens something of a reader's."""

from subscriptions.links import remembered_browsers
from subscriptions.models import Subscriber, drawn
from subscriptions.services.subscriber_rows import update_columns


def end_all_links(subscriber: Subscriber) -> None:
    """Make every earlier link but those to unsubscribe void, end the reader's private feed, and forget all browsers."""
    update_columns(subscriber, epoch=drawn(), feed_number=None)
    remembered_browsers.forget_all(subscriber)
