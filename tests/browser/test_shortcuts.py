"""Keys that lead through a list of papers, and the switch that turns them off."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def papers(browser: Browser, site: str) -> Iterator[Page]:
    """The papers of today."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site}/today/")
    yield page
    context.close()


def title(page: Page, place: int) -> str:
    return page.locator(".paper h2 a").nth(place).inner_text()


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText"))


def test_j_and_k_go_from_paper_to_paper_and_o_opens_one(papers: Page) -> None:
    papers.keyboard.press("j")
    assert focused(papers) == title(papers, 0)
    papers.keyboard.press("j")
    assert focused(papers) == title(papers, 1)
    papers.keyboard.press("k")
    assert focused(papers) == title(papers, 0)
    address = papers.locator(".paper h2 a").first.get_attribute("href")
    papers.keyboard.press("o")
    papers.wait_for_url(f"**{address}")


def test_a_slash_leads_to_the_search_box_where_keys_are_letters(papers: Page) -> None:
    papers.keyboard.press("/")
    papers.keyboard.type("jok?/")
    expect(papers.locator(".site-search [name=q]")).to_have_value("jok?/")
    expect(papers.locator("#shortcuts")).to_be_hidden()


def test_a_slash_leads_to_the_search_page_where_there_is_no_box(papers: Page, site: str) -> None:
    papers.goto(f"{site}/")
    papers.keyboard.press("/")
    expect(papers).to_have_url(f"{site}/search/")


def test_a_question_mark_opens_the_help_where_keys_do_nothing_else(papers: Page) -> None:
    papers.keyboard.press("?")
    expect(papers.locator("#shortcuts")).to_be_visible()
    assert Axe().run(papers).response["violations"] == []
    papers.keyboard.press("j")
    expect(papers.locator("#shortcuts")).to_be_visible()
    papers.keyboard.press("Escape")
    expect(papers.locator("#shortcuts")).to_be_hidden()


def test_the_keys_can_be_switched_off_and_on_again(papers: Page) -> None:
    papers.keyboard.press("?")
    papers.get_by_label("Use these keys in this browser").uncheck()
    papers.get_by_role("button", name="Close").click()
    papers.reload()
    for key in "j?/":
        papers.keyboard.press(key)
    expect(papers.locator("#shortcuts")).to_be_hidden()
    assert papers.evaluate("document.activeElement.tagName") == "BODY"
    papers.get_by_role("button", name="Keyboard shortcuts").click()
    papers.get_by_label("Use these keys in this browser").check()
    papers.get_by_role("button", name="Close").click()
    papers.keyboard.press("j")
    assert focused(papers) == title(papers, 0)


def test_with_ctrl_or_alt_a_key_is_the_browser_s_own(papers: Page) -> None:
    papers.keyboard.press("Alt+j")
    papers.keyboard.press("Control+k")
    assert papers.evaluate("document.activeElement.tagName") == "BODY"


def test_without_scripts_no_button_promises_them(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/today/")
    expect(page.get_by_role("button", name="Keyboard shortcuts")).to_have_count(0)
    context.close()
