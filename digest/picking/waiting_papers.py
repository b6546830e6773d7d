"""Finds the papers that wait for readers whose letters were skipped: on each day fewer matched than they want at least.

There are few of them, and readers wait since any of the last days. So each day is ranked by itself, once for all who
wait, and a letter has the best of its days by their scores. To rank several days together costs as much for each day
on which somebody began to wait.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from django.db.models import Q

from digest.domain import Choice, EditionContents, PaperRecord, Pick
from digest.editions.load import load_contents, unite_announcements
from digest.models import Edition
from digest.picking.choose import EditionChooser
from digest.picking.covered_days import EarlierDays
from digest.picking.sent_history import MAX_NOTICES
from subscriptions.reader import Reader

NOTHING = Choice(picks=(), matched=0)


class PaperOfADay(NamedTuple):
    """A paper as one of several days shows it, with the contents of that day and its rank there."""

    paper: PaperRecord
    contents: EditionContents
    rank: int


class LetterOfWaitingPapers(NamedTuple):
    """What a reader gets of several days, the best first, and how many papers matched."""

    picks: Sequence[tuple[Pick, PaperOfADay]]
    matched: int
    # The papers that were sent before and changed on one of these days.
    notices: Sequence[PaperOfADay]
    # The numbers of news.
    news: tuple[int, ...]


class _Day(NamedTuple):
    contents: EditionContents
    chooser: EditionChooser
    # The ranks of its papers by arXiv id.
    ranks: Mapping[str, int]


class WaitingPapers:
    """Chooses from the days before an edition and its own. Each day is loaded and ranked once, when it is needed."""

    def __init__(self, edition: Edition, of_the_day: EditionChooser) -> None:
        self._edition, self._of_the_day = edition, of_the_day
        self._days: dict[date, _Day] = {}

    def choose(self, readers: Sequence[Reader], earlier: Mapping[int, EarlierDays]) -> list[LetterOfWaitingPapers]:
        """Return the letter of each reader from the first of their days on, in their order.

        Days between that a letter covered bring nothing: they only tell what became of the papers.
        """
        self._load_days(min(earlier[reader.id].first for reader in readers))
        found: dict[int, list[tuple[_Day, Choice]]] = {reader.id: [] for reader in readers}
        for day, each in sorted(self._days.items()):
            group = [reader._replace(minimum=1) for reader in readers if earlier[reader.id].first <= day]
            for reader, choice in zip(group, each.chooser.choose(group) if group else (), strict=True):
                found[reader.id].append((each, NOTHING if day in earlier[reader.id].had else choice))
        return [_join(found[reader.id], reader.papers) for reader in readers]

    def _load_days(self, first_day: date) -> None:
        is_shown = Q(frozen_at__isnull=False) | Q(pk=self._edition.pk)
        editions = Edition.objects.filter(is_shown, day__range=(first_day, self._edition.day))
        for edition in editions.exclude(day__in=list(self._days)):
            contents = load_contents(edition)
            is_own = edition.pk == self._edition.pk
            chooser = self._of_the_day if is_own else EditionChooser(edition, contents.papers)
            ranks = {paper.arxiv_id: paper.rank for paper in contents.papers}
            self._days[edition.day] = _Day(contents, chooser, ranks)


def _join(days: Sequence[tuple[_Day, Choice]], papers: int) -> LetterOfWaitingPapers:
    """Return the letter of what was chosen on each of *days*: each paper once, in its newest version.

    News is that of the last day: it goes back as far as a letter does.
    """
    best: dict[str, Pick] = {}
    notices: dict[str, PaperOfADay] = {}
    matched = 0
    for day, choice in days:
        matched += choice.matched
        for pick in choice.picks:
            arxiv_id = day.contents.papers[pick.rank].arxiv_id
            matched -= arxiv_id in best
            if arxiv_id not in best or pick.score > best[arxiv_id].score:
                best[arxiv_id] = pick
        for rank in choice.notices:
            paper = day.contents.papers[rank]
            notices[paper.arxiv_id] = PaperOfADay(paper, day.contents, rank)
    shown = []
    for arxiv_id, pick in sorted(best.items(), key=lambda each: -each[1].score):
        stands = [(day, day.ranks[arxiv_id]) for day, _ in days if arxiv_id in day.ranks]
        paper = unite_announcements([day.contents.papers[rank] for day, rank in stands])
        if paper.kind == "withdrawn":
            matched -= 1
            continue
        day, rank = next(stand for stand in stands[::-1] if stand[0].contents.papers[stand[1]].version == paper.version)
        shown.append((pick, PaperOfADay(paper, day.contents, rank)))
    changed = sorted(notices.values(), key=lambda each: each.paper.kind != "withdrawn")
    return LetterOfWaitingPapers(shown[:papers], matched, changed[:MAX_NOTICES], days[-1][1].news)
