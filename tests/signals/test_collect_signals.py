"""Each observation is kept with its time, and a service that is down costs its signal and nothing else."""

import json
import re
from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from digest.domain import Entry
from digest.ingest.fetch import ingest_entries
from digest.models import Announcement, Delivery, Edition, EditionEntry, Paper, Signal, Version
from digest.signals import collect
from digest.signals.collect import MAX_REPOSITORIES, SignalReport
from tests.ingest.fetched import DAY, paper
from tests.ingest.services import AT, Services, liked

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(hours=8)
CODE = "https://github.com/ada/sort"


@pytest.fixture
def services(httpserver: HTTPServer) -> Services:
    return Services(httpserver)


def announce(*entries: Entry, day: date = DAY) -> None:
    ingest_entries(entries, day, "test")


def observed() -> list[tuple[str, str, int, datetime]]:
    rows = Signal.objects.order_by("observed_at", "paper__arxiv_id", "kind")
    return list(rows.values_list("paper__arxiv_id", "kind", "value", "observed_at"))


def test_votes_comments_and_stars_are_kept_with_their_time(services: Services) -> None:
    announce(paper(1), paper(2, code_url=CODE), paper(3))
    services.lists[DAY] = [liked(1, upvotes=12, numComments=3), liked(9, upvotes=5), "nonsense"]
    services.stars["ada/sort"] = 40
    assert services.observe() == {
        "huggingface": SignalReport(papers=1, observations=2, unknown=1, skipped=1),
        "github": SignalReport(papers=1, observations=1),
    }
    assert observed() == [
        ("2602.00001", "comments", 3, AT),
        ("2602.00001", "upvotes", 12, AT),
        ("2602.00002", "stars", 40, AT),
    ]
    assert not Paper.objects.filter(arxiv_id="2602.00009").exists()


def test_a_later_observation_stands_beside_the_earlier_one(services: Services) -> None:
    announce(paper(1))
    services.lists[DAY] = [liked(1, upvotes=12)]
    services.observe()
    services.observe()
    services.at, services.lists[DAY] = LATER, [liked(1, upvotes=20)]
    services.observe()
    assert observed() == [("2602.00001", "upvotes", 12, AT), ("2602.00001", "upvotes", 20, LATER)]


def test_the_list_of_the_day_before_is_read_as_well(services: Services) -> None:
    announce(paper(1))
    services.lists[DAY - timedelta(days=1)] = [liked(1, upvotes=12)]
    assert services.observe()["huggingface"].papers == 1
    services.lists = {DAY - timedelta(days=2): [liked(1, upvotes=12)]}
    assert services.observe()["huggingface"].papers == 0


def test_a_paper_without_code_gets_the_listed_page_and_its_stars(services: Services) -> None:
    announce(paper(1), paper(2, code_url="https://example.org/code"))
    services.lists[DAY] = [liked(1, githubRepo=CODE), liked(2, githubRepo=CODE)]
    services.stars["ada/sort"] = 40
    assert services.observe()["github"].papers == 1
    assert sorted(Version.objects.values_list("code_url", flat=True)) == ["https://example.org/code", CODE]
    assert observed() == [("2602.00001", "stars", 40, AT)]


def test_what_a_letter_may_show_already_does_not_change(services: Services) -> None:
    announce(paper(1))
    edition = Edition.objects.create(day=DAY)
    EditionEntry.objects.create(edition=edition, version=Version.objects.get(), rank=0, score=0, section="", kind="new")
    services.lists[DAY] = [liked(1, githubRepo=CODE)]
    delivery = Delivery.objects.create(edition=edition, language="en", detail="short", created_at=AT)
    services.observe()
    assert Version.objects.get().code_url == ""
    delivery.delete()
    services.observe()
    assert Version.objects.get().code_url == CODE


def test_one_repository_of_two_papers_is_asked_for_once(services: Services) -> None:
    announce(paper(1, code_url=CODE), paper(2, code_url="https://github.com/Ada/Sort/tree/main"), paper(3))
    services.stars["Ada/Sort"] = services.stars["ada/sort"] = 40
    assert services.observe()["github"] == SignalReport(papers=2, observations=2)
    assert len([1 for request, _answer in services.server.log if "/repos/" in request.path]) == 1


def test_only_papers_that_the_day_may_show_are_asked_for(services: Services) -> None:
    for back, number in ((0, 1), (1, 2), (-1, 3)):
        announce(paper(number, code_url=f"{CODE}{number}"), day=DAY - timedelta(days=back))
    announce(paper(4, code_url=f"{CODE}4", kind="cross"), paper(5, code_url=f"{CODE}5", kind="replace"))
    services.observe()
    asked = [request.path for request, _answer in services.server.log if "/repos/" in request.path]
    assert asked == ["/repos/ada/sort4", "/repos/ada/sort1"], "the newest first"


def test_there_is_an_end_to_the_questions_of_one_run(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_REPOSITORIES == 200
    monkeypatch.setattr(collect, "MAX_REPOSITORIES", 2)
    announce(*(paper(number, code_url=f"{CODE}{number % 3}") for number in range(6)))
    assert services.observe()["github"].skipped == 2


def test_a_service_that_is_down_costs_its_signal_only(services: Services) -> None:
    announce(paper(1), paper(2, code_url=CODE))
    services.lists[DAY] = [liked(1, upvotes=12)]
    services.stars["ada/sort"] = 40
    services.down = {"huggingface"}
    found = services.observe()
    assert "status 500" in found["huggingface"].problem
    assert re.match(r"unavailable: localhost:\d+ gave no usable answer", str(found["huggingface"].brief))
    assert found["github"].brief == 1
    services.down = {"github"}
    found = services.observe()
    assert (found["huggingface"].brief, found["github"].papers) == (1, 0)
    assert str(found["github"].brief).startswith("unavailable: GitHub answers no more questions")


def test_what_came_before_the_trouble_is_told() -> None:
    assert SignalReport(papers=60, problem="GitHub is tired.").brief == "unavailable after 60 papers: GitHub is tired."


def test_many_papers_cost_as_many_queries_as_one(services: Services) -> None:
    counts = []
    for number in (1, 40):
        announce(*(paper(each, code_url=f"{CODE}{each}") for each in range(100 * number, 101 * number)))
        services.lists[DAY] = [liked(each, upvotes=1) for each in range(100 * number, 101 * number)]
        services.stars |= {f"ada/sort{each}": 1 for each in range(100 * number, 101 * number)}
        with CaptureQueriesContext(connection) as captured:
            services.observe()
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 14


def test_the_command_asks_and_prints_what_it_found(
    services: Services, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.hurry(monkeypatch)
    announce(paper(1, code_url=CODE))
    services.lists[DAY] = [liked(1, upvotes=12)]
    services.stars["ada/sort"] = 40
    settings.HUGGINGFACE_API_URL = services.huggingface().url
    settings.GITHUB_API_URL = services.github().url
    out = StringIO()
    call_command("fetch_signals", "--date", str(DAY), "--json", stdout=out, stderr=StringIO())
    printed = json.loads(out.getvalue())
    assert printed["day"] == str(DAY)
    assert printed["signals"]["huggingface"] == {
        "papers": 1, "observations": 1, "unknown": 0, "skipped": 0, "problem": "",
    }  # fmt: skip
    services.down = {"github"}
    out = StringIO()
    call_command("fetch_signals", "--date", str(DAY), stdout=out, stderr=StringIO())
    assert "huggingface: 1 paper, 1 observation, 0 papers not ours" in out.getvalue()
    assert "github: 0 papers, 0 observations, 0 papers not ours, 0 skipped. GitHub answers no more" in out.getvalue()
    assert Announcement.objects.count() == 1
