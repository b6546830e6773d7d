"""The language that a browser chose for the pages."""

import pytest
from django.test import Client

HOST = "http://testserver"


def switch(client: Client, code: str, came_from: str = "") -> str:
    headers = {"Referer": came_from} if came_from else {}
    return client.get(f"/language/{code}/", headers=headers)["Location"]


@pytest.mark.django_db
def test_a_chosen_language_stays_in_this_browser() -> None:
    client = Client(headers={"Accept-Language": "en"})
    switch(client, "zh-hans")
    assert '<html lang="zh-hans"' in client.get("/privacy/").content.decode()
    switch(client, "en")
    assert '<html lang="en"' in client.get("/privacy/").content.decode()


def test_every_page_offers_each_language_by_its_own_name(client: Client) -> None:
    page = client.get("/privacy/").content.decode()
    assert 'href="/language/en/" rel="nofollow" lang="en" aria-current="true">English</a>' in page
    assert 'href="/language/zh-hans/" rel="nofollow" lang="zh-hans">简体中文</a>' in page
    chinese = client.get("/privacy/", headers={"Accept-Language": "zh-hans"}).content.decode()
    assert 'href="/language/en/" rel="nofollow" lang="en">English</a>' in chinese


@pytest.mark.parametrize(
    ("came_from", "goes_to"),
    [
        (f"{HOST}/today/?page=2", "/today/?page=2"),
        ("", "/"),
        ("https://evil.example/x", "/"),
        (f"{HOST}//evil.example/x", "/"),
        ("javascript:alert(1)", "/"),
        (f"{HOST}.evil.example/", "/"),
    ],
)
def test_the_link_leads_back_to_our_own_pages_only(client: Client, came_from: str, goes_to: str) -> None:
    assert switch(client, "en", came_from) == goes_to


@pytest.mark.parametrize("code", ["de", "EN", "zh", "..", "en%0d%0aSet-Cookie:x"])
def test_a_language_without_pages_is_not_found_and_sets_no_cookie(client: Client, code: str) -> None:
    answer = client.get(f"/language/{code}/")
    assert answer.status_code == 404
    assert not answer.cookies
