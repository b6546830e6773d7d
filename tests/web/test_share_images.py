"""The pictures beside links on other sites, and the tags that name them."""

import time
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from PIL import Image
from pytest_django import Settings

from digest.search.index import index_versions
from digest.web import share_images
from digest.web.share_images import SEARCHES_PER_IMAGE, SIZE, draw
from subscriptions import rate_limits
from subscriptions.filters.language import MAX_FILTER_LENGTH
from subscriptions.rate_limits import Limit
from tests.web.pages import tree
from tests.web.publishing import Draft, drafts, publish

pytestmark = pytest.mark.django_db

MAX_BYTES = 60_000


def check_picture(content: bytes) -> Image.Image:
    picture = Image.open(BytesIO(content))
    assert (picture.format, picture.size) == ("PNG", SIZE)
    assert len(content) < MAX_BYTES
    return picture


def shared(response: Any) -> dict[str, str]:
    found = {tag.get("property") or tag.get("name"): tag.get("content", "") for tag in tree(response).iter("meta")}
    return {name: content for name, content in found.items() if name and name.startswith(("og:", "twitter:"))}


@pytest.mark.parametrize("path", ["/image.png", "/editions/2026-01-23/image.png", "/topics/quantum%20codes/image.png"])
def test_the_site_a_day_and_a_topic_have_a_picture(client: Client, path: str) -> None:
    publish(drafts(2))
    response = client.get(path)
    assert response["Content-Type"] == "image/png"
    check_picture(response.content)


def test_a_day_without_an_edition_has_none(client: Client) -> None:
    assert client.get("/editions/2026-01-24/image.png").status_code == 404
    assert client.get("/editions/nonsense/image.png").status_code == 404


@pytest.mark.parametrize(
    "title", ["", "x", "W" * 500, "i" * 5000, "two words " * 300, "强化学习", "a\nb", "<b>bold</b>", "\N{SNOWMAN} é"]
)
def test_any_title_becomes_a_small_picture(title: str) -> None:
    check_picture(draw("Preprint Post", title, "The newest papers"))


def test_a_title_of_many_words_costs_no_more_than_a_short_one() -> None:
    draw("Preprint Post", "x", "")
    began = time.process_time()
    check_picture(draw("Preprint Post", "i " * 1900, "The newest papers"))
    assert time.process_time() - began < 1


def test_a_phrase_that_is_no_topic_has_none(client: Client) -> None:
    assert client.get(f"/topics/{'i ' * (MAX_FILTER_LENGTH // 2)}i/image.png").status_code == 404


def test_an_image_counts_as_several_searches(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "SEARCHES_PER_CLIENT", Limit(SEARCHES_PER_IMAGE, timedelta(minutes=10)))
    assert client.get("/topics/knots/image.png").status_code == 200
    assert client.get("/topics/braids/image.png").status_code == 429


def test_a_picture_is_drawn_once_and_kept(client: Client, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.PAGE_CACHE_SECONDS = 60
    caches["pages"].clear()
    drawn: list[str] = []

    def note_and_draw(kicker: str, title: str, line: str) -> bytes:
        drawn.append(title)
        return draw(kicker, title, line)

    monkeypatch.setattr(share_images, "draw", note_and_draw)
    answers = [client.get("/topics/knots/image.png") for _ in range(3)]
    assert drawn == ["knots"]
    assert {answer["Cache-Control"] for answer in answers} == {"public, max-age=3600"}


def test_different_titles_are_different_pictures_and_what_cannot_be_drawn_is_left_out() -> None:
    assert draw("Preprint Post", "graphs", "") != draw("Preprint Post", "trees", "")
    assert draw("Preprint Post", "强化学习", "") == draw("", "Preprint Post", "")


@pytest.mark.parametrize(
    ("path", "title", "image"),
    [
        ("/", "New papers, chosen for you", "/image.png"),
        ("/today/", "Friday, 23 January 2026", "/editions/2026-01-23/image.png"),
        ("/editions/2026-01-23/?page=1", "Friday, 23 January 2026", "/editions/2026-01-23/image.png"),
        ("/categories/cs.LG/", "Machine Learning", "/image.png"),
        ("/topics/attention/", "attention", "/topics/attention/image.png"),
        ("/authors/Grace%20Hopper/", "Grace Hopper", "/image.png"),
        ("/papers/2601.15380/", "Attention with better priors", "/image.png"),
    ],
)
def test_pages_say_what_to_show_of_them(client: Client, path: str, title: str, image: str) -> None:
    publish([Draft()])
    index_versions()
    response = client.get(path)
    tags = shared(response)
    assert tags["og:title"] == title
    assert tags["og:image"] == f"https://post.example{image}"
    assert tags["twitter:card"] == "summary_large_image"
    [canonical] = [link.get("href") for link in tree(response).iter("link") if link.get("rel") == "canonical"]
    assert tags["og:url"] == canonical
    assert client.get(image).status_code == 200


def test_titles_from_outside_stay_text(client: Client) -> None:
    publish([Draft(title='"><script>alert(1)</script>')])
    assert shared(client.get("/papers/2601.15380/"))["og:title"] == '"><script>alert(1)</script>'
    assert b"<script>alert" not in client.get("/papers/2601.15380/").content
