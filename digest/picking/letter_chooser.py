"""Chooses the papers of letters, each from all days that its reader's letter covers.

Most letters cover the edition's own day: their readers go the way of `choose.py` alone. The papers of several days are
ranked once, for all readers whose letters begin with the same day, when the first of them comes. Where letters were
skipped for too few papers, `waiting_papers.py` says what came of the days.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from digest.domain import Choice, EditionContents, PaperRecord
from digest.editions.load import load_covered_days
from digest.models import Edition
from digest.picking.choose import EditionChooser
from digest.picking.covered_days import CoveredDays, EarlierDays
from digest.picking.waiting_papers import WaitingPapers
from digest.ranking.matching.day_index import DayIndex
from subscriptions.letter_languages import LETTER_LANGUAGES
from subscriptions.reader import Reader


class LetterChooser:
    """Chooses for chunks of readers of one edition."""

    def __init__(
        self,
        edition: Edition,
        papers: Sequence[PaperRecord],
        *,
        fills_interests: bool = False,
        index: DayIndex | None = None,
    ) -> None:
        """*papers* are those of the edition's day; *fills_interests* and *index* are those of EditionChooser."""
        # The edition's own by rank, and then the earlier ones of letters chosen so far: `papers[n].rank == n`.
        self.papers = list(papers)
        # Where each of the earlier ones comes from: the contents of its days, and its rank there.
        self._origins: list[tuple[EditionContents, int]] = []
        self._edition, self._fills_interests = edition, fills_interests
        self._of_the_day = EditionChooser(edition, papers, fills_interests=fills_interests, index=index)
        self._covered_days = CoveredDays(edition)
        self._waiting_papers = WaitingPapers(edition, self._of_the_day)
        self._of_days: dict[date, EditionChooser] = {}
        self._contents: dict[date, EditionContents] = {}
        self._numbers = {paper.version_id: paper.rank for paper in papers}

    def choose(self, readers: Sequence[Reader]) -> list[Choice]:
        """Return the choice for each reader of this chunk, in their order. Its ranks are numbers of `papers`."""
        earlier = self._covered_days.find(readers)
        if not earlier:
            return self._of_the_day.choose(readers)
        groups: defaultdict[date, list[Reader]] = defaultdict(list)
        of_today, enough = [], []
        for reader in readers:
            days = earlier.get(reader.id)
            if days is None or days.waiting is not None:
                of_today.append(reader)
            else:
                groups[days.first].append(reader)
        found: dict[int, Choice] = {}
        for reader, choice in zip(of_today, self._of_the_day.choose(of_today) if of_today else (), strict=True):
            found[reader.id] = choice
            if (days := earlier.get(reader.id)) and days.waiting is not None:
                if choice.matched + days.waiting < reader.minimum:
                    # Also where nothing matched today: the others go on waiting.
                    found[reader.id] = choice._replace(excluded="below_minimum")
                else:
                    enough.append(reader)
        if enough:
            found |= self._add_waiting_papers(enough, earlier, found)
        for first_day, group in groups.items():
            choices = self.choose_from_days(first_day, group)
            found.update(zip((reader.id for reader in group), choices, strict=True))
        return [found[reader.id] for reader in readers]

    def _add_waiting_papers(
        self, readers: Sequence[Reader], earlier: Mapping[int, EarlierDays], of_today: Mapping[int, Choice]
    ) -> dict[int, Choice]:
        """Return the choice for readers whose letters were skipped, by id: the best since the first of these days."""
        letters = {}
        for reader, letter in zip(readers, self._waiting_papers.choose(readers, earlier), strict=True):
            if letter.matched < reader.minimum:
                # Some were found on two days. The row counts today's alone, as the others have rows of their own.
                letters[reader.id] = Choice((), of_today[reader.id].matched, "below_minimum")
                continue
            letters[reader.id] = Choice(
                tuple(pick._replace(rank=self._number(*paper)) for pick, paper in letter.picks),
                letter.matched,
                notices=tuple(self._number(*paper) for paper in letter.notices),
                covers_from=earlier[reader.id].first,
                news=letter.news,
            )
        return letters

    def choose_from_days(self, first_day: date, readers: Sequence[Reader]) -> list[Choice]:
        """Return what `choose` would if the letters of all *readers* covered the days from *first_day* on."""
        contents = self._contents.get(first_day)
        if contents is None:
            contents = self._contents[first_day] = load_covered_days(self._edition, first_day)
            self._of_days[first_day] = EditionChooser(
                self._edition, contents.papers, first_day=first_day, fills_interests=self._fills_interests
            )
        return [
            choice.renumber(lambda rank: self._number(contents.papers[rank], contents, rank))._replace(
                covers_from=first_day if choice.picks else None
            )
            for choice in self._of_days[first_day].choose(readers)
        ]

    def choose_first_letters(self, first_day: date, readers: Sequence[Reader]) -> list[Choice]:
        """Return the papers of the day, or of the days from *first_day* on for whom the day's do not fill a letter."""
        choices = self._of_the_day.choose(readers)
        places = [place for place, reader in enumerate(readers) if len(choices[place].picks) < reader.papers]
        if first_day < self._edition.day and places:
            of_days = self.choose_from_days(first_day, [readers[place] for place in places])
            for place, choice in zip(places, of_days, strict=True):
                if len(choice.picks) > len(choices[place].picks):
                    choices[place] = choice
        return choices

    def show(self, contents: EditionContents) -> EditionContents:
        """Return the *contents* of the edition's day, with the earlier papers of the letters chosen so far."""
        summaries = {
            (number, language): days.summaries[rank, language]
            for number, (days, rank) in enumerate(self._origins, start=len(contents.papers))
            for language in LETTER_LANGUAGES
            if (rank, language) in days.summaries
        }
        return replace(contents, papers=tuple(self.papers), summaries={**contents.summaries, **summaries})

    def _number(self, paper: PaperRecord, contents: EditionContents, rank: int) -> int:
        """Return the number in `papers` of a paper of several days, which gets one when it is first chosen.

        It stands in *contents* at *rank*.
        """
        number = self._numbers.setdefault(paper.version_id, len(self.papers))
        if number == len(self.papers):
            self.papers.append(replace(paper, rank=number))
            self._origins.append((contents, rank))
        return number
