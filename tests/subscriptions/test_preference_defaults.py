"""The defaults and limits of what a subscriber may choose."""

import pytest
from django.core.exceptions import ValidationError
from django.db.models import Field
from django.test import Client

from subscriptions import validators
from subscriptions.models import Subscriber
from subscriptions.preference_defaults import MAX_MINIMUM, MAX_PAPERS, SIGNAL_FAMILIES, Preferences, usual_popularity
from subscriptions.reader import Reader
from tests.browsers import open_account
from tests.people import ada, subscribe
from tests.subscriptions.views.test_pages import html


def test_rows_and_readers_have_the_defaults_of_preferences() -> None:
    assert Subscriber().preferences() == Preferences()
    defaults = Preferences()
    # A reader's popularity says what an empty one stands for.
    shared = set(Reader._fields) & set(Preferences.__dataclass_fields__) - {"popularity"}
    assert Reader(1, "x@example.org").popularity == usual_popularity(())
    assert len(shared) > 7
    assert Reader(1, "x@example.org") == Reader(
        1, "x@example.org", **{name: getattr(defaults, name) for name in shared}
    )


def test_columns_are_those_of_a_row() -> None:
    columns = Preferences(("cs.LG", "hep-th"), ("attention", "-survey")).columns()
    assert (columns["categories"], columns["filters"]) == ("cs.LG hep-th", "attention\n-survey")
    assert set(columns) <= {field.name for field in Subscriber._meta.get_fields() if isinstance(field, Field)}
    assert Subscriber(**columns).preferences().filters == ("attention", "-survey")


def test_popularity_counts_where_papers_get_votes() -> None:
    """By default, for readers at least half of whose categories are in such fields."""
    assert usual_popularity(("cs.LG", "stat.ML")) == "some"
    assert usual_popularity(("q-bio.QM", "physics.bio-ph")) == "some"
    assert usual_popularity(("quant-ph", "hep-th", "cs.ET")) == "none"
    assert usual_popularity(("math.CO",)) == "none"
    assert usual_popularity(()) == "none"


def test_families_are_stored_by_name() -> None:
    columns = Preferences(("cs.LG",), popularity="much", switched_off=("likes", "new")).columns()
    assert (columns["popularity"], columns["switched_off"]) == ("much", "likes new")
    assert Subscriber(**columns).preferences().switched_off == ("likes", "new")
    longest = Preferences(switched_off=SIGNAL_FAMILIES).columns()["switched_off"]
    assert len(str(longest)) <= (Subscriber._meta.get_field("switched_off").max_length or 0)


@pytest.mark.django_db
def test_the_limits_of_the_page_are_those_of_the_validators(client: Client) -> None:
    subscribe(ada)
    page = html(open_account(client, ada.id).get("/preferences/"))
    assert validators.clean_papers(MAX_PAPERS) == MAX_PAPERS
    assert validators.clean_minimum(MAX_MINIMUM) == MAX_MINIMUM
    for validate, most in ((validators.clean_papers, MAX_PAPERS), (validators.clean_minimum, MAX_MINIMUM)):
        assert f'min="1" max="{most}"' in page
        with pytest.raises(ValidationError):
            validate(most + 1)
