"""The catalogue of the letter's words: complete, and compiled as it is written."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib  # type: ignore[import-untyped]
from django.conf import settings

CATALOGUE = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django"
LETTERS = Path(settings.BASE_DIR) / "digest" / "letters"
TEMPLATES = Path(settings.BASE_DIR) / "templates" / "emails"
CALLS = ("pgettext", "npgettext")


def messages_in_code() -> Iterator[tuple[str, str]]:
    for file in LETTERS.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
                context, words = (ast.literal_eval(argument) for argument in node.args[:2])
                yield context, words


def messages_in_templates() -> Iterator[tuple[str, str]]:
    for file in TEMPLATES.iterdir():
        for words, context in re.findall(r'{% translate "([^"]+)" context "(letter)" %}', file.read_text("utf-8")):
            yield context, words


def test_everything_a_letter_says_has_a_chinese_word() -> None:
    known = {(entry.msgctxt, entry.msgid) for entry in polib.pofile(f"{CATALOGUE}.po") if entry.translated()}
    messages = {*messages_in_code(), *messages_in_templates()}
    assert len(messages) > 40
    assert messages - known == set()


def test_the_compiled_catalogue_is_the_written_one() -> None:
    written = {(e.msgctxt, e.msgid, e.msgstr, tuple(e.msgstr_plural.values())) for e in polib.pofile(f"{CATALOGUE}.po")}
    compiled = {
        (e.msgctxt, e.msgid, e.msgstr, tuple(e.msgstr_plural.values())) for e in polib.mofile(f"{CATALOGUE}.mo")
    }
    assert compiled == written


def test_translations_keep_what_is_filled_in() -> None:
    for entry in polib.pofile(f"{CATALOGUE}.po"):
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text:
                assert sorted(re.findall(r"%\(\w+\)[sd]", text)) == sorted(
                    set(re.findall(r"%\(\w+\)[sd]", f"{entry.msgid} {entry.msgid_plural}"))
                )
