"""Public pages are kept for a minute, for everybody alike; what is one reader's is kept nowhere."""

import re
from datetime import timedelta
from secrets import token_bytes
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from digest.models import Edition
from subscriptions.page_cache import MAX_KEPT_BYTES, TOKEN_PLACE, public_page
from tests.browsers import open_account
from tests.people import ada, subscribe
from tests.web.publishing import Draft, drafts, publish

pytestmark = pytest.mark.django_db

PUBLIC = ("/today/", "/editions/2026-01-23/", "/editions/2026-01-23/?section=cs.LG", "/papers/2601.00001/", "/privacy/")


@pytest.fixture(autouse=True)
def _kept_for_a_minute(settings: Settings) -> None:
    settings.PAGE_CACHE_SECONDS = 60
    caches["pages"].clear()


@pytest.mark.parametrize("address", PUBLIC)
def test_the_second_reader_costs_no_query(
    client: Client, address: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish(drafts(3))
    first = client.get(address)
    with django_assert_num_queries(0):
        second = Client().get(address)
    assert second.content == first.content
    assert second["Content-Type"] == first["Content-Type"]


@pytest.mark.parametrize("address", PUBLIC)
def test_a_browser_that_has_the_page_gets_none(client: Client, address: str) -> None:
    publish(drafts(3))
    page = client.get(address)
    assert page["Cache-Control"] == "public, max-age=60"
    assert client.get(address, headers={"if-none-match": page["ETag"]}).status_code == 304
    assert client.get(address, headers={"if-modified-since": page["Last-Modified"]}).status_code == 304
    assert client.get(address, headers={"if-none-match": '"another"'}).status_code == 200


def test_a_change_is_seen_a_minute_later(client: Client) -> None:
    edition = publish(drafts(2))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        before = client.get("/today/")
        Edition.objects.filter(pk=edition.pk).update(note="Hello to everybody")
        assert client.get("/today/").content == before.content
        clock.shift(61)
        after = client.get("/today/", headers={"if-none-match": before["ETag"]})
    assert b"Hello to everybody" in after.content
    assert after["Last-Modified"] != before["Last-Modified"]


def test_a_page_made_anew_that_is_the_same_was_not_changed(client: Client) -> None:
    publish(drafts(2))
    with time_machine.travel(timezone.now(), tick=False) as clock:
        before = client.get("/today/")
        clock.shift(timedelta(minutes=5))
        after = client.get("/today/")
    assert (after["ETag"], after["Last-Modified"]) == (before["ETag"], before["Last-Modified"])


def test_one_request_makes_a_late_page_anew_and_the_others_do_not_wait() -> None:
    made: list[int] = []

    @public_page(by_language=False)
    def view(request: HttpRequest) -> HttpResponse:
        made.append(len(made))
        if len(made) == 2:  # somebody else comes while the page is made
            assert view(RequestFactory().get("/x/")).content == b"0"
        return HttpResponse(str(len(made) - 1))

    with time_machine.travel(timezone.now(), tick=False) as clock:
        view(RequestFactory().get("/x/"))
        clock.shift(61)
        assert view(RequestFactory().get("/x/")).content == b"1"
    assert made == [0, 1]


def test_each_language_has_its_page_and_shared_caches_know(client: Client) -> None:
    publish(drafts(2))
    english = client.get("/today/", headers={"accept-language": "en"})
    chinese = client.get("/today/", headers={"accept-language": "zh-hans"})
    assert english.content != chinese.content
    assert {"Accept-Language", "Cookie"} <= set(english["Vary"].split(", "))
    chooser = Client()
    chooser.cookies["django_language"] = "zh-hans"
    assert chooser.get("/today/", headers={"accept-language": "en"}).content == chinese.content


@pytest.mark.parametrize("address", PUBLIC[:3])
def test_a_day_of_a_reader_is_kept_nowhere(client: Client, address: str) -> None:
    publish(drafts(3))
    subscribe(ada)
    own = open_account(client, ada.id).get(address)
    stranger = Client().get(address)
    assert own["Cache-Control"] == "no-store, private"
    assert b'name="act"' in own.content
    assert b'name="act"' not in stranger.content
    assert b'name="act"' in client.get(address).content


@pytest.mark.parametrize("address", ["/privacy/"])
def test_no_other_public_page_differs_for_a_reader(client: Client, address: str) -> None:
    publish(drafts(3))
    subscribe(ada)
    own = open_account(client, ada.id).get(address)
    caches["pages"].clear()
    assert Client().get(address).content == own.content
    assert not own.cookies


def test_unknown_parameters_and_long_values_count_for_nothing(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish(drafts(60))
    page = client.get("/today/?page=2")
    with django_assert_num_queries(0):
        other = client.get("/today/?utm_source=x&page=2&fbclid=y")
    assert other.content == page.content
    assert client.get(f"/today/?section={'x' * 101}").status_code == 200


def test_what_is_missing_is_asked_for_each_time(client: Client) -> None:
    assert client.get("/papers/2601.00001/").status_code == 404
    publish(drafts(1))
    assert client.get("/papers/2601.00001/").status_code == 200


@pytest.mark.parametrize("address", ["/", "/link/", "/preferences/"])
def test_pages_with_forms_are_kept_nowhere(client: Client, address: str) -> None:
    publish(drafts(1))
    subscribe(ada)
    response = open_account(client, ada.id).get(address)
    assert "private" in response["Cache-Control"]
    assert "no-store" in response["Cache-Control"] or "no-cache" in response["Cache-Control"]
    assert "ETag" not in response


def test_an_answer_with_a_token_is_never_kept() -> None:
    @public_page()
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(get_token(request))

    for headers in ({}, {"if-none-match": '"x"'}):
        response = view(RequestFactory().get("/x/", headers=headers))
        assert set(response["Cache-Control"].split(", ")) == {"private", "no-store"}
    first, second = (view(RequestFactory().get("/x/")).content for _ in range(2))
    assert first != second


def test_the_front_page_is_kept_and_each_browser_gets_a_token_of_its_own(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish(drafts(3))
    first = client.get("/")
    other = Client(enforce_csrf_checks=True)
    with django_assert_num_queries(0):
        second = other.get("/")
    tokens = [find_token(each) for each in (first, second)]
    assert tokens[0] != tokens[1]
    assert first.content.replace(tokens[0], tokens[1]) == second.content
    assert TOKEN_PLACE not in second.content
    assert set(second["Cache-Control"].split(", ")) == {"private", "no-cache"}
    assert other.post("/", {"csrfmiddlewaretoken": tokens[1].decode(), "email": "x"}).status_code == 200
    assert other.post("/", {"csrfmiddlewaretoken": tokens[0].decode(), "email": "x"}).status_code == 403


def test_a_front_page_with_interests_is_made_for_its_reader(client: Client) -> None:
    publish(drafts(3))
    client.get("/")
    assert b"zebrafish" in client.get("/?filters=zebrafish").content
    assert b"zebrafish" not in client.get("/").content


def find_token(page: Any) -> bytes:
    [token] = set(re.findall(rb'name="csrfmiddlewaretoken" value="([^"]*)"', page.content))
    return bytes(token)


def test_a_list_says_itself_what_it_is_and_when_it_changed(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish(drafts(2))
    first = client.get("/editions/2026-01-23/atom/")
    with django_assert_num_queries(0):
        again = client.get("/editions/2026-01-23/atom/", headers={"if-none-match": first["ETag"]})
        whole = Client().get("/editions/2026-01-23/atom/")
    assert again.status_code == 304
    for name in ("ETag", "Last-Modified", "Cache-Control", "Content-Type"):
        assert whole[name] == first[name]
    assert first["Last-Modified"].startswith("Fri, 23 Jan 2026")
    caches["pages"].clear()
    assert client.get("/editions/2026-01-23/atom/", headers={"if-none-match": first["ETag"]}).status_code == 304
    assert client.get("/editions/2026-01-23/atom/").content == first.content


def test_a_huge_answer_is_given_and_not_kept() -> None:
    made: list[int] = []

    @public_page()
    def view(request: HttpRequest) -> HttpResponse:
        made.append(1)
        return HttpResponse(token_bytes(MAX_KEPT_BYTES + 1))

    assert [view(RequestFactory().get("/x/")).status_code for _ in range(2)] == [200, 200]
    assert len(made) == 2


def test_a_day_reads_the_papers_of_its_page_alone(client: Client, settings: Settings) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    publish([*drafts(120), Draft("2601.00200", "About strings", categories=("hep-th",))])
    response = client.get("/editions/2026-01-23/?page=5")
    assert len(response.context["cards"]) == 21
    assert [card.paper.rank for card in response.context["cards"]] == list(range(100, 121))
