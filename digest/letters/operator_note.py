"""The operator's note: Markdown, of which only harmless markup and http, https and mailto links remain."""

import markdown
import nh3

from digest.letters.text_layout import fold_text, remove_invisible

ALLOWED_TAGS = {"p", "a", "strong", "em", "ul", "ol", "li", "code", "br", "blockquote"}


def render_html(note: str) -> str:
    """Return the note as harmless HTML."""
    html = markdown.markdown(remove_invisible(note), output_format="html")
    return nh3.clean(
        html, tags=ALLOWED_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"}, link_rel=None
    ).strip()


def render_text(note: str) -> str:
    """Return the Markdown itself, which reads well, in short lines."""
    return "\n".join(fold_text(line) for line in remove_invisible(note).strip().splitlines())
