"""The codes of categories with the addresses of their pages."""

from collections.abc import Iterable
from typing import NamedTuple

from subscriptions.taxonomy import categories


class CategoryLink(NamedTuple):
    """A category as a paper names it, and the code in the address of its page; empty for one that we do not know."""

    code: str
    address: str


def link_categories(codes: Iterable[str]) -> list[CategoryLink]:
    return [CategoryLink(code, categories.canonical(code) or "") for code in codes]
