"""The names of authors with the addresses of their pages."""

from collections.abc import Iterable
from typing import NamedTuple

from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import one_line
from digest.letters.wording import format_author
from subscriptions.filters.person_names import split_name

MAX_NAME_LENGTH = 120


class AuthorLink(NamedTuple):
    """An author's name as people read it, and as the address of their page has it; empty where they can have none."""

    name: str
    address: str


def name_in_address(author: str) -> str:
    """Return an author's name as the address of their page has it; empty for a name that no page can have."""
    name = one_line(to_text(author))
    has_odd_segment = any(part in ("", ".", "..") for part in name.split("/"))
    return "" if len(name) > MAX_NAME_LENGTH or has_odd_segment or not split_name(name) else name


def link_authors(names: Iterable[str]) -> list[AuthorLink]:
    return [AuthorLink(format_author(name), name_in_address(name)) for name in names]
