"""What templates and code ask to have translated, found as Django's makemessages would find it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation.template import templatize

_TEXT = r"""u?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_CALL = re.compile(rf"\b(_|n?gettext)\({_TEXT}(?:, {_TEXT})?")
_WITH_CONTEXT = re.compile(r"\bn?pgettext\(")
# The functions that translate, and how many of their first arguments are words.
CALLS = {"_": 1, "gettext": 1, "gettext_lazy": 1, "ngettext": 2, "ngettext_lazy": 2}


@dataclass(frozen=True, slots=True)
class Said:
    words: str
    plural: str = ""


def in_template(path: Path) -> Iterator[Said]:
    """Templates become something like Python first, which is what makemessages hands to xgettext."""
    source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    assert not _WITH_CONTEXT.search(source), f"{path.name}: words with a context are the letters' own"
    for found in _CALL.finditer(source):
        yield Said(*(ast.literal_eval(text) for text in found.groups()[1:] if text))


def in_code(path: Path) -> Iterator[Said]:
    """Calls with words written out; those with a variable translate what was marked elsewhere."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            words = node.args[: CALLS[node.func.id]]
            if all(isinstance(each, ast.Constant) for each in words):
                yield Said(*(ast.literal_eval(each) for each in words))
