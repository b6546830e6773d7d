"""The calendar shows which days have an edition, and leads to them."""

from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.web.pages import accessibility_faults, headings, links, tree, words
from tests.web.publishing import Draft, drafts, publish

pytestmark = pytest.mark.django_db


def test_each_day_with_an_edition_is_a_link_that_says_how_many_papers_it_has(client: Client) -> None:
    publish([*drafts(2), Draft("2601.00009", kind="replace")], day=date(2026, 1, 23))
    response = client.get("/editions/")
    assert headings(response) == ["All days of 2026"]
    [link] = [each for each in tree(response).iter("a") if each.get("href") == "/editions/2026-01-23/"]
    assert words(link) == "23 January 2026, 2 new papers23 2"
    assert not accessibility_faults(response)


def test_a_day_without_an_edition_that_anyone_may_see_is_plain(client: Client) -> None:
    publish(drafts(1), day=date(2026, 1, 23))
    publish(drafts(1), day=date(2026, 1, 22), state="open")
    publish([], day=date(2026, 1, 21))
    found = links(client.get("/editions/"))
    assert [each for each in found if each.startswith("/editions/2026-")] == ["/editions/2026-01-23/"]


def test_months_go_from_the_last_to_the_first_that_has_an_edition(client: Client) -> None:
    for day in (date(2026, 1, 23), date(2026, 3, 20)):
        publish([Draft(f"{day:%y%m}.00001")], day=day)
    captions = [words(each) for each in tree(client.get("/editions/")).iter("caption")]
    assert captions == ["March 2026", "February 2026", "January 2026"]


def test_each_year_has_a_page(client: Client) -> None:
    for year in (2025, 2026):
        publish([Draft(f"{year - 2000}01.00001")], day=date(year, 1, 23))
    assert {"/editions/2025/", "/editions/2026/"} <= set(links(client.get("/editions/")))
    assert "/editions/2025-01-23/" in links(client.get("/editions/2025/"))
    assert client.get("/editions/2024/").status_code == 404
    assert client.get("/editions/99999999999999999999/").status_code == 404


def test_before_the_first_edition_it_says_when_there_will_be_one(client: Client) -> None:
    assert headings(client.get("/editions/")) == ["The first edition is on its way"]


def test_a_day_leads_back_to_the_calendar(client: Client) -> None:
    publish(drafts(1))
    assert "/editions/" in links(client.get("/editions/2026-01-23/"))


def test_queries_do_not_grow_with_the_days(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for day in range(5, 10):
        publish([Draft(f"2601.0000{day}")], day=date(2026, 1, day))
    # The years, the days of the year, the numbers of papers.
    with django_assert_num_queries(3):
        client.get("/editions/")
