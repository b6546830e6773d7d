"""An edition by hand, for the tests of this room."""

from datetime import date

from digest.models import Edition, EditionEntry, Paper, Summary, Version

DAY = date(2026, 2, 3)

ABSTRACT = (
    "Training large models is expensive. However, it remains unclear which data matter. In this paper, we propose"
    " Sieve, a method that weighs every example by its gradient norm. Specifically, our algorithm uses a running"
    " estimate over 1,000 steps. Experiments on three benchmarks show that Sieve reduces the cost by 37.5\\%. These"
    " results suggest that most examples can be left out."
)
TITLE = "Sieve: weighing examples by their gradients"


def edition(count: int = 3, day: date = DAY, abstract: str = ABSTRACT) -> Edition:
    """An edition of *count* papers whose titles begin with their number."""
    papers = Paper.objects.bulk_create([Paper(arxiv_id=f"{day:%y%m}.{day:%d}{number:03}") for number in range(count)])
    versions = Version.objects.bulk_create(
        [
            Version(paper=paper, title=f"{number} {TITLE}", abstract=abstract, primary_category="cs.LG")
            for number, paper in enumerate(papers)
        ]
    )
    made = Edition.objects.create(day=day, state="frozen")
    EditionEntry.objects.bulk_create(
        [
            EditionEntry(edition=made, version=version, rank=rank, score=1 / (rank + 1), section="cs.LG", kind="new")
            for rank, version in enumerate(versions)
        ]
    )
    return made


def version_at(made: Edition, rank: int) -> Version:
    return made.entries.get(rank=rank).version


def imported(made: Edition, rank: int, language: str = "en", tldr: str = "Told elsewhere.") -> Summary:
    return Summary.objects.create(version=version_at(made, rank), language=language, writer="imported", tldr=tldr)


def shown(made: Edition, rank: int, language: str = "en") -> Summary:
    entry = made.entries.get(rank=rank)
    return Summary.objects.get(id=entry.summaries.get(language=language).summary_id)
