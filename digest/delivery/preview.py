"""Preview the letter of one reader before it is sent. Nothing is stored and nothing is sent."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from digest.delivery.letter_order import order_for_delivery
from digest.delivery.message import LetterMessage, build_message
from digest.domain import EditionContents, LetterOrder
from digest.editions import load
from digest.letters.message_id import make_message_id
from digest.letters.prerendered.renderer import LetterRenderer
from digest.letters.sender import Sender
from digest.models import Delivery, Edition
from digest.picking.letter_chooser import LetterChooser
from digest.ranking.matching.day_index import DayIndex
from subscriptions.reader import Reader


class NothingToShow(Exception):
    """Raised where no paper of the day is for this reader; the text is the reason of the exclusion."""


class PreparedEdition(Protocol):
    """Where a process has the contents of editions at hand: a day takes a second to read and to index."""

    def load_shown(self, edition: Edition) -> EditionContents:
        """Return what the letters of the edition show."""

    def load_day(self, edition: Edition) -> tuple[EditionContents, DayIndex | None]:
        """Return what the edition's day holds and, if it is at hand, its index."""


class ReadAnew:
    """Reads editions from the database each time."""

    def load_shown(self, edition: Edition) -> EditionContents:
        return load.load_contents(edition, for_letters=True)

    def load_day(self, edition: Edition) -> tuple[EditionContents, DayIndex | None]:
        return load.load_contents(edition), None


def render_preview(
    edition: Edition, reader: Reader, now: datetime, prepared: PreparedEdition | None = None
) -> LetterMessage:
    """Return the reader's letter, marked as a preview, with the papers that are or would be picked for them.

    Raises NothingToShow where no paper is.
    """
    prepared = prepared or ReadAnew()
    delivery = Delivery.objects.filter(edition=edition, subscriber=reader.id).first()
    if delivery and delivery.picks:
        shown, order = prepared.load_shown(edition), order_for_delivery(delivery, preview=True)
    else:
        shown, order = _new_order(edition, reader, now, prepared)
    return build_message(LetterRenderer(shown, Sender.from_settings()).letter(reader, order))


def _new_order(
    edition: Edition, reader: Reader, now: datetime, prepared: PreparedEdition
) -> tuple[EditionContents, LetterOrder]:
    """Return the order of a letter that is not planned yet, and what it shows."""
    of_the_day, index = prepared.load_day(edition)
    contents = replace(of_the_day, news=load.load_news(edition))
    chooser = LetterChooser(edition, contents.papers, index=index)
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
