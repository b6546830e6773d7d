"""From the front page to the first letter, as somebody who types does it, with a mail server: how long each step takes.

`var/screenshots/first-letter.html` shows each step as a picture with its second.
"""

import re
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings

from digest.models import Delivery
from tests.browser.test_every_page import INDEX, PICTURES
from tests.delivery.smtp_server import PostOffice, Server

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADDRESS = "farah@example.org"
# As quick typists type, in milliseconds a key; and what somebody takes to find the next thing to do.
MILLISECONDS_PER_KEY = 80
SECONDS_TO_LOOK = 1.0
MAX_SECONDS = 60


@pytest.fixture
def office(settings: Settings, site: str) -> Iterator[PostOffice]:
    """A mail server, and the threads of a web process that send to it."""
    office = PostOffice()
    office.keeps_letters = True
    server = Server(office)
    server.start()
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.ERRANDS_INLINE = "127.0.0.1", server.port, False
    yield office
    for thread in threading.enumerate():
        if thread.name in ("first-letters", "account-requests"):
            thread.join(20)
    server.stop()


def test_the_first_letter_is_there_within_a_minute(browser: Browser, site: str, office: PostOffice) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    way = Way(context.new_page(), office)
    way.page.goto(f"{site}/")
    way.note("The front page is there")
    way.type_into("textarea", "attention")
    expect(way.page.locator(".letter h3").first).to_have_text("Attention Is All You Need")
    way.note("The letter beside the interests is theirs")
    way.type_into("input[name=email]", ADDRESS)
    way.page.get_by_role("button", name="Sign up", exact=True).last.click()
    expect(way.page.get_by_role("heading", level=1)).to_contain_text("Check your")
    way.note("Signed up")
    confirmation = way.wait_for_letter(1)
    way.note("The confirmation is in their inbox")
    way.look()
    way.page.goto(find_link(confirmation, site, "confirm"))
    way.look()
    way.page.get_by_role("button", name="Confirm").click()
    expect(way.page.get_by_role("heading", level=1)).to_contain_text("Welcome")
    way.note("Confirmed: today's papers are on the page")
    letter = way.wait_for_letter(2)
    way.note("The first letter is in their inbox")
    context.close()
    way.write_down()
    assert "Attention Is All You Need" in str(letter["Subject"])
    assert Delivery.objects.get().kind == "welcome"
    assert office.recipients == [ADDRESS] * 2
    assert way.seconds[-1][1] < MAX_SECONDS


def find_link(letter: EmailMessage, site: str, page: str) -> str:
    text = letter.get_body(("plain",))
    assert text is not None
    found = re.search(rf"{re.escape(site)}/{page}/\S+", text.get_content())
    assert found is not None
    return found[0]


class Way:
    """One person's way, with the second of each step."""

    def __init__(self, page: Page, office: PostOffice) -> None:
        self.page, self.office = page, office
        self.seconds: list[tuple[str, float, str]] = []
        self._begin = time.monotonic()

    def note(self, step: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        picture = f"first-letter-{len(self.seconds) + 1}.png"
        self.seconds.append((step, time.monotonic() - self._begin, picture))
        self.page.screenshot(path=PICTURES / picture)

    def type_into(self, field: str, text: str) -> None:
        self.look()
        self.page.locator(field).first.press_sequentially(text, delay=MILLISECONDS_PER_KEY)

    def look(self) -> None:
        self.page.wait_for_timeout(SECONDS_TO_LOOK * 1000)

    def wait_for_letter(self, count: int) -> EmailMessage:
        while len(self.office.letters) < count:
            assert time.monotonic() - self._begin < MAX_SECONDS, "the letter did not come"
            self.page.wait_for_timeout(50)
        letter = message_from_bytes(self.office.letters[count - 1], policy=policy.default)
        assert isinstance(letter, EmailMessage)
        return letter

    def write_down(self) -> None:
        for step, second, _picture in self.seconds:
            print(f"{second:5.1f} s  {step}")
        figures = "".join(
            f'<figure><img src="{picture}" alt=""><figcaption>{second:.1f} s: {step}</figcaption></figure>'
            for step, second, picture in self.seconds
        )
        page = INDEX.format(title="From the front page to the first letter", body=figures)
        (PICTURES / "first-letter.html").write_text(page, "utf-8")
