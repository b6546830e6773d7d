"""The operator's note: Markdown, of which only harmless markup and http, https and mailto links remain."""

import markdown
import nh3

from digest.letters.text_layout import fold, seen

TAGS = {"p", "a", "strong", "em", "ul", "ol", "li", "code", "br", "blockquote"}


def as_html(note: str) -> str:
    html = markdown.markdown(seen(note), output_format="html")
    return nh3.clean(
        html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"}, link_rel=None
    ).strip()


def as_text(note: str) -> str:
    """The Markdown itself, which reads well, in short lines."""
    return "\n".join(fold(line) for line in seen(note).strip().splitlines())
