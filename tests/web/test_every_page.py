"""What holds for every page of the site, whoever wrote it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils.timezone import now
from pytest_django import Settings

from digest.search.index import index_versions
from subscriptions.links import tokens
from subscriptions.links.lookup import address_epoch, departure_epoch
from subscriptions.models import AddressChange, Subscriber
from tests.browsers import open_account
from tests.people import ada, bao, chidi, subscribe
from tests.web.pages import accessibility_faults, tree
from tests.web.publishing import Draft, drafts, publish

pytestmark = pytest.mark.django_db

PAGES: dict[str, Callable[[], str]] = {
    "sign-up": lambda: "/",
    "sign-up with interests": lambda: "/?categories=cs.LG&presets=theory&filters=attention",
    "start": lambda: "/start/",
    "welcome": lambda: "/welcome/",
    "sent": lambda: "/sent/",
    "link": lambda: "/link/",
    "confirm": lambda: f"/confirm/{tokens.make('confirm', ada.id)}/",
    "preferences": lambda: "/preferences/",
    "pause": lambda: "/preferences/pause/",
    "change of address": lambda: "/preferences/address/",
    "browsers and links": lambda: "/preferences/links/",
    "ask for deletion": lambda: "/preferences/delete/",
    "account": lambda: f"/account/{tokens.make('account', ada.id)}/",
    "letters of bao": lambda: f"/preferences/{tokens.make('manage', bao.id)}/",
    "pause of bao": lambda: f"/preferences/{tokens.make('manage', bao.id)}/pause/",
    "deletion of bao": lambda: f"/preferences/{tokens.make('manage', bao.id)}/delete/",
    "new address": lambda: f"/address/{tokens.make('address', bao.id, address_epoch(Subscriber.objects.get(id=2)))}/",
    "old address": lambda: f"/restore/{tokens.make('restore', AddressChange.objects.get().id)}/",
    "delete": lambda: f"/delete/{tokens.make('delete', ada.id)}/",
    "unsubscribe": lambda: f"/unsubscribe/{tokens.make('unsubscribe', ada.id)}/",
    "come back": lambda: (
        f"/return/{tokens.make('return', chidi.id, departure_epoch(Subscriber.objects.get(id=chidi.id)))}/"
    ),
    "today": lambda: "/today/",
    "edition": lambda: "/editions/2026-01-23/?page=2",
    "calendar": lambda: "/editions/",
    "categories": lambda: "/categories/",
    "category": lambda: "/categories/cs.LG/?page=2",
    "author": lambda: "/authors/Grace%20Hopper/",
    "paper": lambda: "/papers/2601.15380/",
    "similar papers": lambda: "/papers/2601.15380/similar/",
    "api": lambda: "/api/",
    "search": lambda: "/search/?q=attention+priors&order=newest",
    "search without results": lambda: "/search/?q=%22no+such+words%22",
    "search with a mistake": lambda: "/search/?q=(broken&from=never",
    "topics": lambda: "/topics/",
    "topic": lambda: "/topics/attention/",
    "topic without papers": lambda: "/topics/zebras/",
    "privacy": lambda: "/privacy/",
    "selection": lambda: "/how-papers-are-chosen/",
    "sign-up with a mistake": lambda: "/?filters=(broken&categories=cs.LG&find=nlp",
    "saved": lambda: "/saved/",
    "own feed": lambda: "/my-feed/",
    "signals": lambda: "/signals/",
    "reset of saved papers": lambda: "/signals/reset/saved/",
    "feedback": lambda: f"/feedback/{tokens.make('feedback', ada.id)}/more/2601.15380/",
    "bad link": lambda: "/preferences/nonsense/",
    "mailbox": lambda: "/mailbox/",
    "not found": lambda: "/nothing/here/",
}


# Their papers go on on a second page.
LONG = ("today", "edition", "category")


def visit(client: Client, name: str, language: str = "en") -> Any:
    """Open a page in Ada's own browser."""
    AddressChange.objects.create(subscriber=subscribe(ada), old_email="old@example.org")
    subscribe(bao, new_email="new@example.cn")
    subscribe(chidi, status="unsubscribed", unsubscribed_at=now())
    publish([*drafts(60 if name in LONG else 2), Draft(tldr="Short.")])
    index_versions()
    response = open_account(client, ada.id).get(PAGES[name](), headers={"accept-language": language})
    assert response.status_code in (200, 400 if name == "bad link" else 404 if name == "not found" else 200)
    return response


@pytest.fixture
def page(client: Client, settings: Settings, request: pytest.FixtureRequest) -> Any:
    settings.DEBUG = request.param == "mailbox"
    return visit(client, request.param)


every_page = pytest.mark.parametrize("page", PAGES, indirect=True)


@every_page
def test_it_can_be_used_without_seeing_it(page: Any) -> None:
    assert accessibility_faults(page) == []


@every_page
def test_it_needs_no_inline_style_or_script(page: Any) -> None:
    for element in tree(page).iter():
        assert not [name for name in element.attrib if name == "style" or name.startswith("on")]
        assert element.tag != "style"
        assert element.tag != "script" or element.get("src")


@every_page
def test_it_stays_below_100_kb_and_speaks_the_site_s_look(page: Any) -> None:
    assert len(page.content) < 100_000
    assert '<link rel="stylesheet" href="/static/site.css">' in page.content.decode()


@every_page
def test_what_a_browser_may_load_is_said_strictly(page: Any) -> None:
    policy = page["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page["X-Content-Type-Options"] == "nosniff"


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
