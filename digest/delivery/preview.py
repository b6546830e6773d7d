"""Preview the letter of one reader before it is sent. Nothing is stored and nothing is sent."""

from dataclasses import replace
from datetime import datetime

from digest.delivery.letter_order import order_for_delivery
from digest.delivery.message import LetterMessage, build_message
from digest.domain import EditionContents, LetterOrder
from digest.editions import load
from digest.letters.message_id import make_message_id
from digest.letters.prerendered.renderer import LetterRenderer
from digest.letters.sender import Sender
from digest.models import Delivery, Edition
from digest.picking.letter_chooser import LetterChooser
from subscriptions.reader import Reader


class NothingToShow(Exception):
    """Raised where no paper of the day is for this reader; the text is the reason of the exclusion."""


def render_preview(edition: Edition, reader: Reader, now: datetime) -> LetterMessage:
    """Return the reader's letter, marked as a preview, with the papers that are or would be picked for them.

    Raises NothingToShow where no paper is.
    """
    delivery = Delivery.objects.filter(edition=edition, subscriber=reader.id).first()
    if delivery and delivery.picks:
        shown, order = load.load_contents(edition, for_letters=True), order_for_delivery(delivery, preview=True)
    else:
        shown, order = _new_order(edition, reader, now)
    return build_message(LetterRenderer(shown, Sender.from_settings()).letter(reader, order))


def _new_order(edition: Edition, reader: Reader, now: datetime) -> tuple[EditionContents, LetterOrder]:
    """Return the order of a letter that is not planned yet, and what it shows."""
    contents = replace(load.load_contents(edition), news=load.load_news(edition))
    chooser = LetterChooser(edition, contents.papers)
    [choice] = chooser.choose([reader])
    if not choice.picks:
        raise NothingToShow(choice.excluded)
    order = LetterOrder(
        delivery_id=0,
        message_id=make_message_id(0, now),
        date=now,
        picks=choice.picks,
        notices=choice.notices,
        matched=choice.matched,
        language=reader.language,
        detail=reader.detail,
        preview=True,
        covers_from=choice.covers_from,
        news=choice.news,
    )
    return chooser.show(contents), order
