"""Lists as JSON Lines: rows of the enhanced daily digest, which can be imported again."""

import json
from collections.abc import Iterator

from digest.editions.export import json_row
from digest.web.paper_lists.list_format import ListFormat, name_few_authors
from digest.web.paper_lists.paper_list import PaperList


def write_json_lines_list(papers: PaperList) -> Iterator[str]:
    for paper in papers.papers:
        yield (
            json.dumps(json_row(name_few_authors(paper), papers.summaries.get(paper.version_id)), ensure_ascii=False)
            + "\n"
        )


FORMAT = ListFormat("jsonl", "JSON Lines", "application/jsonl", "jsonl", write_json_lines_list)
