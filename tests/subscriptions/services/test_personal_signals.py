"""What a reader lets count: stored by their id, and interests that are taken away again."""

import pytest
from django.core.exceptions import ValidationError

from subscriptions.models import FormerInterests, Subscriber
from subscriptions.reader import Reader
from subscriptions.services import personal_signals
from tests.people import ada, bao, chidi, dana, subscribe

pytestmark = pytest.mark.django_db


def test_filters_that_look_for_people_are_apart() -> None:
    subscribe(ada, filters='author:hinton\nattention\nauthor:"Ada Lovelace" OR author:hopper\nauthor:weil "l2 norm"')
    signals = personal_signals.read_signals(ada.id)
    assert signals.authors == ("author:hinton", 'author:"Ada Lovelace" OR author:hopper')
    assert signals.keywords == ("attention", 'author:weil "l2 norm"')


def test_the_usual_popularity_is_known_beside_the_chosen_one() -> None:
    subscribe(ada, popularity="much")
    subscribe(bao, popularity="")
    assert personal_signals.read_signals(ada.id)[3:5] == ("much", "some")
    assert personal_signals.read_signals(bao.id)[3:5] == ("", "none")


def test_weights_and_switches_are_stored() -> None:
    row = subscribe(ada)
    personal_signals.change_signals(ada.id, popularity="none", switched_off=["new", "likes"])
    row.refresh_from_db()
    assert (row.popularity, row.switched_off, row.categories) == ("none", "likes new", "cs.LG stat.ML")
    assert row.changed_at
    personal_signals.reset_popularity(ada.id)
    assert Subscriber.objects.get().popularity == ""


def test_unknown_weights_and_switches_are_refused() -> None:
    subscribe(ada)
    for popularity, off in (("all", ()), ("none", ("weather",))):
        with pytest.raises(ValidationError):
            personal_signals.change_signals(ada.id, popularity=popularity, switched_off=off)
    assert Subscriber.objects.get().popularity == "some"


@pytest.mark.parametrize(("person", "family"), [(chidi, "filters"), (dana, "authors")])
def test_the_only_interests_are_not_switched_off(person: Reader, family: str) -> None:
    row = subscribe(person)
    assert not personal_signals.change_signals(row.id, popularity="much", switched_off=[family])
    row.refresh_from_db()
    assert (row.popularity, row.switched_off) == (person.popularity, "")
    assert personal_signals.change_signals(row.id, popularity="much", switched_off=["categories"])


def test_interests_are_removed_and_kept_for_earlier_letters() -> None:
    row = subscribe(ada, filters="author:hinton\nattention")
    assert personal_signals.remove_interests(ada.id, "authors")
    row.refresh_from_db()
    assert (row.filters, row.categories) == ("attention", "cs.LG stat.ML")
    assert FormerInterests.objects.get().filters == "author:hinton\nattention"
    assert personal_signals.remove_interests(ada.id, "categories")
    assert Subscriber.objects.get().categories == ""


@pytest.mark.parametrize(("person", "family"), [(ada, "categories"), (chidi, "filters"), (dana, "authors")])
def test_the_only_interests_stay(person: Reader, family: str) -> None:
    row = subscribe(person)
    assert not personal_signals.remove_interests(row.id, family)
    row.refresh_from_db()
    assert row.preferences().filters == person.filters
    assert row.preferences().categories == person.categories
