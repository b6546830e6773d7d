"""Lists as JSON feeds: the fields of https://www.jsonfeed.org/version/1.1/, of the kinds that it asks for."""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from digest.web.paper_lists.json_feed_format import write_json_feed
from digest.web.paper_lists.paper_list import PaperList
from tests.web.paper_lists.lists import ATTENTION, HOSTILE, make_list

# Of the top level and of items, as the specification names them: whether it must be there, and its kind.
FEED_FIELDS: dict[str, tuple[bool, type]] = {
    "version": (True, str),
    "title": (True, str),
    "home_page_url": (False, str),
    "feed_url": (False, str),
    "description": (False, str),
    "user_comment": (False, str),
    "next_url": (False, str),
    "icon": (False, str),
    "favicon": (False, str),
    "authors": (False, list),
    "language": (False, str),
    "expired": (False, bool),
    "hubs": (False, list),
    "items": (True, list),
}
ITEM_FIELDS: dict[str, tuple[bool, type]] = {
    "id": (True, str),
    "url": (False, str),
    "external_url": (False, str),
    "title": (False, str),
    "content_html": (True, str),  # or content_text
    "summary": (False, str),
    "image": (False, str),
    "banner_image": (False, str),
    "date_published": (False, str),
    "date_modified": (False, str),
    "authors": (False, list),
    "tags": (False, list),
    "language": (False, str),
    "attachments": (False, list),
}


def read(papers: PaperList) -> Any:
    found = json.loads("".join(write_json_feed(papers)))
    _check_fields(found, FEED_FIELDS)
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    for item in found["items"]:
        _check_fields(item, ITEM_FIELDS)
        for moment in ("date_published", "date_modified"):
            assert moment not in item or datetime.fromisoformat(item[moment]).tzinfo
        assert all(isinstance(tag, str) for tag in item["tags"])
    for authors in (found["authors"], *(item["authors"] for item in found["items"])):
        assert all(author.keys() <= {"name", "url", "avatar"} and author["name"] for author in authors)
    assert len({item["id"] for item in found["items"]}) == len(found["items"])
    return found


def _check_fields(found: dict[str, Any], fields: dict[str, tuple[bool, type]]) -> None:
    assert found.keys() <= fields.keys()
    for name, (is_required, kind) in fields.items():
        assert name in found or not is_required, name
        assert name not in found or isinstance(found[name], kind), name


def test_it_has_the_fields_of_the_specification() -> None:
    found = read(make_list())
    assert found["feed_url"].endswith("/topics/attention/json/?order=new&from=2026-01-01")
    assert found["home_page_url"].endswith("/topics/attention/?order=new&from=2026-01-01")
    first, second = found["items"]
    assert first["title"] == "Attention in O(n) & <more>"
    assert first["id"] == first["url"]
    assert first["url"].endswith("/papers/2601.15380/")
    assert first["external_url"] == "https://arxiv.org/abs/2601.15380"
    assert first["summary"] == "It costs ℓ₂ less."
    assert "From the abstract" in first["content_html"]
    assert second["summary"] == "We look at attention in a new way."
    assert "date_published" not in second


def test_a_feed_in_chinese_says_so_in_its_own_address() -> None:
    with translation.override("zh-hans"):
        found = read(make_list())
    assert found["language"] == "zh-Hans"
    assert found["feed_url"].endswith("&language=zh")


def test_nobody_s_words_are_tags() -> None:
    [item] = read(make_list([replace(ATTENTION, title=HOSTILE, abstract=HOSTILE, authors=(HOSTILE,))], HOSTILE))[
        "items"
    ]
    assert "<script" not in item["content_html"]


@given(st.text(max_size=80))
def test_any_title_makes_a_feed(title: str) -> None:
    hostile = replace(ATTENTION, title=title, abstract=title, authors=(title,), categories=(title,))
    assert len(read(make_list([hostile], title))["items"]) == 1
