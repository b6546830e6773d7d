"""Escapes text in a Markdown digest, so that it cannot pass for the digest's own structure, and reads it back.

Character references are used instead of backslashes, because abstracts are full of TeX such as `\\[`, which must stay.
"""

import html
import re

# Marks a summary that is only taken from the abstract: it is shown, but not read back as a summary.
EXTRACTIVE_MARK = "[extractive] "

_REFERENCE = re.compile(r"&(?:lt|amp|#91|#93|#44|#42);")
_AMPERSAND = re.compile(r"&(?=(?:lt|amp|#91|#93|#44|#42);)")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


def escape(text: str) -> str:
    """Return one line in which neither a tag nor a link begins. `unescape` gives the folded text back exactly."""
    folded = _AMPERSAND.sub("&amp;", " ".join(text.split()))
    marked = "&#91;" + folded[1:] if folded.startswith(EXTRACTIVE_MARK.strip()) else folded
    return _TAG.sub("&lt;", marked).replace("](", "&#93;(")


def escape_title(title: str) -> str:
    """Escape a title for the text of a link: balanced brackets may stay, others would end it early."""
    escaped = escape(title)
    return escaped if _has_balanced_brackets(escaped) else escaped.replace("[", "&#91;").replace("]", "&#93;")


def escape_name(name: str) -> str:
    """Escape a name for a list with commas, which stands between asterisks."""
    return escape(name).replace(",", "&#44;").replace("*", "&#42;")


def unescape(text: str) -> str:
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text)


def _has_balanced_brackets(text: str) -> bool:
    depth = 0
    for char in text:
        depth += (char == "[") - (char == "]")
        if depth < 0:
            return False
    return depth == 0
