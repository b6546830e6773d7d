"""Votes, comments and stars of papers, each kept with the time at which it was observed.

A service that is down, or has enough of us, costs its signal and nothing else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from digest.dates import ONE_DAY
from digest.domain import ANNOUNCED_AS_NEW, Observation, ProgressCallback, SourceUnavailable, no_progress
from digest.infra.operator_contact import operator_contact
from digest.models import Delivery, Paper, PaperNews, Signal, Version
from digest.sources.github import GitHub, parse_repository
from digest.sources.huggingface import HuggingFace
from digest.sources.number_parsing import clamp_count

# The lists of so many days before are read too: most papers are on the list of their day, many on the next one.
LIST_LOOK_BACK_DAYS = 1
# In one run, those of the newest papers first.
MAX_REPOSITORIES = 200
# The names of the services in reports.
SERVICES = ("huggingface", "github")


@dataclass(slots=True)
class SignalReport:
    """The report of one service: how many papers it had observations of, or what is wrong."""

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
    """Ask both services, for half a minute at most, and return a report for each by its name.

    Stars are also collected of repositories that a list has just named.
    """
    votes = _collect_votes(huggingface or open_huggingface(), day)
    return dict(zip(SERVICES, (votes, _collect_stars(github or open_github(), day, tick)), strict=True))


def open_huggingface() -> HuggingFace:
    return HuggingFace(settings.HUGGINGFACE_API_URL, contact=operator_contact())


def open_github() -> GitHub:
    return GitHub(settings.GITHUB_API_URL, contact=operator_contact(), token=settings.GITHUB_TOKEN)


def _collect_votes(source: HuggingFace, day: date) -> SignalReport:
    report = SignalReport()
    days = [day - days_back * ONE_DAY for days_back in range(LIST_LOOK_BACK_DAYS + 1)]
    observed_ids = set[str]()
    try:
        for daily_list in source.fetch_lists(days):
            stored = Paper.objects.filter(arxiv_id__in={paper.arxiv_id for paper in daily_list.papers})
            rows = dict(stored.values_list("arxiv_id", "pk"))
            ours = [paper for paper in daily_list.papers if paper.arxiv_id in rows]
            report.observations += store_observations([(rows[paper.arxiv_id], paper.observations) for paper in ours])
            store_code_links({rows[paper.arxiv_id]: paper.code_url for paper in ours if paper.code_url}, day)
            observed_ids |= {paper.arxiv_id for paper in ours if paper.observations}
            report.unknown += len(daily_list.papers) - len(ours)
            report.skipped += daily_list.skipped
    except SourceUnavailable as problem:
        report.problem = str(problem)
    report.papers = len(observed_ids)
    return report


def _collect_stars(source: GitHub, day: date, tick: ProgressCallback) -> SignalReport:
    repositories = _find_repositories(day)
    stars = source.fetch_stars(list(repositories), tick)
    observed = [(paper, [stars_now]) for name, stars_now in stars.observations.items() for paper in repositories[name]]
    return SignalReport(len(observed), store_observations(observed), skipped=stars.missing, problem=stars.problem)


def _find_repositories(day: date) -> dict[str, list[int]]:
    """Return by `owner/name` the rows of the papers that letters of *day* may show and whose code is there."""
    announced = Version.objects.filter(announcements__day=day, announcements__kind__in=ANNOUNCED_AS_NEW)
    linked = announced.filter(code_url__icontains="github.com").order_by("-pk").distinct()
    repositories: dict[str, list[int]] = {}
    # By the name in lower case: how the newest paper writes it.
    spellings: dict[str, str] = {}
    for paper, address in linked.values_list("paper_id", "code_url"):
        name = parse_repository(address)
        name = spellings.setdefault(name.lower(), name)
        if not name or (name not in repositories and len(repositories) >= MAX_REPOSITORIES):
            continue
        if paper not in repositories.setdefault(name, []):
            repositories[name].append(paper)
    return repositories


def store_observations(observed: Iterable[tuple[int, Sequence[Observation]]]) -> int:
    """Store the observations of papers, by their rows, and return how many there were. Known ones change nothing."""
    rows = [
        Signal(paper_id=paper, kind=each.kind, value=clamp_count(each.value), observed_at=each.at)
        for paper, observations in observed
        for each in observations
    ]
    Signal.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return len(rows)


@transaction.atomic
def store_code_links(pages: Mapping[int, str], day: date) -> None:
    """Store the address of their code for papers, by their rows, where they have none and no letter shows them.

    Of the others it is news, for readers who kept or were sent them.
    """
    shown = Delivery.objects.filter(edition__entries__version=OuterRef("pk"))
    without_code = Version.objects.filter(paper__in=pages, code_url="")
    has_code = Version.objects.filter(paper=OuterRef("paper")).exclude(code_url="")
    known = without_code.filter(Exists(shown), ~Exists(has_code))
    PaperNews.objects.bulk_create(
        [
            PaperNews(paper_id=each.paper_id, kind="code", day=day, title=each.title, address=pages[each.paper_id])
            for each in known
        ],
        ignore_conflicts=True,
    )
    rows = list(without_code.filter(~Exists(shown)))
    for row in rows:
        row.code_url = pages[row.paper_id]
    Version.objects.bulk_update(rows, ["code_url"], batch_size=200)
