"""What search engines are told: which pages there are, and which are none of their business."""

from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree.ElementTree import fromstring

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver
from pytest_django import DjangoAssertNumQueries

from digest.models import Paper
from digest.web import sitemaps
from tests.web.publishing import Draft, drafts, publish

pytestmark = pytest.mark.django_db


def locations(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    root = fromstring(response.content)  # noqa: S314 - our own words
    found = [each.text or "" for each in root.iter(f"{{{sitemaps.NAMESPACE}}}loc")]
    assert all(each.startswith("https://post.example/") for each in found)
    return [urlsplit(each).path for each in found]


def test_robots_may_read_public_pages_and_find_the_sitemap(client: Client) -> None:
    robots = RobotFileParser()
    robots.parse(client.get("/robots.txt").content.decode().splitlines())
    for path in ("/", "/today/", "/papers/2601.15380/", "/categories/cs.LG/", "/topics/attention/"):
        assert robots.can_fetch("any", path)
    for path in ("/preferences/x/", "/unsubscribe/x/", "/letters/x/", "/search/?q=x", "/admin/"):
        assert not robots.can_fetch("any", path)
    assert robots.site_maps() == ["https://post.example/sitemap.xml"]


# The beginnings of all addresses that anybody may find.
PUBLIC = {
    *("", "api", "authors", "categories", "editions", "favicon.ico", "how-papers-are-chosen", "image.png", "link"),
    *("papers", "privacy", "robots.txt", "sent", "sitemap", "sitemap.xml", "start", "today", "topics"),
}


def test_robots_are_kept_from_all_that_is_not_public() -> None:
    beginnings = {route.split("/")[0] for route in list_routes(get_resolver())}
    kept = {path.strip("/") for path in sitemaps.KEPT_FROM_ROBOTS}
    assert beginnings == PUBLIC | kept
    assert not PUBLIC & kept


def list_routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from list_routes(each, route)
        else:
            yield route


def test_every_page_of_the_sitemap_answers(client: Client) -> None:
    publish([*drafts(2), Draft("hep-th/9901001", categories=("hep-th",))])
    parts = locations(client, "/sitemap.xml")
    pages = [page for part in parts for page in locations(client, part)]
    assert {"/", "/today/", "/editions/2026-01-23/", "/categories/hep-th/", "/papers/hep-th/9901001/"} <= set(pages)
    for page in pages:
        assert client.get(page).status_code == 200


def test_papers_come_in_parts_each_paper_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "PAPERS_PER_PART", 4)
    publish(drafts(10))
    parts = [part for part in locations(client, "/sitemap.xml") if "papers" in part]
    papers = [paper for part in parts for paper in locations(client, part)]
    assert sorted(papers) == sorted(f"/papers/{name}/" for name in Paper.objects.values_list("arxiv_id", flat=True))
    assert all(len(locations(client, part)) <= 4 for part in parts)


def test_a_part_that_is_none_is_empty_or_missing(client: Client) -> None:
    assert locations(client, "/sitemap/papers-99.xml") == []
    assert client.get("/sitemap/papers-999999999999.xml").status_code == 404


def test_signs_of_xml_in_an_id_are_escaped(client: Client) -> None:
    publish([Draft("a&b'c<d>")])
    [part] = [part for part in locations(client, "/sitemap.xml") if "papers" in part]
    assert locations(client, part) == ["/papers/a&b'c%3Cd%3E/"]


def test_queries_do_not_grow_with_the_papers(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    publish(drafts(30))
    with django_assert_num_queries(1):
        client.get("/sitemap.xml")
    with django_assert_num_queries(1):
        client.get("/sitemap/papers-0.xml")
    with django_assert_num_queries(0):
        client.get("/robots.txt")
