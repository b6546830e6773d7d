"""The Chinese words of the digest's pages: complete, compiled, with the same gaps, and nothing that nobody says."""

import re
from pathlib import Path

import polib  # type: ignore[import-untyped]
import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from tests.web import translatable_text
from tests.web.pages import headings
from tests.web.publishing import FRIDAY, publish

ROOT = Path(settings.BASE_DIR)
FOLDER = Path("locale") / "zh_Hans" / "LC_MESSAGES"
TEMPLATES = [
    *(ROOT / "templates").glob("*.html"),
    *(ROOT / "templates" / "digest").glob("*.html"),
    *(ROOT / "templates" / "admin").rglob("*.html"),
]
CODE = [
    *(ROOT / "digest" / "models").glob("*.py"),
    *(ROOT / "digest" / "admin").glob("*.py"),
    *(ROOT / "digest" / "web").rglob("*.py"),
    *(ROOT / "digest" / "templatetags").glob("*.py"),
    *(ROOT / "deploy" / f"{name}.py" for name in ("admin_site", "column_names", "operator_actions")),
    *(ROOT / "deploy" / f"{name}_page.py" for name in ("operator", "person")),
    *(ROOT / "deploy" / f"{name}_overview.py" for name in ("day", "machine")),
    ROOT / "digest" / "apps.py",
]
GAP = re.compile(r"%\(\w+\)[sd]|%[sd]")


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
