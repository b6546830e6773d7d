"""The formats of lists, in the order in which pages name them."""

from digest.web.paper_lists import (
    atom_format,
    bibtex_format,
    json_feed_format,
    json_lines_format,
    markdown_format,
    ris_format,
)

FEEDS = (atom_format.FORMAT, json_feed_format.FORMAT)
FILES = (markdown_format.FORMAT, json_lines_format.FORMAT, bibtex_format.FORMAT, ris_format.FORMAT)
FORMATS = (*FEEDS, *FILES)
