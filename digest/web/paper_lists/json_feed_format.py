"""Lists as JSON feeds: https://www.jsonfeed.org/version/1.1/."""

import json
from collections.abc import Iterator

from django.conf import settings
from django.templatetags.static import static

from digest.domain import PaperRecord
from digest.letters import links
from digest.letters.tex.to_unicode import to_text
from digest.letters.text_layout import one_line
from digest.letters.wording import html_language
from digest.web.paper_lists.addresses import full_address, paper_address, path_in_format
from digest.web.paper_lists.entry_text import describe_paper, describe_shortly
from digest.web.paper_lists.list_format import MAX_AUTHORS, ListFormat
from digest.web.paper_lists.paper_list import PaperList
from subscriptions.page_language import page_language

NAME = "json"
VERSION = "https://jsonfeed.org/version/1.1"


def write_json_feed(papers: PaperList) -> Iterator[str]:
    feed = {
        "version": VERSION,
        "title": one_line(papers.title),
        "description": one_line(papers.description),
        "home_page_url": full_address(papers.path),
        "feed_url": full_address(path_in_format(papers.path, NAME)),
        "favicon": full_address(static("favicon.svg")),
        "language": html_language(page_language()),
        "authors": [{"name": one_line(settings.SITE_NAME), "url": full_address("/")}],
        "items": [_make_item(papers, paper) for paper in papers.papers],
    }
    yield json.dumps(feed, ensure_ascii=False) + "\n"


def _make_item(papers: PaperList, paper: PaperRecord) -> dict[str, object]:
    address, summary = paper_address(paper), papers.summaries.get(paper.version_id)
    return {
        "id": address,
        "url": address,
        "external_url": links.abstract_url(paper),
        "title": to_text(paper.title),
        "summary": describe_shortly(paper, summary),
        "content_html": describe_paper(paper, summary),
        **({"date_published": paper.published.isoformat()} if paper.published else {}),
        "date_modified": papers.listing_time(paper).isoformat(),
        "authors": [{"name": name} for name in map(to_text, paper.authors[:MAX_AUTHORS]) if name],
        "tags": list(filter(None, map(one_line, paper.categories))),
    }


FORMAT = ListFormat(NAME, "JSON Feed", "application/feed+json", "json", write_json_feed, is_feed=True)
