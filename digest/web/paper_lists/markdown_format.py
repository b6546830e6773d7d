"""Lists as Markdown: entries as in a daily digest, which can be imported again (`digest/sources/files/markdown.py`)."""

from collections.abc import Iterator

from digest.editions.export import markdown_entry
from digest.letters.text_layout import one_line
from digest.sources.files.markdown_escapes import escape, escape_title
from digest.web.paper_lists.addresses import full_address
from digest.web.paper_lists.list_format import ListFormat, name_few_authors
from digest.web.paper_lists.paper_list import PaperList


def write_markdown_list(papers: PaperList) -> Iterator[str]:
    """Yield the list's title and description, then its papers in its order."""
    title, description = one_line(papers.title), one_line(papers.description)
    yield f"# [{escape_title(title)}]({full_address(papers.path)})\n\n{escape(description)}\n"
    for number, paper in enumerate(papers.papers, 1):
        yield "\n\n" + markdown_entry(number, name_few_authors(paper), papers.summaries.get(paper.version_id))


FORMAT = ListFormat("markdown", "Markdown", "text/markdown", "md", write_markdown_list)
