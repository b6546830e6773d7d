"""Begin the count of refusals anew, where an address was brought back or the reader has another one."""

from digest.models import Delivery, DeliveryEvent
from subscriptions import selectors
from subscriptions.reader import Reader


def begin_anew(*, subscriber_id: int, **_signal: object) -> None:
    """Let no earlier refusal of this reader's letters count. Receives `subscriptions.signals.address_changed`."""
    Delivery.objects.filter(subscriber=subscriber_id).exclude(fault="").update(fault="", temporary=False)
    DeliveryEvent.objects.filter(delivery__subscriber=subscriber_id).exclude(fault="").update(fault="")


def begin_anew_for_suppression(*, instance: object, **_signal: object) -> None:
    """Let no earlier refusal count at an address whose suppression was deleted. Receives Django's `post_delete`."""
    reader: Reader | None = selectors.find_reader_by_address_hash(str(getattr(instance, "address_hash", "")))
    if reader:
        begin_anew(subscriber_id=reader.id)
