"""Every page and every letter by html-validate, which knows the rules of HTML. `.ci/html_validate` installs it."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from digest.delivery.letter_samples import LETTER_SAMPLES, SAMPLE_ADDRESS, build_sample
from subscriptions.letter_languages import LETTER_LANGUAGES
from subscriptions.preference_defaults import PAPERS_IN_FULL
from tests.letters.sample_letters import edition, letter, order, paper
from tests.people import ada
from tests.web.every_page import PAGES, fill_site, open_pages, own_browsers

pytestmark = [pytest.mark.html, pytest.mark.django_db]

# By configuration: the rules for pages, for letters, and for operators' pages, of which Django writes the most.
RULES = Path(__file__).resolve().parent / "html_validate"

FORM_KEY = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"')

# The operator's pages that have a template of ours.
OPERATOR_PAGES = (
    "/admin/login/",
    "/admin/",
    f"/admin/person/?find={ada.email}",
    "/admin/digest/edition/",
    "/admin/digest/edition/letters/",
    "/admin/digest/ledgerline/",
    "/admin/digest/ledgerline/calendar/",
)


@pytest.fixture(autouse=True)
def _site(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_FILE_PATH = settings.MAILBOX = str(tmp_path / "mailbox")
    fill_site()


def test_every_page_and_every_letter_is_valid_html(tmp_path: Path) -> None:
    letters = {name: page for name, page in PAGES.items() if page.is_letter}
    of_site = open_pages(own_browsers(), {name: page for name, page in PAGES.items() if name not in letters})
    found = {
        "pages": leave_out_repeated({opened.name: opened.response.content for opened in of_site}),
        "letters": dict(make_letters()),
        "operators": dict(open_operator_pages()),
    }
    found["letters"] |= {opened.name: opened.response.content for opened in open_pages([Client()], letters)}
    assert find_errors(found, tmp_path) == []


def leave_out_repeated(pages: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the pages without those that another browser got with another form key alone."""
    names = {FORM_KEY.sub(b"", page): name for name, page in pages.items()}
    return {name: pages[name] for name in names.values()}


def open_operator_pages() -> Iterator[tuple[str, bytes]]:
    """Yield the operator's pages in each language."""
    operator = Client()
    operator.force_login(get_user_model().objects.create_superuser("operator", "", "a long password"))
    for address, spoken in product(OPERATOR_PAGES, LETTER_LANGUAGES.values()):
        browser = Client() if "login" in address else operator
        response = browser.get(address, headers={"accept-language": spoken.html_code})
        assert response.status_code == 200, address
        yield f"{address} ({spoken.code})", response.content


def make_letters() -> Iterator[tuple[str, bytes]]:
    """Yield each kind of letter in each language, and the day's in each detail, with all that may stand in one."""
    for kind, language in product(LETTER_SAMPLES, LETTER_LANGUAGES):
        message = build_sample(kind, language, SAMPLE_ADDRESS, timezone.now())
        yield f"{kind} ({language})", str(message.alternatives[0][0]).encode()
    papers = [paper(rank, code_url="https://code.example/x", kind="cross") for rank in range(30)]
    papers += [paper(30, kind="withdrawn")]
    contents = edition(papers, note="A *note* with [a link](https://post.example/).")
    for detail, language in product(PAPERS_IN_FULL, LETTER_LANGUAGES):
        wanted = order(*range(30), detail=detail, language=language, matched=40, notices=(30,))
        yield f"{detail} ({language})", letter(wanted, contents).html.encode()


def find_errors(found: Mapping[str, Mapping[str, bytes]], folder: Path) -> list[str]:
    """Return what is wrong, each as its page, the line, the rule and the message. One process reads all of it.

    *found* has pages by the name of the configuration that they are read with.
    """
    names = {}
    for configuration, pages in found.items():
        own = folder / configuration
        own.mkdir()
        rules = json.dumps(str(RULES / f"{configuration}.cjs"))
        (own / ".htmlvalidate.cjs").write_text(f"module.exports = require({rules});")
        for number, (name, page) in enumerate(pages.items()):
            (own / f"{number}.html").write_bytes(page)
            names[str(own / f"{number}.html")] = name
    report = folder / "report.json"
    with report.open("wb") as output:  # into a pipe, Node.js writes no more than fits
        checked = subprocess.run([os.environ["HTML_VALIDATE"], "--formatter", "json", *names], stdout=output)
    assert checked.returncode in (0, 1)
    return [
        f"{names[file['filePath']]}:{each['line']}: {each['ruleId']}: {each['message']}"
        for file in json.loads(report.read_bytes())
        for each in file["messages"]
    ]
