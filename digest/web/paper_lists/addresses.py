"""The addresses of lists: behind the path of a list's page stands the name of a format, as in `/saved/bibtex/`."""

from django.conf import settings
from django.urls import reverse

from digest.domain import PaperRecord
from subscriptions.page_language import page_language

# Programs that read feeds say no language and keep no cookies, so that an address must say it.
LANGUAGE_PARAMETER, USUAL_LANGUAGE = "language", "en"


def path_in_format(path: str, name: str) -> str:
    """Return the path of a list in a format, in the language of the page. *path* is `PaperList.path`."""
    before, _, query = path.partition("?")
    language = page_language()
    if language != USUAL_LANGUAGE:
        query = f"{query}&{LANGUAGE_PARAMETER}={language}".removeprefix("&")
    return f"{before}{name}/?{query}".removesuffix("?")


def full_address(path: str) -> str:
    """Return an address of this site that programs elsewhere can open."""
    return f"{settings.SITE_URL}{path}"


def paper_address(paper: PaperRecord) -> str:
    """Return the address of a paper's page, by which feeds tell it from others: it never changes."""
    return full_address(reverse("digest:paper", args=[paper.arxiv_id]))
