"""Lists as Atom feeds: RFC 4287."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from xml.sax.xmlreader import AttributesImpl

from django.conf import settings
from django.utils.feedgenerator import Atom1Feed
from django.utils.xmlutils import SimplerXMLGenerator

from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import one_line
from digest.letters.wording import html_language
from digest.web.paper_lists.addresses import full_address, paper_address, path_in_format
from digest.web.paper_lists.entry_text import describe_paper
from digest.web.paper_lists.list_format import MAX_AUTHORS, ListFormat
from digest.web.paper_lists.paper_list import PaperList
from subscriptions.page_language import page_language

NAME = "atom"


class PaperFeed(Atom1Feed):
    """Django's Atom feed, with several authors of an entry."""

    def latest_post_date(self) -> datetime:
        """Return when the list changed last: without papers, always the same moment."""
        updated: datetime | None = self.feed["updated"]
        return updated or datetime(1970, 1, 1, tzinfo=UTC)

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        for name in item["authors"]:
            handler.startElement("author", AttributesImpl({}))
            handler.addQuickElement("name", name)
            handler.endElement("author")


def write_atom(papers: PaperList) -> Iterator[str]:
    """Yield the feed. Its texts have no signs that XML forbids: `one_line` and `to_text` leave them out."""
    feed = PaperFeed(
        title=one_line(papers.title),
        subtitle=one_line(papers.description),
        description="",
        link=full_address(papers.path),
        feed_url=full_address(path_in_format(papers.path, NAME)),
        feed_guid=full_address(path_in_format(papers.path, NAME)),
        language=html_language(page_language()),
        author_name=one_line(settings.SITE_NAME) or full_address("/"),
        author_link=full_address("/"),
        updated=papers.updated,
    )
    for paper in papers.papers:
        address = paper_address(paper)
        feed.add_item(
            title=to_text(paper.title),
            link=address,
            unique_id=address,
            description=describe_paper(paper, papers.summaries.get(paper.version_id)),
            pubdate=paper.published,
            updateddate=papers.listing_time(paper),
            authors=list(filter(None, map(to_text, paper.authors[:MAX_AUTHORS]))),
            categories=list(filter(None, map(one_line, paper.categories))),
        )
    yield feed.writeString("utf-8")


FORMAT = ListFormat(NAME, "Atom", "application/atom+xml", "atom", write_atom, is_feed=True)
