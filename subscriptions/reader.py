"""The Reader: all that the digest may know about a subscriber. No Django here."""

from typing import NamedTuple

# The languages of letters and the name Django has for each.
LANGUAGES: dict[str, str] = {"en": "en", "zh": "zh-hans"}

DETAILS = ("titles", "tldr", "structured", "abstract")


class Reader(NamedTuple):
    id: int
    email: str
    categories: tuple[str, ...] = ()
    # Filters in the language of interests.py, already checked.
    filters: tuple[str, ...] = ()
    language: str = "en"
    timezone: str = "UTC"
    hour: int = 8
    papers: int = 10
    minimum: int = 1
    detail: str = "tldr"
    # Part of the reader's signed links; another one makes them void.
    epoch: int = 0
    # Part of the reader's links to leave, which never become void.
    key: int = 0
