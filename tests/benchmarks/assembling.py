"""From stored subscribers to the bytes of their letters; nothing is stored and nothing is sent."""

from collections.abc import Iterator
from typing import Any

from tests.benchmarks import town
from tests.benchmarks.measuring import Watch, measured

CHUNK = 1000


def assemble() -> dict[str, Any]:
    """Match, rank, pick and assemble every letter, whatever has to be prepared for the day included."""
    town.set_up()
    watch, letters, size = Watch(), 0, 0
    with measured(watch):
        for letter in _letters():
            letters += 1
            size += len(letter)
    return {**watch.figures(letters), "bytes": size // max(letters, 1)}


def _letters() -> Iterator[bytes]:
    from django.utils import timezone

    from digest.assembly.letters import Press
    from digest.assembly.publisher import Publisher
    from digest.delivery.messages import email, message_id, sent_bytes
    from digest.editions.contents import load
    from digest.editions.memory import repeats
    from digest.editions.picking import choose_for
    from digest.models import Edition
    from digest.ranking.matching import DayIndex
    from digest.records import LetterOrder
    from subscriptions import selectors

    edition, now, after = Edition.objects.get(day=town.DAY), timezone.now(), 0
    contents = load(edition)
    press, index = Press(contents, Publisher.from_settings()), DayIndex(contents.papers)
    known = repeats(edition, index)
    while readers := selectors.due_readers(town.DAY, after_id=after, limit=CHUNK):
        after = readers[-1].id
        for reader, choice in zip(readers, choose_for(edition, index, readers, known), strict=True):
            if choice.picks:
                order = LetterOrder(
                    delivery_id=reader.id,
                    message_id=message_id(reader.id, now),
                    date=now,
                    picks=choice.picks,
                    matched=choice.matched,
                    language=reader.language,
                    detail=reader.detail,
                    notices=choice.notices,
                )
                yield sent_bytes(email(press.letter(reader, order)))
