"""Lists of the operator's window cost the same however many rows there are."""

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from digest.models import Delivery, Edition, SignOfLife
from subscriptions import bounded_lists
from tests.admin.test_admin import fill
from tests.delivery.outbox_rows import DAY, crowd, frozen_edition, planned
from tests.web.pages import tree, words

pytestmark = pytest.mark.django_db
LETTERS = "/admin/digest/delivery/"
OURS = [model for model in admin.site._registry if model._meta.app_label in ("digest", "subscriptions", "admin")]
FILTER = re.compile(r'href="(\?[^"]+)"')


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label_lower)
def test_no_list_counts_sorts_or_looks_through_all_rows(operator: Client, model: type[models.Model]) -> None:
    fill(0, 3)
    address = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    page = operator.get(address).content.decode()
    links = set(FILTER.findall(page.partition("</head>")[2]))
    assert not {link for link in links if link.startswith("?o=") or "_facets" in link}
    table = connection.ops.quote_name(model._meta.db_table)
    for link in ("", *links):
        with CaptureQueriesContext(connection) as captured:
            assert operator.get(address + link.replace("&amp;", "&")).status_code == 200
        asked = [query["sql"] for query in captured if f"FROM {table}" in query["sql"]]
        assert asked
        assert not [sql for sql in asked if "DISTINCT" in sql or ("COUNT(" in sql and "LIMIT" not in sql)], link


def found(operator: Client, query: str) -> int:
    """How many letters a list shows."""
    listing = tree(operator.get(LETTERS + query))
    return sum("/change/" in link.get("href", "") for row in listing.iter("th") for link in row.iter("a"))


def test_a_list_shows_the_newest_rows_and_says_that_there_are_more(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_lists, "MAX_LISTED_ROWS", 3)
    planned(frozen_edition(), crowd(3))
    assert "Only the newest rows are listed" in words(tree(operator.get(LETTERS)))
    Delivery.objects.order_by("pk")[0].delete()
    assert "Only the newest rows are listed" not in words(tree(operator.get(LETTERS)))


def test_a_filter_without_an_index_looks_at_the_newest_rows(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_lists, "NEWEST_ROWS", 2)
    before, edition = frozen_edition(DAY - timedelta(days=1)), frozen_edition()
    [reader, *others] = crowd(4)
    planned(before, [reader, *others], state="accepted")
    planned(edition, [reader], state="failed")
    planned(edition, others, state="accepted")
    assert found(operator, "?state=accepted") == 2
    assert "Only the newest rows are listed" in words(tree(operator.get(f"{LETTERS}?state=accepted")))
    assert found(operator, f"?edition={before.pk}&state=accepted") == 4
    assert found(operator, "?state=failed") == 1, "of a rare state all are found"
    assert found(operator, f"?q={reader.email}") == 2, "and all of a reader"


@pytest.mark.parametrize("value", ["x", "0", "9" * 40, "-1"])
def test_an_edition_that_is_none_filters_nothing(operator: Client, value: str) -> None:
    planned(frozen_edition(), crowd(2))
    assert found(operator, f"?edition={value}") == 2


def test_the_list_of_days_counts_letters_of_its_page_alone(operator: Client) -> None:
    for ago in range(12):
        Edition.objects.create(day=DAY - timedelta(days=ago))
    planned(Edition.objects.order_by("day")[0], crowd(2))
    SignOfLife.objects.create(name="scheduler", at=timezone.now())
    with CaptureQueriesContext(connection) as captured:
        operator.get("/admin/digest/edition/")
    [counted] = [query["sql"] for query in captured if 'FROM "digest_delivery"' in query["sql"]]
    oldest = Edition.objects.order_by("day")[0]
    assert not re.search(rf"\b{oldest.pk}\b", counted)
    assert "2" in words(tree(operator.get("/admin/digest/edition/?p=2")))
