"""The address of a reader's private feed: made, renewed and ended by them alone, and good until then.

Programs that read feeds keep no cookies, so that whoever has the address can read the feed: papers, and neither the
reader's address nor their interests, and opens nothing else. For pages of the digest, which know readers by ids.
"""

from datetime import UTC, datetime

from subscriptions.links import tokens
from subscriptions.links.tokens import ExpiredToken
from subscriptions.models import Subscriber, drawn
from subscriptions.services.subscriber_rows import update_columns

# The token is not dated: the account shows the same one each time.
_ISSUED = datetime(2026, 1, 1, tzinfo=UTC)


def find_token(subscriber_id: int) -> str:
    """Return the token in the address of a reader's feed; empty while there is none."""
    number = Subscriber.objects.values_list("feed_number", flat=True).get(id=subscriber_id)
    return "" if number is None else tokens.make("feed", subscriber_id, number, issued=_ISSUED)


def renew(subscriber_id: int) -> None:
    """Give the feed of a reader an address, and make an earlier one void."""
    update_columns(Subscriber.objects.get(id=subscriber_id), feed_number=drawn())


def end(subscriber_id: int) -> None:
    """Make the address of a reader's feed void."""
    update_columns(Subscriber.objects.get(id=subscriber_id), feed_number=None)


def find_reader(token: str) -> int:
    """Return the id of the reader whose feed this is.

    Raises BadToken for what never was an address of a feed, and ExpiredToken for one that ended, or whose reader left.
    """
    claim = tokens.read("feed", token)
    reader = Subscriber.objects.filter(
        id=claim.subject, feed_number=claim.epoch, status=Subscriber.Status.ACTIVE
    ).values_list("id", flat=True)
    found = reader.first()
    if found is None:
        raise ExpiredToken("the address of the feed is no longer good")
    return found
