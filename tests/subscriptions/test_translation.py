"""The Chinese words of this app: complete, compiled, and with the same gaps to fill in."""

import re
from pathlib import Path

import polib  # type: ignore[import-untyped]
import pytest
from django.utils import translation

from subscriptions import forms
from subscriptions.filters.syntax import MESSAGES
from subscriptions.taxonomy import categories

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "subscriptions" / "locale" / "zh_Hans" / "LC_MESSAGES"
LETTERS = ("note", "confirm", "link", "address", "delete", "moved", "goodbye")
TRANSLATED = re.compile(r'{% translate "([^"]+)" %}')
BLOCK = re.compile(
    r"{% blocktranslate(?P<head>[^%]*)%}(?P<text>.*?)(?:{% plural %}.*?)?{% endblocktranslate %}", re.DOTALL
)
GAP = re.compile(r"%\(\w+\)[sd]|%[sd]")


def catalogue() -> polib.POFile:
    return polib.pofile(str(FOLDER / "django.po"))


def templates() -> list[Path]:
    letters = [path for name in LETTERS for path in (ROOT / "templates" / "emails").glob(f"{name}.*")]
    return [*(ROOT / "templates" / "subscriptions").glob("*.html"), *letters]


def texts(template: str) -> set[str]:
    blocks = (re.sub(r"{{ (\w+) }}", r"%(\1)s", block["text"]) for block in BLOCK.finditer(template))
    return {*TRANSLATED.findall(template), *(" ".join(block.split()) for block in blocks)}


def test_every_text_of_pages_and_letters_has_chinese_words() -> None:
    known = {entry.msgid for entry in catalogue()}
    assert len(templates()) > 30
    for path in templates():
        assert texts(path.read_text(encoding="utf-8")) <= known, path.name


def test_every_label_and_hint_of_a_form_has_chinese_words() -> None:
    page_forms = (forms.SignUpForm, forms.NewAddressForm, forms.PreferencesForm, forms.PauseForm)
    fields = [field for form in page_forms for field in form().fields.values()]
    texts = [text for field in fields for text in (field.label, field.help_text) if text]
    assert len(texts) > 8
    with translation.override("zh-hans"):
        assert [str(text) for text in texts if not re.search("[\u4e00-\u9fff]", str(text))] == []


def test_all_problems_with_filters_and_all_fields_have_chinese() -> None:
    known = {entry.msgid for entry in catalogue()}
    assert set(MESSAGES.values()) <= known
    assert {group.name for group in categories.GROUPS} | {preset.label for preset in categories.PRESETS} <= known
    assert {category.name for category in categories.CATEGORIES.values()} <= known


def test_nothing_is_empty_and_every_gap_is_kept() -> None:
    for entry in catalogue():
        text = entry.msgstr or entry.msgstr_plural[0]
        assert text
        assert not entry.fuzzy
        assert sorted(GAP.findall(text)) == sorted(GAP.findall(entry.msgid)), entry.msgid


def test_the_compiled_words_are_the_written_ones() -> None:
    def pairs(entries: polib.POFile | polib.MOFile) -> set[tuple[str, str]]:
        return {(entry.msgid, entry.msgstr or entry.msgstr_plural[0]) for entry in entries}

    assert pairs(polib.mofile(str(FOLDER / "django.mo"))) == pairs(catalogue())


@pytest.mark.parametrize(("language", "word"), [("en", "Unsubscribe"), ("zh-hans", "退订")])
def test_django_finds_them(language: str, word: str) -> None:
    with translation.override(language):
        assert translation.gettext("Unsubscribe") == word
