"""What a reader lets count in their letters: weights, switches, and interests taken away again.

For the page of the digest that also tells what each of them did: it knows readers by their ids.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils import timezone

from subscriptions import validators
from subscriptions.filters.error_messages import find_mistakes
from subscriptions.filters.language import MAX_FILTERS, check_filters
from subscriptions.models import Subscriber
from subscriptions.preference_defaults import DEFAULT_POPULARITY, usual_popularity
from subscriptions.services import preferences
from subscriptions.services.subscriber_rows import update_columns
from subscriptions.signal_switches import looks_for_people, select_filters
from subscriptions.taxonomy import categories


class StoredSignals(NamedTuple):
    """What a reader told of themselves, and what of it counts."""

    categories: tuple[str, ...]
    # The filters that look for people alone, and the others.
    authors: tuple[str, ...]
    keywords: tuple[str, ...]
    # Empty where it is the usual one.
    popularity: str
    usual_popularity: str
    switched_off: tuple[str, ...]


def read_signals(subscriber_id: int) -> StoredSignals:
    """Return the signals of a reader. Raises Subscriber.DoesNotExist for one who is gone."""
    stored = Subscriber.objects.get(id=subscriber_id).preferences()
    authors = tuple(text for text in stored.filters if looks_for_people(text))
    keywords = tuple(text for text in stored.filters if text not in authors)
    usual = usual_popularity(stored.categories)
    return StoredSignals(stored.categories, authors, keywords, stored.popularity, usual, stored.switched_off)


def change_signals(subscriber_id: int, *, popularity: str, switched_off: Iterable[str]) -> bool:
    """Store how much attention counts, and what does not count at all; return False where nothing would choose papers.

    Raises ValidationError for unknown names.
    """
    off = validators.clean_switched_off(switched_off)
    columns: dict[str, object] = {
        "popularity": validators.clean_popularity(popularity),
        "switched_off": " ".join(off),
    }
    subscriber = Subscriber.objects.get(id=subscriber_id)
    stored = subscriber.preferences()
    try:
        validators.require_interests(stored.categories, select_filters(stored.filters, off))
    except ValidationError:
        return False
    update_columns(subscriber, **columns, changed_at=timezone.now())
    return True


def reset_popularity(subscriber_id: int) -> None:
    """Let attention count again as is usual in the reader's categories."""
    popularity, now = DEFAULT_POPULARITY, timezone.now()
    update_columns(Subscriber.objects.get(id=subscriber_id), popularity=popularity, changed_at=now)


def add_interests(subscriber_id: int, codes: Iterable[str], filters: Iterable[str]) -> None:
    """Add categories and filters to a reader's. What is no category or filter, or one too many, is passed over."""
    subscriber = Subscriber.objects.get(id=subscriber_id)
    stored = subscriber.preferences()
    known = [code for each in codes if (code := categories.canonical(each))]
    readable = [text for text in filters if text.strip() and not any(find_mistakes([text]))]
    changed = replace(
        stored,
        categories=tuple(dict.fromkeys([*stored.categories, *known])),
        filters=check_filters([*stored.filters, *readable][:MAX_FILTERS]),
    )
    if changed != stored:
        preferences.change_preferences(subscriber, changed)


def remove_interests(subscriber_id: int, family: str) -> bool:
    """Remove the `authors`, `categories` or `filters` of a reader; return False where no interest would be left."""
    subscriber = Subscriber.objects.get(id=subscriber_id)
    signals, stored = read_signals(subscriber_id), subscriber.preferences()
    gone = {"authors": signals.authors, "filters": signals.keywords}.get(family, ())
    codes = () if family == "categories" else stored.categories
    filters = tuple(text for text in stored.filters if text not in gone)
    try:
        validators.require_interests(codes, filters)
    except ValidationError:
        return False
    preferences.change_preferences(subscriber, replace(stored, categories=codes, filters=filters))
    return True
