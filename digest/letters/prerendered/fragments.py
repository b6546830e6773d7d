"""The prepared pieces of an edition's letters: each is rendered and inlined once, whoever gets it.

They are the pieces of ../rendering.py. Cards of the same shape share one rendering of their template.
"""

from dataclasses import replace
from datetime import date
from functools import lru_cache, partial

from digest.domain import EditionContents, Reason
from digest.letters import rendering
from digest.letters.card_content import CardContent, describe_paper, describe_parts, name_papers
from digest.letters.prerendered.html_cards import HtmlCards
from digest.letters.prerendered.text_cards import TextCards
from digest.letters.reasons import explain_reasons
from digest.letters.rendering import Fragment, Placeholders
from digest.letters.sender import Sender
from digest.letters.tex.to_unicode import to_text


class Fragments:
    """The prepared pieces of an edition. Call every method with the reader's language switched on."""

    def __init__(self, contents: EditionContents, sender: Sender) -> None:
        self.contents = contents
        self.sender = sender
        self.marks = Placeholders()
        self.titles = [to_text(paper.title) or paper.arxiv_id for paper in contents.papers]
        self._names = name_papers(contents, self.titles)
        self._content = lru_cache(None)(self._describe_paper)
        render_html = partial(rendering.render_card_html, why=self.marks.why, region=self.marks.region)
        self._html_cards = lru_cache(lambda language: HtmlCards(render_html))
        self._text_cards = lru_cache(lambda language: TextCards(self.marks.number, self.marks.why))
        self._reasons_html = lru_cache(self._render_reasons_html)
        self.more = lru_cache(self._render_more)

    def card(self, rank: int, language: str, detail: str) -> Fragment:
        """Return the card of a paper, with placeholders for its number, the reasons and around what may be marked."""
        summary = self.contents.summaries.get((rank, language))
        parts = describe_parts(self.contents.papers[rank], summary, language, detail)
        content = replace(self._content(rank, language), parts=parts)
        html = rendering.tidy_html(self._html_cards(language).card(content))
        return Fragment(html, self._text_cards(language).card(content))

    def why(self, reasons: tuple[Reason, ...], following: int, language: str) -> Fragment:
        """Return the line that tells a reader why, its text not folded; empty where there is nothing to tell.

        It also speaks for the *following* papers.
        """
        html = self._reasons_html(following, language)
        return rendering.fill_reasons(html, following, self.marks.why, explain_reasons(reasons))

    def notices(self, language: str) -> Fragment:
        """Return the heading above the notices, and the place for them."""
        return rendering.render_notices_heading(self.marks)

    def notice(self, rank: int, language: str) -> Fragment:
        """Return what became of a paper that was sent before."""
        return rendering.render_notice(self.contents.papers[rank], language, self.titles[rank])

    def shell(self, language: str, first_day: date | None) -> Fragment:
        """Return what stands around the papers; *first_day* is given where a letter covers several days."""
        return rendering.render_shell(self.contents, self.sender, language, self.marks, first_day)

    def _describe_paper(self, rank: int, language: str) -> CardContent:
        """Return the content that every card of a paper has."""
        paper, title, name = self.contents.papers[rank], self.titles[rank], self._names[rank]
        return describe_paper(paper, language, title=title, name=name, feedback=self.marks.feedback)

    def _render_reasons_html(self, following: int, language: str) -> str:
        return rendering.render_reasons_html(following, self.marks.why)

    def _render_more(self, language: str) -> str:
        return rendering.render_more_html(self.marks)
