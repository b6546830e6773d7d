"""The operator's note at the top of letters: for everybody, or for the readers of one language, also days ahead.

It may change until the first letter has left: letters keep their bytes.
"""

from datetime import date

from django.db import transaction

from digest.models import Delivery, Edition
from subscriptions.letter_languages import LETTER_LANGUAGES

State = Delivery.State
# In these no letter has left, and none is on its way.
NOT_LEFT = (State.PENDING, State.EXCLUDED)


class LettersHaveLeft(Exception):
    """The note stays as it was sent."""


def write_note(day: date, text: str, language: str = "") -> Edition:
    """Write the note of a day for everybody, or with *language* for its readers; an empty text takes it away.

    A day that is not prepared yet gets an empty edition, which nobody sees. Raises LettersHaveLeft, and ValueError for
    a language in which no letters are.
    """
    if language and language not in LETTER_LANGUAGES:
        raise ValueError(language)
    Edition.objects.get_or_create(day=day)
    with transaction.atomic():
        edition = Edition.objects.select_for_update().get(day=day)
        if has_left(edition):
            raise LettersHaveLeft
        if language:
            notes = {**(edition.notes or {}), language: text}
            edition.notes = {name: note for name, note in notes.items() if note} or None
        else:
            edition.note = text
        edition.save(update_fields=["note", "notes"])
    return edition


def has_left(edition: Edition) -> bool:
    """Return whether a letter of the edition has left, or is on its way."""
    return Delivery.objects.filter(edition=edition).exclude(state__in=NOT_LEFT).exists()
