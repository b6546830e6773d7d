"""Papers that searches find, for the tests of search, topic and similar pages."""

from collections.abc import Iterable
from datetime import date

from digest.editions.version_vectors import fill_vectors
from digest.models import Version
from digest.search.index import index_versions
from tests.web.pages import tree, words
from tests.web.publishing import FRIDAY, Draft, publish


def publish_to_find(papers: Iterable[Draft], day: date = FRIDAY) -> None:
    """An edition of *papers* that searches find."""
    publish(papers, day)
    index_versions()
    fill_vectors(Version.objects.all())


def knots(count: int) -> list[Draft]:
    return [
        Draft(
            arxiv_id=f"2601.{number:05}",
            title=f"Knots and braids, part {number}",
            abstract=f"We study knots and braids of kind {number}.",
            tldr=f"Knots: {number}.",
        )
        for number in range(1, count + 1)
    ]


def list_titles(page: object) -> list[str]:
    """The papers on a page, in their order."""
    return [words(each.find("h2")) for each in tree(page).iter("article")]
