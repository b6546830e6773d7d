"""What feeds say of a paper, in HTML: the summary with its writer, and how the abstract begins."""

from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from digest.domain import PaperRecord, SummaryRecord
from digest.letters import links
from digest.letters.tex.to_unicode import to_text
from digest.letters.wording import format_authors, format_categories, html_language, label_summary
from subscriptions.page_language import page_language

WORDS_OF_ABSTRACT = 120


def describe_paper(paper: PaperRecord, summary: SummaryRecord | None) -> str:
    """Return the HTML of a feed's entry. It holds no word of a paper that is not escaped."""
    parts = [format_html("<p>{} · {}</p>", format_authors(paper.authors), format_categories(paper))]
    if paper.kind == "withdrawn":
        parts.append(format_html("<p><strong>{}</strong></p>", _("withdrawn by its authors")))
    if summary:
        language, label = html_language(summary.language), label_summary(summary, page_language())
        text = to_text(summary.text.tldr)
        parts.append(format_html('<p lang="{}"><strong>TL;DR</strong> {} <em>({})</em></p>', language, text, label))
    abstract = Truncator(to_text(paper.abstract)).words(WORDS_OF_ABSTRACT)
    parts.append(format_html('<p lang="en"><strong>{}</strong> {}</p>', _("Abstract"), abstract))
    addresses = [(_("Abstract on arXiv"), links.abstract_url(paper))]
    if paper.kind != "withdrawn":
        addresses.append(("PDF", links.pdf_url(paper)))
    if code := links.code_url(paper):
        addresses.append((_("Code"), code))
    named = format_html_join(" · ", '<a href="{1}">{0}</a>', addresses)
    return "".join((*parts, format_html("<p>{}</p>", named)))


def describe_shortly(paper: PaperRecord, summary: SummaryRecord | None) -> str:
    """Return one plain sentence or two: the TL;DR, else how the abstract begins."""
    return to_text(summary.text.tldr) if summary else Truncator(to_text(paper.abstract)).words(55)
