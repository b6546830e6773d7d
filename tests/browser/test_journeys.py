"""What people do besides signing up and leaving, from page to page in a real browser, with and without scripts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from digest.models import Feedback
from subscriptions.account_requests.drain import drain_outbox
from subscriptions.models import Subscriber
from subscriptions.services.unsubscribe import GOODBYE_DELAY
from tests.browser.test_every_page import open_account
from tests.browser.test_walk import ADDRESS, Walk
from tests.people import ada, subscribe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAPER = "Attention Is All You Need"
NEW_ADDRESS = "ada@new.example.org"
# Keys that lead from the top of any page to any place of it.
MAX_STEPS = 120


@pytest.fixture(params=[("light", 1280, True), ("dark", 320, False)], ids=["wide", "narrow-no-scripts"])
def walk(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Walk]:
    """A browser that was never here; whatever it complains of is a fault."""
    scheme, width, scripts = request.param
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, java_script_enabled=scripts
    )
    walk = Walk(context.new_page(), site, f"{scheme}-{width}")
    yield walk
    assert (walk.foreign, walk.complaints) == (set(), [])
    context.close()


def open_own_account(walk: Walk, **changes: object) -> Subscriber:
    reader = subscribe(ada, filters="attention", **changes)
    open_account(walk.page, walk.site, reader)
    return reader


def test_papers_that_one_knows_become_interests(walk: Walk) -> None:
    page = walk.page
    page.goto(f"{walk.site}/")
    page.get_by_role("link", name="Start from papers you know").click()
    page.get_by_label("Papers", exact=True).fill("https://arxiv.org/abs/1706.03762\nno paper at all")
    page.get_by_role("button", name="Look").click()
    page.get_by_text("1 line could not be read").click()
    expect(page.get_by_text("no paper at all")).to_be_visible()
    expect(page.get_by_label(PAPER)).to_be_checked()
    walk.picture("start")
    page.get_by_role("button", name="Show my letter").click()
    expect(page.get_by_text("1 paper that you like comes along")).to_be_visible()
    page.locator("textarea").first.fill("attention")
    page.locator("input[name=email]").fill(ADDRESS)
    page.get_by_role("button", name="Sign up", exact=True).last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Check your")
    walk.open_newest_mail()
    page.goto(walk.link_in_mail("/confirm/"))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome")
    assert Feedback.objects.values_list("paper__arxiv_id", "kind").get() == ("1706.03762", "more")


def test_a_letter_is_rated_and_each_answer_taken_back(walk: Walk) -> None:
    walk.sign_up()
    walk.open_newest_mail()
    walk.page.goto(walk.link_in_mail("/confirm/"))
    walk.page.get_by_role("button", name="Confirm").click()
    page = walk.page
    page.get_by_role("link", name="Your preferences").click()
    page.get_by_role("link", name="Your past letters, to rate their papers").click()
    page.locator(".mail-list a").first.click()
    buttons = {name: page.get_by_role("button", name=name).first for name in ("More like this", "Less like this")}
    buttons["More like this"].click()
    expect(buttons["More like this"]).to_have_attribute("aria-pressed", "true")
    buttons["Less like this"].click()
    expect(buttons["Less like this"]).to_have_attribute("aria-pressed", "true")
    expect(buttons["More like this"]).to_have_attribute("aria-pressed", "false")
    buttons["Less like this"].click()
    expect(buttons["Less like this"]).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("button", name="Saved").first).to_have_attribute("aria-pressed", "true")
    walk.picture("rated-letter")
    assert [*Feedback.objects.values_list("kind", flat=True)] == ["save"]
    page.goto(f"{walk.site}/preferences/")
    page.get_by_role("link", name="Papers you saved").click()
    page.get_by_role("button", name="Remove from this list").click()
    expect(page.get_by_text("Nothing here yet.")).to_be_visible()
    assert not Feedback.objects.exists()


def test_an_address_is_changed_and_the_change_taken_back(walk: Walk) -> None:
    reader, page = open_own_account(walk), walk.page
    page.get_by_role("link", name="Change the address").click()
    page.get_by_label("address").fill(NEW_ADDRESS)
    page.get_by_role("button", name="Send a letter to the new address").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Check your")
    walk.open_newest_mail(NEW_ADDRESS)
    page.goto(walk.link_in_mail("/address/"))
    page.get_by_role("button", name="Use this address").click()
    expect(page.get_by_text("Your letters now go to the new address.")).to_be_visible()
    reader.refresh_from_db()
    assert reader.email == NEW_ADDRESS
    walk.open_newest_mail(ada.email)
    page.goto(walk.link_in_mail("/restore/"))
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Your letters come to the old address again.")).to_be_visible()
    reader.refresh_from_db()
    assert reader.email == ada.email


def test_everything_is_deleted_by_a_fresh_link(walk: Walk) -> None:
    open_own_account(walk)
    page = walk.page
    page.get_by_role("link", name="Delete everything you keep about me").click()
    page.get_by_role("button", name="Send me the link").click()
    walk.open_newest_mail(ada.email)
    page.goto(walk.link_in_mail("/delete/"))
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deleted")
    assert not Subscriber.objects.exists()


def test_the_goodbye_letter_leads_back(walk: Walk) -> None:
    reader, page = open_own_account(walk), walk.page
    page.get_by_role("link", name="Unsubscribe").click()
    page.get_by_role("button", name="Unsubscribe").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are unsubscribed")
    drain_outbox(timezone.now() + GOODBYE_DELAY)
    walk.open_newest_mail(ada.email)
    page.goto(walk.link_in_mail("/return/"))
    page.get_by_role("button", name="Get letters again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome back")
    reader.refresh_from_db()
    assert reader.status == Subscriber.Status.ACTIVE


def test_letters_pause_and_go_on(walk: Walk) -> None:
    reader, page = open_own_account(walk), walk.page
    page.get_by_role("link", name="Pause my letters").click()
    page.locator("input[type=date]").fill((timezone.now() + timedelta(days=9)).date().isoformat())
    page.locator("main button").first.click()
    expect(page.get_by_text("Your letters are paused until")).to_be_visible()
    page.get_by_role("button", name="Send me letters again").click()
    expect(page.get_by_text("Your letters go on with the next edition.")).to_be_visible()
    reader.refresh_from_db()
    assert reader.paused_until is not None
    assert reader.paused_until <= timezone.now().date()


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_keys_alone_lead_from_signing_up_to_leaving(browser: Browser, site: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 700})
    walk = Walk(context.new_page(), site, f"keys-{width}")
    page = walk.page
    page.goto(f"{site}/")
    go_to(page, "#filters")
    page.keyboard.type("attention")
    go_to(page, "#presets input")
    page.keyboard.press("Space")
    go_to(page, "#email", key="Shift+Tab")
    page.keyboard.type(ADDRESS)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Check your")
    walk.open_newest_mail()
    page.goto(walk.link_in_mail("/confirm/"))
    press(page, "main form button")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome")
    go_to(page, "input[type=radio]")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    press(page, "main form .actions button")
    expect(page.get_by_text("It counts from your next letter on.")).to_be_visible()
    assert Feedback.objects.get().kind == "more"
    press(page, "a[href='/preferences/']")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your preferences")
    go_to(page, "input[name=papers]")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("3")
    press(page, ".always-seen button")
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    assert Subscriber.objects.get().papers == 3
    press(page, "a[href^='/unsubscribe/']")
    expect(page.get_by_role("heading", level=1)).to_have_text("Unsubscribe")
    press(page, "main form button")
    expect(page.get_by_role("heading", level=1)).to_have_text("You are unsubscribed")
    press(page, "main form button")
    expect(page.get_by_text("Your letters go on as before.")).to_be_visible()
    assert Subscriber.objects.get().status == Subscriber.Status.ACTIVE
    context.close()


def go_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Press the tab key until a part of the page that *selector* names has the focus."""
    for _step in range(MAX_STEPS):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"no key leads to {selector} on {page.url}")


def press(page: Page, selector: str) -> None:
    """Go to a button or a link, and press it."""
    go_to(page, selector)
    page.keyboard.press("Enter")
