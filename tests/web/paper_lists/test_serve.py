"""Answers to whoever asks for a list in a format: what may be kept, and for how long."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import URLPattern
from django.utils.translation import gettext

from digest.web.paper_lists.list_format import MAX_FEED_ENTRIES, MAX_FILE_ENTRIES, ListFormat
from digest.web.paper_lists.paper_list import PaperList
from digest.web.paper_lists.registry import FORMATS
from digest.web.paper_lists.serve import link_formats, list_paths
from subscriptions import rate_limits
from subscriptions.rate_limits import Limit
from tests.web.paper_lists.lists import ATTENTION, make_list

pytestmark = pytest.mark.django_db


def find_list(request: HttpRequest, topic: str, *, limit: int) -> PaperList | HttpResponse:
    return replace(make_list(), title=gettext("Abstract")) if topic == "attention" else HttpResponse(status=429)


PATHS: list[URLPattern] = list_paths("topics/<str:topic>/", find_list, "topic")


def ask(
    name: str = "atom", topic: str = "attention", query: str = "", method: str = "get", **headers: str
) -> HttpResponse:
    factory = RequestFactory(headers={each.replace("_", "-"): value for each, value in headers.items()})
    [found] = [each for each in PATHS if each.name == f"topic_{name}"]
    answer = found.callback(getattr(factory, method)(f"/topics/{topic}/{name}/{query}"), topic=topic)
    assert isinstance(answer, HttpResponse)
    return answer


@pytest.mark.parametrize("each", FORMATS, ids=lambda each: each.name)
def test_each_format_has_an_address_a_type_and_bytes_that_are_the_same_again(each: object) -> None:
    name, media_type = getattr(each, "name", ""), getattr(each, "media_type", "")
    answer = ask(name)
    assert answer.status_code == 200
    assert answer["Content-Type"] == f"{media_type}; charset=utf-8"
    assert answer["Cache-Control"] == "public, max-age=600"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Last-Modified"] == "Fri, 23 Jan 2026 00:00:00 GMT"
    assert (answer.content, answer["ETag"]) == (ask(name).content, ask(name)["ETag"])
    is_file = "Content-Disposition" in answer
    assert is_file == (name not in ("atom", "json"))


def test_a_file_is_called_after_its_list() -> None:
    assert ask("bibtex")["Content-Disposition"] == 'attachment; filename="attention.bib"'


def test_who_has_the_list_already_is_told_so_without_it() -> None:
    etag, changed = ask()["ETag"], ask()["Last-Modified"]
    for headers in ({"If_None_Match": etag}, {"If_None_Match": f'"x", W/{etag}'}, {"If_Modified_Since": changed}):
        answer = ask(**headers)
        assert (answer.status_code, answer.content) == (304, b"")
        assert (answer["ETag"], answer["Cache-Control"]) == (etag, "public, max-age=600")
    assert ask(If_None_Match='"x"', If_Modified_Since=changed).status_code == 200
    assert ask(If_Modified_Since="Thu, 22 Jan 2026 00:00:00 GMT").status_code == 200


def test_the_language_of_a_feed_stands_in_its_address() -> None:
    assert "<title>Abstract</title>" in ask().content.decode()
    chinese = ask(query="?language=zh").content.decode()
    assert "<title>摘要</title>" in chinese
    assert "language=zh" in chinese
    assert ask(query="?language=nonsense").content == ask().content


def test_what_is_refused_stays_refused_and_nothing_is_posted() -> None:
    assert ask(topic="else").status_code == 429
    assert ask(method="post").status_code == 405


def test_a_list_of_one_reader_is_kept_by_nobody() -> None:
    def find_private(request: HttpRequest, *, limit: int) -> PaperList:
        return replace(make_list(), age=None)

    [atom, *_] = list_paths("mine/", find_private, "mine")
    assert atom.callback(RequestFactory().get("/mine/atom/"))["Cache-Control"] == "private, no-store"


def test_a_page_links_to_its_formats_with_its_query() -> None:
    links = {each.label: each.path for each in link_formats("/search/?q=a%26b")}
    assert links["JSON Feed"] == "/search/json/?q=a%26b"
    assert link_formats("/saved/")[0].path == "/saved/atom/"


def test_a_list_may_be_kept_longer() -> None:
    def find_old(request: HttpRequest, *, limit: int) -> PaperList:
        return replace(make_list(), age=timedelta(days=1))

    [atom, *_] = list_paths("old/", find_old, "old")
    assert atom.callback(RequestFactory().get("/old/atom/"))["Cache-Control"] == "public, max-age=86400"


def test_a_list_counts_as_a_search_in_every_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "SEARCHES_PER_CLIENT", Limit(len(FORMATS), timedelta(minutes=10)))
    assert {ask(each.name).status_code for each in FORMATS} == {200}
    answer = ask("bibtex")
    assert (answer.status_code, answer["Cache-Control"]) == (429, "no-store")
    assert int(answer["Retry-After"]) <= 600


@pytest.mark.parametrize("each", FORMATS, ids=lambda each: each.name)
def test_of_thousands_of_authors_a_hundred_are_named(each: ListFormat) -> None:
    names = tuple(f"Given Family{number:04}" for number in range(2900))
    text = "".join(each.write(make_list([replace(ATTENTION, authors=names)])))
    assert "Family0099" in text
    assert "Family0100" not in text
    if each.name == "bibtex":
        assert "and others}" in text


def test_a_feed_finds_no_more_papers_than_it_shows() -> None:
    asked: list[int] = []

    def find_many(request: HttpRequest, *, limit: int) -> PaperList:
        asked.append(limit)
        return make_list([ATTENTION] * limit)

    for each in list_paths("many/", find_many, "many"):
        each.callback(RequestFactory().get("/many/"))
    by_format = dict(zip((each.name for each in FORMATS), asked, strict=True))
    assert {by_format[each.name] for each in FORMATS if each.is_feed} == {MAX_FEED_ENTRIES}
    assert {by_format[each.name] for each in FORMATS if not each.is_feed} == {MAX_FILE_ENTRIES}
