"""The head of every page: one row, and two on narrow screens."""

import pytest
from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Of a row with its padding, in pixels.
ROW, PADDING = 44, 22


@pytest.mark.parametrize(("width", "rows"), [(320, 2), (360, 2), (768, 1), (900, 1), (1280, 1)])
def test_the_header_takes_few_rows(browser: Browser, site: str, width: int, rows: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 700})
    page = context.new_page()
    for path in ("/", "/today/", "/search/"):
        page.goto(f"{site}{path}")
        box = page.locator(".site-header").bounding_box()
        assert box is not None
        assert box["height"] <= rows * ROW + PADDING, path
    context.close()
