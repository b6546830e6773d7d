"""The feeds of every kind of list, as programs read them: Atom by feedparser, JSON Feed by its JSON Schema.

`.ci/json_feed_schema` installs the schema; `JSON_FEED_SCHEMA` names its file.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import feedparser
import jsonschema_rs
import pytest
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from digest.web.paper_lists.addresses import path_in_format
from digest.web.paper_lists.json_feed_format import write_json_feed
from digest.web.urls import urlpatterns
from subscriptions.letter_languages import LETTER_LANGUAGES
from subscriptions.services import private_feed
from tests.people import ada
from tests.web.every_page import fill_site
from tests.web.paper_lists.lists import ATTENTION, HOSTILE, make_list
from tests.web.publishing import FRIDAY

# Signs that an address has to write otherwise.
ODD = 'attention OR "注意力 <é>"'
# By the name of its addresses, the paths of a list of each kind once `fill_site` has run.
LISTS: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "today": lambda: ("/today/", "/today/?section=cs.LG"),
    "edition": lambda: (f"/editions/{FRIDAY}/",),
    "category": lambda: ("/categories/cs.LG/",),
    "author": lambda: ("/authors/Grace%20Hopper/",),
    "similar": lambda: ("/papers/2601.15380/similar/",),
    "search": lambda: ("/search/?q=attention&order=newest", f"/search/?q={quote(ODD)}"),
    "topic": lambda: ("/topics/attention/", f"/topics/{quote(ODD, safe='')}/?order=noticed"),
    "private_feed": lambda: (f"/my-feed/{private_feed.find_token(ada.id)}/",),
}


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_FILE_PATH = settings.MAILBOX = str(tmp_path)
    fill_site()


def read_feeds(name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the address of the feed of every list in a format and each language, with what is answered."""
    for list_path in (path for paths in LISTS.values() for path in paths()):
        for language in LETTER_LANGUAGES:
            before, _, query = path_in_format(list_path, name).partition("?")
            address = f"{before}?{query}&language={language}"
            answer = Client().get(address)
            assert answer.status_code == 200, address
            yield address, answer.content


def test_every_kind_of_list_that_has_a_feed_is_read_here() -> None:
    names = {each.name or "" for each in urlpatterns if hasattr(each, "name")}
    assert {name.removesuffix("_atom") for name in names if name.endswith("_atom")} == LISTS.keys()
    assert {name.removesuffix("_json") for name in names if name.endswith("_json")} == LISTS.keys()


@pytest.mark.django_db
@pytest.mark.usefixtures("site")
def test_every_atom_feed_is_one_that_feedparser_reads() -> None:
    for address, content in read_feeds("atom"):
        found = feedparser.parse(content)
        assert (found.bozo, found.version) == (False, "atom10"), address
        assert found.entries, address
        assert all(each.id and each.title and each.link and each.updated for each in found.entries), address
        [own] = [link.href for link in found.feed.links if link.rel == "self"]
        assert Client().get(own.removeprefix(settings.SITE_URL)).content == content, address


@pytest.fixture(scope="session")
def schema() -> jsonschema_rs.Validator:
    text = Path(os.environ["JSON_FEED_SCHEMA"]).read_text("utf-8")
    return jsonschema_rs.validator_for(json.loads(text), validate_formats=True)


def find_faults(schema: jsonschema_rs.Validator, feed: Any) -> list[str]:
    return [f"{'/'.join(map(str, each.instance_path))}: {each.message}" for each in schema.iter_errors(feed)]


@pytest.mark.feeds
@pytest.mark.django_db
@pytest.mark.usefixtures("site")
def test_every_json_feed_is_what_its_schema_says(schema: jsonschema_rs.Validator) -> None:
    for address, content in read_feeds("json"):
        feed = json.loads(content)
        assert find_faults(schema, feed) == [], address
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert feed["items"], address
        assert Client().get(feed["feed_url"].removeprefix(settings.SITE_URL)).content == content, address


@pytest.mark.feeds
def test_nobody_s_words_make_a_feed_that_is_none(schema: jsonschema_rs.Validator) -> None:
    names = (HOSTILE, "", "\x00")
    hostile = replace(ATTENTION, title=HOSTILE, abstract=HOSTILE, authors=names, categories=names, code_url=HOSTILE)
    assert find_faults(schema, json.loads("".join(write_json_feed(make_list([hostile], HOSTILE))))) == []
    assert find_faults(schema, json.loads("".join(write_json_feed(make_list([]))))) == []


@pytest.mark.feeds
@pytest.mark.parametrize(
    "change", [{"id": 1}, {"date_modified": "yesterday"}, {"url": "not an address"}, {"tags": "cs"}, {"name": "x"}]
)
def test_the_schema_finds_what_is_wrong(schema: jsonschema_rs.Validator, change: dict[str, object]) -> None:
    feed = json.loads("".join(write_json_feed(make_list())))
    feed["items"][0] |= change
    assert find_faults(schema, feed)
