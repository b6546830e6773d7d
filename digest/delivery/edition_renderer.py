"""Renders an edition's letters while others may plan more of them."""

from digest.domain import Letter, LetterOrder
from digest.editions import load
from digest.infra.database_retry import retry_on_disconnect
from digest.letters.prerendered.renderer import LetterRenderer
from digest.letters.sender import Sender
from digest.models import Edition
from digest.picking.papers_needed import find_needed_papers
from digest.summaries import write
from subscriptions.reader import Reader


class EditionRenderer:
    """Renders letters from the papers and summaries that it loaded, and says when letters show others by now."""

    def __init__(self, edition: Edition, *, write_missing: bool = False) -> None:
        self.edition = edition
        self._load(write_missing=write_missing)

    def letter(self, reader: Reader, order: LetterOrder) -> Letter:
        """Return the letter of an order, as `LetterRenderer.letter` does."""
        if not self._renderer.contents.news.keys() >= set(order.news):
            # It became known after the papers were loaded.
            self.renew()
        return self._renderer.letter(reader, order)

    def count_missing_summaries(self) -> int:
        """Return how many of the papers that letters show have no summary in a language of their readers."""
        summaries = self._renderer.contents.summaries
        return sum((rank, language) not in summaries for language, ranks in self._needed.items() for rank in ranks)

    def is_outdated(self) -> bool:
        """Return whether letters planned since show papers whose summaries in that language are not loaded."""
        return retry_on_disconnect(lambda: find_needed_papers(self.edition)) != self._needed

    def renew(self) -> None:
        """Load what the letters planned by now show. Summaries that are missing are written without a model."""
        self._load(write_missing=True)

    def _load(self, *, write_missing: bool) -> None:
        # First what letters need: what is planned while the papers are loaded makes the renderer outdated.
        self._needed = find_needed_papers(self.edition)
        if write_missing:
            write.write_summaries(self.edition, self._needed, use_model=False)
        self._renderer = LetterRenderer(load.load_contents(self.edition, for_letters=True), Sender.from_settings())
