"""What holds for every page of the site, whoever wrote it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import get_resolver
from pytest_django import Settings

from tests.web.every_page import Opened, fill_site, find_unopened, open_pages, own_browsers
from tests.web.pages import accessibility_faults, tree, words
from tests.web.publishing import Draft, drafts

pytestmark = pytest.mark.django_db

MAX_PAGE_BYTES = 100_000

# Four words in a row, which no page in Chinese has but those that quote a paper.
ENGLISH = re.compile(r"[A-Za-z]{3,}(?: [A-Za-z]+){3,}")
QUOTED = {
    "Preprint Post",
    *(each.title for each in drafts(60)),
    *(each.tldr for each in drafts(60)),
    Draft().title,
    Draft().abstract,
}


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_FILE_PATH = settings.MAILBOX = str(tmp_path)
    fill_site()


@pytest.mark.usefixtures("site")
def test_every_address_that_leads_to_a_page_is_opened_here() -> None:
    assert find_unopened(get_resolver()) == []


@pytest.mark.usefixtures("site")
def test_every_page_is_accessible_light_and_strict_in_each_language() -> None:
    faults = [f"{opened.name}: {fault}" for opened in open_pages(own_browsers()) for fault in _find_faults(opened)]
    assert not faults, "\n".join(faults)


def _find_faults(opened: Opened) -> Iterator[str]:
    page = opened.response
    yield from accessibility_faults(page)
    if len(page.content) >= MAX_PAGE_BYTES:
        yield f"{len(page.content):,} bytes"
    if page["X-Content-Type-Options"] != "nosniff":
        yield "its type may be guessed"
    policy = page["Content-Security-Policy"]
    if "default-src 'none'" not in policy:
        yield f"a loose policy: {policy}"
    if opened.page.is_letter:  # in its reader's language, with its style
        return
    if opened.language.code == "zh":
        yield from find_english(opened)
    if "unsafe" in policy:
        yield f"a loose policy: {policy}"
    if '<link rel="stylesheet" href="/static/site.css">' not in page.content.decode():
        yield "without the site's look"
    for element in tree(page).iter():
        if inline := [each for each in element.attrib if each == "style" or each.startswith("on")]:
            yield f"inline {inline} in {element.tag}"
        if element.tag == "style" or (element.tag == "script" and not element.get("src")):
            yield f"inline {element.tag}"


def find_english(opened: Opened) -> list[str]:
    """Return what a visitor who reads Chinese is told in English, besides the papers' own words."""
    root = tree(opened.response)
    if root.get("lang") != "zh-hans":
        return ["the page itself"]
    for select in root.findall(".//select[@name='timezone']"):
        select.clear()  # names of places, which stay as they are
    for formats in root.findall(".//ul[@class='links formats']"):
        formats.clear()  # names of formats
    for code in root.findall(".//code"):
        code.text = ""  # what programs write
    shown = words(root.find("body"))
    for words_of_a_paper in QUOTED:
        shown = shown.replace(words_of_a_paper, "")
    return ENGLISH.findall(shown)


def test_the_page_for_our_own_mistakes_stands_alone() -> None:
    page = render_to_string("500.html")
    assert "Something went wrong on our side" in page
    assert "{%" not in page


@pytest.mark.parametrize(
    "address", ["letters/x", "feedback/x/more/2601.15380", "account/x", "restore/x", "preferences/x", "unsubscribe/x"]
)
def test_broken_links_lead_to_one_page_that_is_not_cached(client: Client, address: str) -> None:
    response = client.get(f"/{address}/")
    assert response.status_code == 400
    assert response.templates[0].name == "subscriptions/bad_link.html"
    assert response["Cache-Control"] == "no-store, private"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "same-origin"
