"""A day asks how much attention its papers get, and goes on without an answer."""

from datetime import date

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from digest.ingest.source_factory import listing_day
from digest.management.report_text import format_report
from digest.models import Edition, Signal
from digest.pipeline import STAGES, run_day, run_stages
from digest.run import Report
from digest.scheduler import prepare_day
from digest.sources.files.sample import SampleSource
from tests.ingest.services import Services, liked
from tests.people import ada, subscribe
from tests.pipeline.arxiv import Announced, LocalArxiv

pytestmark = pytest.mark.django_db(transaction=True)

TUESDAY = date(2026, 2, 3)


@pytest.fixture
def services(httpserver: HTTPServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Services:
    found = Services(httpserver)
    found.hurry(monkeypatch)
    settings.SIGNALS = True
    settings.HUGGINGFACE_API_URL = found.huggingface().url
    settings.GITHUB_API_URL = found.github().url
    found.lists[TUESDAY] = [liked(2, upvotes=90, githubRepo="https://github.com/ada/sort")]
    found.stars["ada/sort"] = 700
    return found


@pytest.fixture
def arxiv(httpserver: HTTPServer) -> LocalArxiv:
    return LocalArxiv(httpserver, TUESDAY, [Announced(f"2602.0000{number}", TUESDAY) for number in (1, 2, 3)])


def asked(services: Services) -> int:
    paths = [request.path for request, _answer in services.server.log]
    services.server.clear_log()
    return len([path for path in paths if path == "/api/daily_papers" or path.startswith("/repos/")])


def prepare(arxiv: LocalArxiv) -> Report:
    return run_stages(TUESDAY, arxiv.source(), ("fetch", "signals", "build"))


def first() -> str:
    entry = Edition.objects.get().entries.select_related("version__paper").order_by("rank").first()
    assert entry is not None
    return entry.version.paper.arxiv_id


def test_the_most_wanted_paper_leads_the_edition_of_the_same_run(arxiv: LocalArxiv, services: Services) -> None:
    report = prepare(arxiv)
    assert (report.signals, report.balanced) == ({"huggingface": 1, "github": 1}, True)
    assert first() == "2602.00002"
    assert set(Signal.objects.values_list("kind", "value")) == {("upvotes", 90), ("stars", 700)}
    assert "  signals    huggingface 1 paper; github 1 paper" in list(format_report(report))


def test_unavailable_services_cost_only_their_signals(arxiv: LocalArxiv, services: Services) -> None:
    services.down = {"huggingface", "github"}
    report = prepare(arxiv)
    assert (report.edition, report.balanced) == (3, True)
    assert "status 500" in str(report.signals["huggingface"])
    assert any("unavailable" in line for line in format_report(report))
    assert first() == "2602.00001"


def test_the_scheduled_run_asks_as_well(arxiv: LocalArxiv, services: Services) -> None:
    assert prepare_day(TUESDAY, arxiv.source()).signals == {"huggingface": 1, "github": 1}
    assert list(STAGES)[:3] == ["fetch", "signals", "build"]


def test_files_and_the_sample_bring_their_own(services: Services) -> None:
    report = run_day(listing_day(), SampleSource())
    assert (report.signals, asked(services)) == ({}, 0)


def test_a_dry_run_asks_nobody(arxiv: LocalArxiv, services: Services) -> None:
    report = run_stages(TUESDAY, arxiv.source(), ("fetch", "signals", "build"), dry_run=True)
    assert (report.signals, report.edition, asked(services)) == ({}, 3, 0)


def test_whoever_does_not_want_signals_has_none(arxiv: LocalArxiv, services: Services, settings: Settings) -> None:
    settings.SIGNALS = False
    assert (prepare(arxiv).signals, asked(services)) == ({}, 0)


def test_an_edition_that_is_going_out_asks_no_more(arxiv: LocalArxiv, services: Services) -> None:
    subscribe(ada)
    run_stages(TUESDAY, arxiv.source(), ("fetch", "signals", "build", "pick"))
    assert asked(services) == 3
    assert (prepare(arxiv).signals, asked(services)) == ({}, 0)
