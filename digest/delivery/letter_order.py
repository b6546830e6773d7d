"""Read the order of a letter from the row of its delivery."""

from digest.domain import LetterOrder, ToldRelation
from digest.letters.message_id import make_message_id
from digest.models import Delivery
from digest.picking.stored_picks import decode_picks


def order_for_delivery(delivery: Delivery, *, preview: bool = False) -> LetterOrder:
    """Return the order that a row froze, from the row alone: it is the same whenever it is read."""
    return LetterOrder(
        delivery_id=delivery.id,
        message_id=make_message_id(delivery.id, delivery.created_at),
        date=delivery.created_at,
        picks=decode_picks(delivery.picks),
        notices=tuple(delivery.notices),
        matched=delivery.matched,
        language=delivery.language,
        detail=delivery.detail,
        preview=preview,
        kind=delivery.kind,
        relations=tuple(ToldRelation(*each) for each in delivery.relations or ()),
        covers_from=delivery.covers_from,
        news=tuple(delivery.news or ()),
    )
