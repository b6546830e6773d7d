"""Votes, comments and stars of papers, each kept with the time at which it was observed.

A service that is down, or has enough of us, costs its signal and nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from digest.domain import Observation, ProgressCallback, SourceUnavailable, no_progress
from digest.infra.operator_contact import operator_contact
from digest.models import Delivery, Paper, Signal, Version
from digest.sources.github import GitHub, parse_repository
from digest.sources.huggingface import HuggingFace
from digest.sources.number_parsing import MAX_SIGNAL_VALUE

# How far back the lists of daily papers are read: most papers are on that of their day, many on the next.
LIST_INTERVAL = timedelta(days=1)
# Papers announced that long ago are asked for at GitHub.
RECENT_ANNOUNCEMENTS = timedelta(days=7)
# In one run, those of the newest papers first.
MAX_REPOSITORIES = 200


@dataclass(slots=True)
class SignalReport:
    """The report of one service: how many papers it had something about, or what is wrong."""

    # Of ours, with at least one new observation.
    papers: int = 0
    observations: int = 0
    # Papers that are not ours: they wait for nothing.
    unknown: int = 0
    # Entries that could not be read, repositories that are gone.
    skipped: int = 0
    # Why not all was asked or answered.
    problem: str = ""

    @property
    def brief(self) -> int | str:
        """Return how many papers, or what is wrong, for the report of a run."""
        if not self.problem:
            return self.papers
        return (
            f"unavailable after {self.papers} papers: {self.problem}" if self.papers else f"unavailable: {self.problem}"
        )


def collect_signals(
    day: date,
    tick: ProgressCallback = no_progress,
    *,
    huggingface: HuggingFace | None = None,
    github: GitHub | None = None,
) -> Mapping[str, SignalReport]:
    """Asks both services, for half a minute at most. The stars of repositories that a list has just named included."""
    return {
        "huggingface": _collect_votes(huggingface or open_huggingface(), day),
        "github": _collect_stars(github or open_github(), day, tick),
    }


def open_huggingface() -> HuggingFace:
    return HuggingFace(settings.HUGGINGFACE_API_URL, contact=operator_contact())


def open_github() -> GitHub:
    return GitHub(settings.GITHUB_API_URL, contact=operator_contact(), token=settings.GITHUB_TOKEN)


def _collect_votes(source: HuggingFace, day: date) -> SignalReport:
    outcome = SignalReport()
    days = [day - timedelta(days=back) for back in range(LIST_INTERVAL.days + 1)]
    known = set[str]()
    try:
        for found in source.fetch_lists(days):
            rows = _paper_rows({paper.arxiv_id for paper in found.papers})
            ours = [paper for paper in found.papers if paper.arxiv_id in rows]
            outcome.observations += store_observations([(rows[paper.arxiv_id], paper.observations) for paper in ours])
            store_code_links({rows[paper.arxiv_id]: paper.code_url for paper in ours if paper.code_url})
            known |= {paper.arxiv_id for paper in ours if paper.observations}
            outcome.unknown += len(found.papers) - len(ours)
            outcome.skipped += found.skipped
    except SourceUnavailable as problem:
        outcome.problem = str(problem)
    outcome.papers = len(known)
    return outcome


def _collect_stars(source: GitHub, day: date, tick: ProgressCallback) -> SignalReport:
    wanted = _find_repositories(day)
    stars = source.fetch_stars(list(wanted), tick)
    seen = [(paper, [value]) for name, value in stars.observations.items() for paper in wanted[name]]
    return SignalReport(len(seen), store_observations(seen), skipped=stars.missing, problem=stars.problem)


def _find_repositories(day: date) -> dict[str, list[int]]:
    """Return by `owner/name` the rows of the papers whose code is there, those announced last first."""
    announced = Version.objects.filter(announcements__day__gt=day - RECENT_ANNOUNCEMENTS, announcements__day__lte=day)
    linked = announced.filter(code_url__icontains="github.com").order_by("-announcements__day", "-pk")
    wanted: dict[str, list[int]] = {}
    names: dict[str, str] = {}
    for paper, address in linked.values_list("paper_id", "code_url"):
        name = parse_repository(address)
        name = names.setdefault(name.lower(), name)
        if not name or (name not in wanted and len(wanted) >= MAX_REPOSITORIES):
            continue
        if paper not in wanted.setdefault(name, []):
            wanted[name].append(paper)
    return wanted


def _paper_rows(ids: Iterable[str]) -> dict[str, int]:
    return dict(Paper.objects.filter(arxiv_id__in=ids).values_list("arxiv_id", "pk"))


def store_observations(seen: Iterable[tuple[int, Sequence[Observation]]]) -> int:
    """Stores the observations of papers, by their rows. How many there were; the same ones again change nothing."""
    rows = [
        Signal(paper_id=paper, kind=each.kind, value=min(max(each.value, 0), MAX_SIGNAL_VALUE), observed_at=each.at)
        for paper, observations in seen
        for each in observations
    ]
    Signal.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


@transaction.atomic
def store_code_links(pages: Mapping[int, str]) -> None:
    """Store the address of their code for papers, by their rows, where they have none and no letter shows them."""
    shown = Delivery.objects.filter(edition__entries__version=OuterRef("pk"))
    rows = list(Version.objects.filter(~Exists(shown), paper__in=pages, code_url=""))
    for row in rows:
        row.code_url = pages[row.paper_id]
    Version.objects.bulk_update(rows, ["code_url"], batch_size=200)
