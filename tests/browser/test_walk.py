"""A person signs up, confirms, reads the letter, changes their mind: in a real browser, with pictures kept."""

import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from digest.ingest.source_factory import listing_day
from digest.pipeline import run_day
from digest.sources.files.sample import SampleSource
from subscriptions.models import Subscriber

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = Path(__file__).resolve().parent.parent.parent / "var" / "screenshots"
ADDRESS = "farah@example.org"


@pytest.mark.parametrize(
    ("scheme", "width", "scripts"), [("light", 1280, True), ("dark", 768, True), ("dark", 320, False)]
)
def test_from_signing_up_to_leaving(browser: Browser, site: str, scheme: str, width: int, scripts: bool) -> None:
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 900},
        java_script_enabled=scripts,
    )
    walk = Walk(context.new_page(), site, f"{scheme}-{width}")
    walk.sign_up()
    walk.confirm()
    walk.read_the_letter()
    walk.change_preferences()
    stranger = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    walk.unsubscribe()
    walk.open_elsewhere(stranger.new_page())
    stranger.close()
    assert walk.foreign == set()
    assert walk.complaints == []
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_enter_key_in_the_address_field_signs_up(browser: Browser, site: str, scripts: bool) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{site}/")
    page.locator("textarea").first.fill("attention")
    page.locator("input[name=email]").fill(ADDRESS)
    page.locator("input[name=email]").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Check your")
    assert Subscriber.objects.get().email == ADDRESS
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(
    ("button", "address"), [("Yes, use farah@gmail.com", "farah@gmail.com"), ("No, farah@gmial.com", "farah@gmial.com")]
)
def test_a_mistyped_provider_is_a_question(
    browser: Browser, site: str, scripts: bool, button: str, address: str
) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{site}/")
    page.locator("textarea").first.fill("attention")
    page.locator("input[name=email]").fill("farah@gmial.com")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_text("Did you mean farah@gmail.com?", exact=True)).to_be_visible()
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Check your")
    assert Subscriber.objects.get().email == address
    context.close()


def test_pasted_invisible_signs_go_with_a_hint(home_page: Page) -> None:
    hint = home_page.get_by_text("We took invisible signs out of the address.")
    expect(hint).to_be_hidden()
    home_page.locator("input[name=email]").fill("\ufeffnew@exam\u00adple.org\u200b")
    expect(home_page.locator("input[name=email]")).to_have_value("new@example.org")
    expect(hint).to_be_visible()


def test_a_filter_s_mistake_shows_once_and_goes_when_mended(home_page: Page) -> None:
    mistake = home_page.get_by_text("This bracket is never closed.")
    home_page.locator("textarea").first.fill("(attention")
    expect(home_page.locator("#filters-error").get_by_text("This bracket is never closed.")).to_be_visible()
    expect(mistake).to_have_count(1)
    home_page.locator("input[name=email]").fill(ADDRESS)
    home_page.get_by_role("button", name="Sign up").click()
    expect(home_page.get_by_text("Something needs another look")).to_be_visible()
    expect(home_page.get_by_text("Once the marked place is mended")).to_be_visible()
    expect(home_page.locator("textarea").first).to_be_focused()
    expect(mistake).to_have_count(1)
    home_page.locator("textarea").first.fill("attention")
    expect(mistake).to_have_count(0)
    expect(home_page.locator("#filters-error")).to_be_hidden()
    expect(home_page.locator("textarea").first).to_have_attribute("aria-invalid", "false")


def test_hints_show_once_at_the_filters_and_go_when_mended(home_page: Page) -> None:
    home_page.locator("textarea").first.fill("Geoffrey Hinton")
    mend = home_page.get_by_role("button", name="Write author:")
    expect(home_page.locator("#filters-hints").get_by_role("button", name="Write author:")).to_be_visible()
    expect(mend).to_have_count(1)
    home_page.locator("textarea").first.fill("attention")
    expect(mend).to_have_count(0)


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_letter_becomes_one_s_own_while_one_types(browser: Browser, site: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 640})
    page = context.new_page()
    page.goto(f"{site}/")
    expect(page.locator(".letter h3").first).not_to_have_text("Attention Is All You Need")
    page.locator("textarea").first.fill("attention")
    expect(page.locator(".letter h3").first).to_have_text("Attention Is All You Need")
    expect(page.locator("[data-count]")).to_contain_text("your letter shows them all")
    if width == 1280:
        interests, letter = page.locator("textarea").first.bounding_box(), page.locator(".letter").bounding_box()
        assert interests is not None
        assert letter is not None
        # The letter begins to the right of the box that one types in, and no lower.
        assert letter["x"] > interests["x"] + interests["width"]
        assert letter["y"] <= interests["y"]
    # Wherever one is on the page, the address and the button are in sight, save over a field that one types in.
    page.locator("textarea").first.blur()
    for place in ("#categories", "footer"):
        page.locator(place).scroll_into_view_if_needed()
        if place == "#categories":
            expect(page.locator("input[name=email]")).to_be_in_viewport()
            expect(page.get_by_role("button", name="Sign up", exact=True).last).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    context.close()


def test_the_keyboard_reaches_the_address_in_eight_steps_and_signs_up(home_page: Page) -> None:
    for _step in range(8):
        home_page.keyboard.press("Tab")
        focused = home_page.evaluate("document.activeElement.id")
        if focused == "filters":
            home_page.keyboard.type("attention")
        if focused == "email":
            break
    assert focused == "email"
    home_page.keyboard.type(ADDRESS)
    home_page.keyboard.press("Enter")
    expect(home_page.get_by_role("heading", level=1)).to_contain_text("Check your")


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("height", [480, 568, 640, 844])
def test_with_keys_alone_nothing_is_reached_behind_the_line(
    browser: Browser, site: str, height: int, scripts: bool
) -> None:
    context = browser.new_context(viewport={"width": 320, "height": height}, java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{site}/")
    line = page.locator(".sign-up-line")
    for _step in range(30):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and not line.locator(":focus").count():
            # Both at the same moment: the page scrolls to what gets the focus.
            is_hidden = focused.evaluate(
                """each => {
                  const box = each.getBoundingClientRect();
                  const line = document.querySelector(".sign-up-line").getBoundingClientRect();
                  return box.top >= line.top && box.bottom <= line.bottom;
                }"""
            )
            assert not is_hidden, focused.evaluate("each => each.outerHTML")
    context.close()


def test_a_proposed_keyword_becomes_a_line_without_leaving_the_page(home_page: Page) -> None:
    home_page.locator("textarea").first.fill("attention")
    proposed = home_page.locator("#suggestions button").first
    text = proposed.get_attribute("value")
    proposed.click()
    expect(home_page.locator("textarea").first).to_have_value(f"attention\n{text}")


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(("typed", "code"), [("nlp", "cs.CL"), ("cs.NA", "math.NA"), ("quantum computing", "quant-ph")])
def test_the_category_box_knows_what_people_say(
    browser: Browser, site: str, scripts: bool, typed: str, code: str
) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{site}/")
    page.locator("#category-filter").fill(typed)
    if not scripts:
        page.get_by_role("button", name="Find").click()
    expect(page.locator(f"input[value='{code}']")).to_be_visible()
    expect(page.locator("input[value='hep-th']")).to_be_hidden()
    context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_filters_are_still_there_on_the_way_back(browser: Browser, site: str, scripts: bool) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.goto(f"{site}/")
    page.locator("textarea").first.fill("attention")
    page.get_by_role("link", name="What we keep").first.click()
    expect(page.get_by_role("heading", name="What we keep, and who sees it")).to_be_visible()
    page.go_back()
    expect(page.locator("textarea").first).to_have_value("attention")
    context.close()


class Walk:
    """One person's way through the site; every page is kept as a picture."""

    def __init__(self, page: Page, site: str, name: str) -> None:
        self.page, self.site, self.name = page, site, name
        self.foreign: set[str] = set()
        self.complaints: list[str] = []
        page.on("request", lambda request: self._note_host(request.url))
        page.on("console", self._note_complaint)

    def sign_up(self) -> None:
        self.page.goto(f"{self.site}/")
        self.page.get_by_label("Machine learning").first.check()
        self.page.locator("textarea").first.fill("attention")
        self.page.locator("input[name=email]").fill(ADDRESS)
        self.picture("sign-up")
        self.page.get_by_role("button", name="Sign up").click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Check your")
        self.picture("check-your-email")

    def confirm(self) -> None:
        self.open_newest_mail()
        self.page.goto(self.link_in_mail("/confirm/"))
        assert Subscriber.objects.get().status == "pending"
        self.picture("confirm")
        self.page.get_by_role("button", name="Confirm").click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Welcome")
        expect(self.page.locator(".letter h3").filter(has_text="Attention Is All You Need")).to_be_visible()
        assert Subscriber.objects.get().status == "active"
        self.picture("welcome")
        self.page.get_by_label("More like this").first.check()
        self.page.get_by_role("button", name="Send my ratings").click()
        expect(self.page.get_by_text("It counts from your next letter on.")).to_be_visible()
        self.page.get_by_role("link", name="Your preferences").click()
        expect(self.page.locator("select[name=hour]")).to_be_visible()
        self.picture("preferences")

    def read_the_letter(self) -> None:
        report = run_day(listing_day(), SampleSource())
        assert (report.accepted, report.balanced) == (0, True)  # they have that day's letter: it welcomed them
        self.open_newest_mail()
        letter = self.page.frame_locator("iframe")
        expect(letter.get_by_role("heading", level=2).first).to_be_visible()
        expect(letter.get_by_role("heading", name="Attention Is All You Need")).to_be_visible()
        self.picture("letter")
        self.fits_the_screen()

    def change_preferences(self) -> None:
        self.page.goto(self.link_in_mail("/preferences/"))
        expect(self.page.get_by_role("button", name="Save")).to_be_in_viewport()
        self.page.locator("input[name=papers]").fill("3")
        self.page.get_by_role("button", name="Save").click()
        assert Subscriber.objects.get().papers == 3
        self.picture("preferences-saved")

    def open_elsewhere(self, page: Page) -> None:
        """Open the letter's link in a browser that is not remembered, and make it one by the mailed link."""
        self.page = page
        page.goto(self.link_in_mail("/preferences/"))
        expect(page.locator("textarea")).to_have_count(0)
        assert ADDRESS not in page.content()
        self.picture("letter-preferences")
        page.get_by_role("button", name="Mail me the link").click()
        self.picture("account-link-sent")
        self.open_newest_mail()
        page.goto(self.link_in_mail("/account/"))
        self.picture("account")
        page.get_by_role("button", name="Open my preferences").click()
        expect(page.locator("textarea").first).to_be_visible()
        page.goto(f"{self.site}/preferences/links/")
        self.picture("browsers-and-links")
        page.get_by_role("button", name="Forget this browser").click()
        self.picture("browser-forgotten")

    def unsubscribe(self) -> None:
        self.open_newest_mail()
        self.page.goto(self.link_in_mail("/unsubscribe/"))
        assert Subscriber.objects.get().status == "active"
        self.picture("unsubscribe")
        self.page.get_by_role("button", name="Unsubscribe").first.click()
        expect(self.page.get_by_role("button", name="Undo")).to_be_visible()
        assert Subscriber.objects.get().status == "unsubscribed"
        self.picture("unsubscribed")

    def open_newest_mail(self, address: str = ADDRESS) -> None:
        self.page.goto(f"{self.site}/mailbox/")
        newest = self.page.locator(".mail-list a").filter(has_text=address).first
        self.mail = urljoin(self.site, newest.get_attribute("href") or "")
        self.page.goto(self.mail)

    def link_in_mail(self, path: str) -> str:
        """From the plain text: the same addresses stand in both bodies."""
        self.page.goto(self.mail)
        self.page.get_by_role("link", name="Plain text").click()
        text = self.page.locator("pre.letter-text")
        expect(text).to_be_visible()  # a click does not wait until the page it leads to is there
        found = re.search(rf"{re.escape(self.site)}{path}[^\s<\"]+", text.inner_text())
        assert found is not None, path
        return found.group(0)

    def picture(self, page: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.fits_the_screen()
        self.page.screenshot(path=PICTURES / f"{page}-{self.name}.png", full_page=True)

    def fits_the_screen(self) -> None:
        """No sideways scroll."""
        box = self.page.locator("body").bounding_box()
        assert box is not None
        assert box["width"] <= self.page.viewport_size["width"]  # type: ignore[index]

    def _note_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https"} and f"{parts.scheme}://{parts.netloc}" != self.site:
            self.foreign.add(url)

    def _note_complaint(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)
