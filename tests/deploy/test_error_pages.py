"""What is shown where nothing is, also in the demo."""

import pytest
from django.conf import settings as configured
from django.test import Client
from pytest_django import Settings

from tests.web.pages import headings

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings: Settings) -> None:
    settings.DEBUG = True
    settings.MIDDLEWARE = [*configured.MIDDLEWARE, "deploy.error_pages.ShowOwnNotFound"]


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize("path", ["/nothing/", "/papers/2601.99999/"])
def test_the_demo_shows_the_site_s_own_page_for_what_is_not_there(client: Client, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 404
    assert headings(page) == ["There is nothing here"]


@pytest.mark.usefixtures("demo")
def test_an_address_without_its_last_slash_leads_on(client: Client) -> None:
    answer = client.get("/topics")
    assert (answer.status_code, answer["Location"]) == (301, "/topics/")
