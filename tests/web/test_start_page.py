"""Papers that somebody knows become liked papers, categories and keywords, each to be ticked."""

from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from digest.models import Feedback, Paper
from digest.search.index import index_versions
from subscriptions import rate_limits
from subscriptions.models import Errand, Subscriber
from subscriptions.signals import feedback_imported
from tests.browsers import open_account
from tests.people import ada, subscribe
from tests.subscriptions.letters import link_in
from tests.web.pages import accessibility_faults, headings, tree, words
from tests.web.publishing import Draft, publish

pytestmark = pytest.mark.django_db

ABOUT = "We study speculative decoding of language models with conformal prediction."
PAPERS = [
    Draft(
        "2601.00001", "Speculative decoding, again", abstract=ABOUT, authors=("Grace Hopper",), categories=("cs.CL",)
    ),
    Draft("2601.00002", "Decoding at last", abstract=ABOUT, authors=("G. Hopper",), categories=("cs.CL", "stat.ML")),
    Draft("2601.00003", "Strings & branes", authors=("Edward Witten",), categories=("hep-th",)),
]


def look(client: Client, **posted: Any) -> Any:
    response = client.post("/start/", posted)
    assert response.status_code == 200
    assert not accessibility_faults(response)
    return response


def boxes(response: Any, name: str) -> dict[str, bool]:
    """Return the values to tick, and whether they are."""
    found = [each for each in tree(response).iter("input") if each.get("name") == name]
    return {each.get("value", ""): each.get("checked") is not None for each in found}


def test_links_become_papers_categories_and_keywords_to_tick(client: Client) -> None:
    publish(PAPERS)
    response = look(client, papers="https://arxiv.org/abs/2601.00001\narXiv:2601.00002 and 2402.99999\nnonsense")
    assert boxes(response, "likes") == {"2601.00001": True, "2601.00002": True, "2402.99999": True}
    assert boxes(response, "categories") == {"cs.CL": True, "stat.ML": True}
    assert boxes(response, "keyword")['"conformal prediction"'] is False
    page = words(tree(response).find("body/main"))
    assert "Line 3 has no arXiv link or number nonsense" in page
    assert "We do not have it yet." in page


def test_a_file_s_titles_find_papers_without_numbers(client: Client) -> None:
    publish(PAPERS)
    index_versions()
    text = b"@misc{a, title={{Strings \\& Branes}}}\n@misc{b, title={Nobody has this}}\n@misc{c, title={of the}}"
    response = look(client, file=SimpleUploadedFile("mine.bib", text))
    assert boxes(response, "likes") == {"2601.00003": True}
    assert "2 titles without an arXiv number are not among our papers" in words(tree(response).find("body/main"))


def test_a_name_finds_one_s_own_papers_and_ticks_those_that_spell_it_out(client: Client) -> None:
    publish(PAPERS)
    index_versions()
    assert boxes(look(client, name="Grace Hopper"), "likes") == {"2601.00001": True, "2601.00002": False}
    assert boxes(look(client, name='"-cat:x OR'), "likes") == {}


def test_nothing_found_and_nothing_brought_are_said_kindly(client: Client) -> None:
    assert "We found no paper in this." in look(client, papers="hello").content.decode()
    assert "Please paste something" in look(client).content.decode()
    assert "more than a million" in look(client, papers="x" * 1_000_001).content.decode()


def test_titles_are_escaped(client: Client) -> None:
    page = look(client, papers="@misc{a, title={<script>alert(1)</script>}, eprint={2601.00009}}").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_it_costs_the_same_queries_for_many_papers(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish([Draft(f"2601.{number:05}", f"Knots of kind {number}") for number in range(1, 60)])
    index_versions()
    ids = "\n".join(f"@misc{{k{number}, eprint={{2601.{number:05}}}}}" for number in range(1, 30))
    titles = "\n".join(f"@misc{{t{number}, title={{Knots of kind {number}}}}}" for number in range(30, 60))
    with django_assert_num_queries(8):
        assert len(boxes(look(client, papers=f"{ids}\n{titles}"), "likes")) == 59


def test_the_page_stays_light_with_a_whole_library(client: Client) -> None:
    people = tuple(f"Somebody of a long name {number}" for number in range(40))
    publish([Draft(f"2601.{number:05}", f"Knots of kind {number} " * 20, authors=people) for number in range(1, 120)])
    response = look(client, papers=" ".join(f"2601.{number:05}" for number in range(1, 120)) + "\nx" * 40)
    assert len(boxes(response, "likes")) == 100
    assert len(response.content) < 100_000


def test_one_network_brings_so_much(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PREVIEWS_PER_CLIENT", rate_limits.Limit(100, rate_limits.DAY))
    look(client, papers="2601.00001 " * 2000)
    assert "Please try again in ten minutes." in look(client, papers="2601.00001").content.decode()


def test_titles_cost_more_than_their_characters(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PREVIEWS_PER_CLIENT", rate_limits.Limit(100, rate_limits.DAY))
    titles = ",".join(f'{{"title": "Paper {number}"}}' for number in range(30))
    look(client, papers=f"[{titles}]")
    assert "Please try again in ten minutes." in look(client, papers="2601.00001").content.decode()


def test_the_letter_beside_the_form_reads_the_papers_that_one_likes(client: Client) -> None:
    about = "Skein modules of hyperbolic knots and the volume conjecture."
    publish([Draft("2602.00001", "Knots", abstract=about, categories=("math.GT",))], day=date(2026, 1, 22))
    others = [Draft(f"2601.0001{number}", f"Number {number}", categories=("math.NT",)) for number in range(9)]
    publish([*others, Draft("2601.00020", "Skein modules again", abstract=about, categories=("math.QA",))])
    asked = {"categories": "math.NT", "fragment": "1"}
    liked = headings(client.get("/preview/", {**asked, "likes": ["2602.00001", "2402.99999"]}), "h3")
    assert liked[0] == "Skein modules again"
    assert "Skein modules again" not in headings(client.get("/preview/", asked), "h3")


def test_what_a_stranger_ticks_goes_with_the_sign_up_and_counts_once_confirmed(client: Client) -> None:
    publish(PAPERS)
    ticked = {"likes": ["2601.00001", "2402.99999", "<b>"], "categories": "cs.CL", "keyword": '"conformal prediction"'}
    page = client.post("/", {**ticked, "preview": "1"})
    assert boxes(page, "likes") == {"2601.00001": True, "2402.99999": True}
    assert boxes(page, "categories")["cs.CL"]
    assert "&quot;conformal prediction&quot;</textarea>" in page.content.decode()
    assert not Errand.objects.exists()
    form = {**ticked, "filters": '"conformal prediction"', "email": "new@example.org", "language": "en"}
    client.post("/", form)
    assert not Feedback.objects.exists()
    client.post(link_in(mail.outbox[0]))
    row = Subscriber.objects.get()
    assert (row.status, row.wishes, row.categories) == ("active", {}, "cs.CL")
    said = Feedback.objects.values_list("subscriber", "paper__arxiv_id", "kind")
    assert set(said) == {(row.id, "2601.00001", "more"), (row.id, "2402.99999", "more")}


def test_a_confirmation_that_is_cut_short_loses_no_liked_paper(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    form = {"likes": "2601.00001", "categories": "cs.CL", "email": "new@example.org", "language": "en"}
    client.post("/", form)

    def stop(*_sender: object, **_signal: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(feedback_imported, "send", stop)
        with pytest.raises(KeyboardInterrupt):
            client.post(link_in(mail.outbox[0]))
    assert Subscriber.objects.get().status == "pending"
    client.post(link_in(mail.outbox[0]))
    assert [each.paper.arxiv_id for each in Feedback.objects.all()] == ["2601.00001"]


def test_a_reader_adds_what_they_tick_and_keeps_the_rest(client: Client) -> None:
    subscribe(ada)
    publish(PAPERS)
    open_account(client, ada.id)
    assert "Add to my interests" in look(client, papers="2601.00001").content.decode()
    ticked = {"likes": ["2601.00001", "x" * 500], "categories": ["hep-th", "no.such"], "keyword": ["branes", "(open"]}
    assert client.post("/start/", {**ticked, "store": "1"})["Location"] == "/signals/"
    stored = Subscriber.objects.get().preferences()
    assert stored.categories == (*ada.categories, "hep-th")
    assert stored.filters == (*ada.filters, "branes")
    assert [each.paper.arxiv_id for each in Feedback.objects.all()] == ["2601.00001"]


def test_nobody_fills_the_database_with_liked_papers(client: Client) -> None:
    subscribe(ada)
    open_account(client, ada.id)
    for batch in range(12):
        likes = [f"26{batch:02}.{number:05}" for number in range(200)]
        answer = client.post("/start/", {"likes": likes, "store": "1"})
    assert "That was much to read for one network." in answer.content.decode()
    assert Paper.objects.count() <= 1000


def test_strangers_store_nothing(client: Client) -> None:
    assert client.post("/start/", {"likes": "2601.00001", "store": "1"})["Location"] == "/link/"
    assert not Paper.objects.exists()
