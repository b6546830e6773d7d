"""Every page and every letter in the sizes and colours that readers have: pictures with an index, and what must hold.

`make screenshots` runs it alone; the pictures are in var/screenshots, and index.html there shows them all.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from html import escape
from itertools import product
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response, Route
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from digest.delivery.letter_samples import LETTER_SAMPLES, SAMPLE_ADDRESS, build_sample
from digest.ingest.source_factory import listing_day
from digest.models import Version
from digest.pipeline import run_day
from digest.sources.files.sample import SampleSource
from digest.web.author_links import name_in_address
from subscriptions.letter_languages import LETTER_LANGUAGES, LetterLanguage
from subscriptions.links import tokens
from subscriptions.links.lookup import departure_epoch
from subscriptions.models import Subscriber
from tests.people import ada, bao, chidi, subscribe
from tests.web.every_page import PAGES, fill_site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PICTURES = Path(__file__).resolve().parent.parent.parent / "var" / "screenshots"

WIDTHS = (320, 768, 1280)
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
HEIGHT = 900

# A page and all that it brings, without what is cached.
MAX_PAGE_BYTES = 100_000

# Of what a finger has to hit, in pixels; links within a sentence are exempt (WCAG 2.2, 2.5.8).
MIN_TARGET = 24

# The smallest of a page's fields, buttons and links of their own, and what is wider than the screen.
MEASURE = """minimum => {
  const seen = element => element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
  const tooSmall = [...document.querySelectorAll("button, select, summary, textarea, input:not([type=hidden])")]
    .filter(element => seen(element) && !element.closest("[aria-hidden=true]"))
    .filter(element => !element.labels?.length || !["checkbox", "radio"].includes(element.type))
    .map(element => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.width < minimum || box.height < minimum))
    .map(([html, box]) => `${html} ${Math.round(box.width)}x${Math.round(box.height)}`);
  return {tooSmall, sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth};
}"""


INDEX = """<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>
<style>
body {{ font-family: sans-serif }} figure {{ display: inline-block; vertical-align: top; margin: 8px }}
img {{ width: 300px }}
</style>
<h1>{title}</h1>{body}"""


@dataclass(frozen=True)
class Shown:
    """A page by the name of its picture."""

    name: str
    address: str
    status: int = 200


@pytest.fixture
def reader(site: str) -> Subscriber:
    """A reader who got today's letter."""
    reader = subscribe(ada, filters="attention\nlanguage model", timezone="Asia/Tokyo")
    subscribe(bao, categories="cs.LG cs.CV", timezone="Asia/Tokyo")
    subscribe(chidi, status=Subscriber.Status.UNSUBSCRIBED, unsubscribed_at=timezone.now())
    run_day(listing_day(), SampleSource())
    return reader


@pytest.fixture
def letter(reader: Subscriber, tmp_path: Path) -> str:
    """The text of the reader's letter."""
    return read_letters(tmp_path)[ada.email][1]


def read_letters(folder: Path) -> dict[str, tuple[str, str]]:
    """Return the HTML and the text of each letter in a mailbox, by its address."""
    found = {}
    for file in sorted(folder.rglob("*.eml")):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        html, text = message.get_body(("html",)), message.get_body(("plain",))
        assert html is not None
        assert text is not None
        found[str(message["To"].addresses[0].addr_spec)] = (html.get_content(), text.get_content())
    return found


def find_public_pages(site: str, letter: str) -> list[Shown]:
    """Return the pages for everybody, and those behind the links of a letter."""
    paper = re.search(rf"{re.escape(site)}/papers/[^\s?]+", letter)
    gone = Subscriber.objects.get(id=chidi.id)
    public = [
        Shown("front", "/"),
        Shown("front-filled", "/?filters=attention&categories=cs.LG"),
        Shown("today", "/today/"),
        Shown("edition", f"/editions/{listing_day()}/"),
        Shown("calendar", "/editions/"),
        Shown("categories", "/categories/"),
        Shown("category", "/categories/cs.LG/"),
        Shown("api", "/api/"),
        Shown("search", "/search/?q=language+model&order=newest"),
        Shown("search-empty", "/search/"),
        Shown("search-nothing", "/search/?q=%22no+such+words%22&cat=cs.LG"),
        Shown("search-mistake", "/search/?q=(broken&from=never"),
        Shown("search-mistyped", "/search/?q=langauge+model"),
        Shown("topics", "/topics/"),
        Shown("topic", "/topics/language%20model/"),
        Shown("topic-nothing", "/topics/zebras/"),
        Shown("privacy", "/privacy/"),
        Shown("how-papers-are-chosen", "/how-papers-are-chosen/"),
        Shown("link", "/link/"),
        Shown("sent", "/sent/"),
        Shown("preferences-of-a-stranger", "/preferences/"),
        Shown("mailbox", "/mailbox/"),
        Shown("confirm-too-old", "/confirm/nonsense/", 400),
        Shown("come-back", f"/return/{tokens.make('return', chidi.id, departure_epoch(gone))}/"),
    ]
    if paper:
        public.append(Shown("paper", paper.group().removeprefix(site)))
        public.append(Shown("similar", f"{paper.group().removeprefix(site)}similar/"))
    author = Version.objects.order_by("pk").values_list("authors", flat=True)[0][0]
    public.append(Shown("author", f"/authors/{quote(name_in_address(author))}/"))
    return public


def find_linked_pages(site: str, letter: str) -> Iterator[Shown]:
    """Yield one page of each kind that a letter links to."""
    for kind in ("preferences", "unsubscribe", "letters", "feedback"):
        if found := re.search(rf"{re.escape(site)}(/{kind}/[^\s<>]+)", letter):
            yield Shown(f"letter-{kind}", found.group(1))


def find_account_pages() -> list[Shown]:
    """Return the pages of a reader whose browser is remembered."""
    return [
        Shown("preferences", "/preferences/"),
        Shown("saved", "/saved/"),
        Shown("disliked", "/disliked/"),
        Shown("past-letters", "/past-letters/"),
        Shown("private-feed", "/my-feed/"),
        Shown("rate-letter", f"/past-letters/{listing_day()}/"),
        Shown("signals", "/signals/"),
        Shown("links", "/preferences/links/"),
        Shown("delete", "/preferences/delete/"),
    ]


in_each_look = pytest.mark.parametrize(
    ("scheme", "scripts"), [("light", True), ("dark", True), ("light", False)], ids=["light", "dark", "no-scripts"]
)


@in_each_look
def test_every_page_for_everybody_fits_is_accessible_and_light(
    browser: Browser, site: str, letter: str, scheme: Scheme, scripts: bool
) -> None:
    suffix = f"{scheme}{'' if scripts else '-no-scripts'}"
    context = browser.new_context(color_scheme=scheme, java_script_enabled=scripts)
    camera = Camera(context, site, suffix, checks_script=scripts)
    for shown in find_public_pages(site, letter):
        camera.take(shown)
    context.close()
    write_index(f"pages-{suffix}", camera.taken)
    assert not camera.faults, "\n".join(camera.faults)


@in_each_look
def test_every_page_of_a_reader_fits_is_accessible_and_light(
    browser: Browser, site: str, reader: Subscriber, letter: str, scheme: Scheme, scripts: bool
) -> None:
    suffix = f"{scheme}{'' if scripts else '-no-scripts'}"
    context = browser.new_context(color_scheme=scheme, java_script_enabled=scripts)
    camera = Camera(context, site, suffix, checks_script=scripts)
    for shown in find_linked_pages(site, letter):
        camera.take(shown)
    open_account(camera.page, site, reader)
    for shown in find_account_pages():
        camera.take(shown)
    context.close()
    write_index(f"readers-pages-{suffix}", camera.taken)
    assert not camera.faults, "\n".join(camera.faults)


@pytest.mark.parametrize("language", LETTER_LANGUAGES.values(), ids=LETTER_LANGUAGES)
def test_every_page_of_every_address_fits_a_small_telephone_without_scripts(
    browser: Browser, live_server: LiveServer, settings: Settings, tmp_path: Path, language: LetterLanguage
) -> None:
    """All pages in the list of `tests/web/every_page.py`, which no address is missing from."""
    settings.DEBUG = True
    settings.SITE_URL = live_server.url
    settings.EMAIL_FILE_PATH = settings.MAILBOX = str(tmp_path)
    fill_site()
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": HEIGHT}, locale=language.html_code)
    context.route(lambda _address: True, serve_without_scripts)
    page, faults, pictures = context.new_page(), list[str](), list[str]()
    open_account(page, live_server.url, Subscriber.objects.get(id=ada.id))
    PICTURES.mkdir(parents=True, exist_ok=True)
    # The policy of letters lets no script run, not even axe: those are set as content below.
    for name, each in ((name, each) for name, each in PAGES.items() if not each.is_letter):
        response = page.goto(f"{live_server.url}{each.address()}")
        if response is None or response.status not in (each.status, 200):
            faults.append(f"{name}: answered {response and response.status}")
            continue
        if (wide := page.evaluate(MEASURE, MIN_TARGET)["sideways"]) > 0:
            faults.append(f"{name}: {wide} pixels too wide")
        faults += [f"{name}: {describe_violation(found)}" for found in Axe().run(page).response["violations"]]
        pictures.append(f"{name.replace(' ', '-')}-{language.code}-{WIDTHS[0]}.png")
        page.screenshot(path=PICTURES / pictures[-1], full_page=True)
    context.close()
    write_index(f"every-page-{language.code}", pictures)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_letter_fits_and_is_accessible(
    browser: Browser, site: str, reader: Subscriber, tmp_path: Path, scheme: Scheme
) -> None:
    context = browser.new_context(color_scheme=scheme)
    camera = Camera(context, site, scheme, checks_script=True)
    sent = {name: html for name, (html, _) in read_letters(tmp_path).items()}
    for kind, language in product(LETTER_SAMPLES, LETTER_LANGUAGES):
        message = build_sample(kind, language, SAMPLE_ADDRESS, timezone.now())
        sent[f"{kind}-{language}"] = str(message.alternatives[0][0])
    for name, html in sent.items():
        camera.page.set_content(html)
        camera.measure(f"letter-{name}")
    context.close()
    write_index(f"letters-{scheme}", camera.taken)
    assert not camera.faults, "\n".join(camera.faults)


def serve_without_scripts(route: Route) -> None:
    """Answer with pages as browsers show them that run no scripts: in such a browser axe could not run either."""
    if route.request.resource_type == "script":
        route.abort()
    elif route.request.resource_type != "document" or route.request.method != "GET":
        route.continue_()
    else:
        response = route.fetch(max_redirects=0)
        body = re.sub(r"</?noscript>", "", re.sub(r"<script.*?</script>", "", response.text(), flags=re.DOTALL))
        route.fulfill(response=response, body=body)


def open_account(page: Page, site: str, reader: Subscriber) -> None:
    """Use the mailed link that opens the account, so that the browser is remembered."""
    page.goto(f"{site}/account/{tokens.make('account', reader.id, reader.epoch)}/")
    page.locator("main form button").first.click()
    page.wait_for_url("**/preferences/")


class Camera:
    """Opens pages in every width, keeps their pictures, and notes what is wrong."""

    def __init__(self, context: BrowserContext, site: str, suffix: str, *, checks_script: bool) -> None:
        self.page = context.new_page()
        self.faults: list[str] = []
        self.taken: list[str] = []
        self._site, self._suffix, self._checks_script = site, suffix, checks_script
        self._bytes: dict[str, int] = {}
        self._name = ""
        # A browser complains of a page that is refused, though it is meant to be.
        self._is_refused = False
        self.page.on("response", self._note_response)
        self.page.on("console", self._note_complaint)
        self.page.on("pageerror", lambda error: self._note(str(error)))

    def take(self, shown: Shown) -> None:
        """Open a page and take its pictures."""
        self._name, self._bytes, self._is_refused = shown.name, {}, shown.status >= 400
        self.page.set_viewport_size({"width": WIDTHS[-1], "height": HEIGHT})
        response = self.page.goto(f"{self._site}{shown.address}", wait_until="load")
        if response is None or response.status != shown.status:
            self._note(f"answered {response and response.status}")
            return
        self.page.wait_for_load_state("networkidle")
        if (size := sum(self._bytes.values())) > MAX_PAGE_BYTES:
            self._note(f"{size:,} bytes")
        self.measure(shown.name)

    def measure(self, name: str) -> None:
        """Take the pictures of what is shown now, in every width."""
        self._name = name
        PICTURES.mkdir(parents=True, exist_ok=True)
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": HEIGHT})
            file = f"{name}-{width}-{self._suffix}.png"
            self.page.screenshot(path=PICTURES / file, full_page=True)
            self.taken.append(file)
            found: dict[str, Any] = self.page.evaluate(MEASURE, MIN_TARGET) if self._checks_script else {}
            if found.get("sideways", 0) > 0:
                self._note(f"{found['sideways']} pixels too wide at {width}")
            self.faults += [f"{name} at {width}: small target {each}" for each in found.get("tooSmall", ())]
        if self._checks_script:
            self._note_if_broken_from_right_to_left(name)
            violations = Axe().run(self.page).response["violations"]
            self.faults += [f"{name}: {describe_violation(each)}" for each in violations]

    def _note_if_broken_from_right_to_left(self, name: str) -> None:
        self.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        self.page.evaluate("document.documentElement.dir = 'rtl'")
        file = f"{name}-rtl-{self._suffix}.png"
        self.page.screenshot(path=PICTURES / file, full_page=True)
        self.taken.append(file)
        if (wide := self.page.evaluate(MEASURE, MIN_TARGET)["sideways"]) > 0:
            self._note(f"{wide} pixels too wide from right to left")
        self.page.evaluate("document.documentElement.dir = 'ltr'")

    def _note(self, fault: str) -> None:
        if not self._is_refused or not fault.startswith("Failed to load resource"):
            self.faults.append(f"{self._name} ({self._suffix}): {fault}")

    def _note_complaint(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(message.text)

    def _note_response(self, response: Response) -> None:
        if not response.url.startswith((self._site, "data:", "about:")):
            self._note(f"asks a third party: {response.url}")
        if response.request.resource_type in {"document", "stylesheet", "script", "image", "font", "fetch", "xhr"}:
            self._bytes[response.url] = len(response.body()) if response.ok else 0


def describe_violation(violation: dict[str, Any]) -> str:
    """Return what an accessibility rule found, with the first place."""
    return f"{violation['id']}: {violation['help']}: {violation['nodes'][0]['html'][:120]}"


def write_index(part: str, pictures: Sequence[str]) -> None:
    """Write a page that shows these pictures, and the index of all such pages."""
    figures = "".join(
        f'<figure><a href="{escape(each)}"><img src="{escape(each)}" loading="lazy" alt=""></a>'
        f"<figcaption>{escape(each)}</figcaption></figure>"
        for each in sorted(set(pictures))
    )
    (PICTURES / f"{part}.html").write_text(INDEX.format(title=part, body=figures), "utf-8")
    parts = sorted(file.stem for file in PICTURES.glob("*.html") if file.stem != "index")
    links = "".join(f'<p><a href="{each}.html">{each}</a></p>' for each in parts)
    (PICTURES / "index.html").write_text(INDEX.format(title="Screenshots", body=links), "utf-8")
