"""The Chinese words of the digest's pages: complete, compiled, with the same gaps, and nothing that nobody says."""

import re
from pathlib import Path
from typing import Any

import polib  # type: ignore[import-untyped]
import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from tests.web import translatable_text
from tests.web.pages import headings, tree, words
from tests.web.publishing import FRIDAY, Draft, drafts, publish
from tests.web.test_every_page import PAGES, visit

ROOT = Path(settings.BASE_DIR)
FOLDER = Path("locale") / "zh_Hans" / "LC_MESSAGES"
TEMPLATES = [*(ROOT / "templates").glob("*.html"), *(ROOT / "templates" / "digest").glob("*.html")]
CODE = [
    *(ROOT / "digest" / "models").glob("*.py"),
    *(ROOT / "digest" / "admin").glob("*.py"),
    *(ROOT / "digest" / "web").rglob("*.py"),
    *(ROOT / "digest" / "templatetags").glob("*.py"),
]
GAP = re.compile(r"%\(\w+\)[sd]|%[sd]")
# Four words in a row, which no page in Chinese has but those that quote a paper.
ENGLISH = re.compile(r"[A-Za-z]{3,}(?: [A-Za-z]+){3,}")


def catalogue(app: str = "digest") -> polib.POFile:
    return polib.pofile(str(ROOT / app / FOLDER / "django.po"))


def everything_said() -> set[translatable_text.Said]:
    in_templates = {each for path in TEMPLATES for each in translatable_text.in_template(path)}
    return in_templates | {each for path in CODE for each in translatable_text.in_code(path)}


def test_what_is_said_and_what_is_translated_are_the_same() -> None:
    known = {translatable_text.Said(entry.msgid, entry.msgid_plural) for entry in catalogue()}
    assert len(known) > 120
    assert {each.words for each in everything_said() - known} == set()
    assert {each.words for each in known - everything_said()} == set()


def test_nothing_is_empty_and_every_gap_is_kept() -> None:
    for entry in catalogue():
        text = entry.msgstr or entry.msgstr_plural[0]
        assert text
        assert not entry.fuzzy
        assert sorted(GAP.findall(text)) == sorted(GAP.findall(entry.msgid_plural or entry.msgid)), entry.msgid


def test_the_compiled_words_are_the_written_ones() -> None:
    def rows(entries: polib.POFile | polib.MOFile) -> set[tuple[str, str, str]]:
        return {(each.msgid, each.msgid_plural, each.msgstr or each.msgstr_plural[0]) for each in entries}

    assert rows(polib.mofile(str(ROOT / "digest" / FOLDER / "django.mo"))) == rows(catalogue())


@pytest.mark.parametrize("app", ["digest", "subscriptions"])
def test_no_other_catalogue_has_other_words_for_the_same(app: str) -> None:
    """Django joins all catalogues, its own admin's too: of two translations, one would be silently lost."""
    with translation.override("zh-hans"):
        for entry in catalogue(app):
            plural = entry.msgid_plural
            chosen = translation.ngettext(entry.msgid, plural, 1) if plural else translation.gettext(entry.msgid)
            assert chosen == (entry.msgstr or entry.msgstr_plural[0])


@pytest.fixture
def visited(client: Client, settings: Settings, request: pytest.FixtureRequest) -> Any:
    settings.DEBUG = request.param == "mailbox"
    return visit(client, request.param, "zh-CN,zh;q=0.9,en;q=0.5")


@pytest.mark.django_db
@pytest.mark.parametrize("visited", PAGES, indirect=True)
def test_a_visitor_who_reads_chinese_gets_every_page_in_chinese(visited: Any) -> None:
    root = tree(visited)
    assert root.get("lang") == "zh-hans"
    quoted = {each for paper in [*drafts(60), Draft()] for each in (paper.title, paper.abstract)}
    for select in root.findall(".//select[@name='timezone']"):
        select.clear()  # names of places, which stay as they are
    for formats in root.findall(".//ul[@class='links formats']"):
        formats.clear()  # names of formats
    for code in root.findall(".//code"):
        code.text = ""  # what programs write
    shown = words(root.find("body"))
    # The names of formats are names.
    quoted |= {words(each) for each in root.iter("ul") if "formats" in (each.get("class") or "")}
    for words_of_a_paper in quoted:
        shown = shown.replace(words_of_a_paper, "")
    assert ENGLISH.findall(shown) == []
    assert re.search(r"[\u4e00-\u9fff]", words(root.find("body/header")))


@pytest.mark.django_db
def test_dates_are_written_as_in_chinese(client: Client) -> None:
    publish(day=FRIDAY)
    assert headings(client.get("/today/", headers={"accept-language": "zh"})) == ["2026年1月23日 星期五"]


@pytest.mark.django_db
def test_the_preview_says_in_chinese_what_is_wrong_with_a_filter(client: Client) -> None:
    page = client.get("/", {"filters": "titel:attention"}, headers={"accept-language": "zh"}).content.decode()
    assert "无法识别“titel:”。您是指“title:”吗？" in page


def test_the_page_for_our_own_mistakes_speaks_chinese_too() -> None:
    with translation.override("zh-hans"):
        page = render_to_string("500.html")
    assert '<html lang="zh-hans">' in page
    assert "请过几分钟再试" in page
