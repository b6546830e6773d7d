"""The letter beside the sign-up form: what the newest edition holds for somebody's interests."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from digest.search.index import index_versions
from digest.web import match_rates
from subscriptions import rate_limits
from subscriptions.models import Errand
from tests.web.pages import accessibility_faults, headings, tree, words
from tests.web.publishing import FRIDAY, Draft, drafts, publish

pytestmark = pytest.mark.django_db

PAPERS = [
    Draft("2601.00001", "Diffusion models for weather", abstract="Rain.", authors=("Ada Byron",)),
    Draft("2601.00002", "Attention is useful", abstract="Heads.", tldr="Attend."),
    Draft("2601.00003", "Strings and branes", abstract="Ten dimensions.", categories=("hep-th",)),
]


def look(client: Client, **query: str | list[str]) -> Any:
    """Ask as the script of the page does."""
    return client.get("/preview/", {**query, "fragment": "1"})


def status(response: Any) -> str:
    """Return what stands beside the address."""
    places = (each for each in tree(response).iter("p") if {"data-status", "data-count"} & set(each.keys()))
    return words(next(places))


@pytest.mark.parametrize("path", ["/", "/preview/?fragment=1"])
def test_it_shows_the_papers_that_match_a_filter_and_why(client: Client, path: str) -> None:
    publish(PAPERS)
    response = client.get(path, {"filters": '"diffusion model"', "fragment": "1"})
    assert headings(response, "h3") == ["Diffusion models for weather"]
    assert headings(response, "h2") == ["Subject: Diffusion models for weather"]
    page = words(tree(response).find("body"))
    assert "1 paper of the newest edition matches." in page
    assert "matches “diffusion model”" in page


def test_before_anything_is_typed_it_is_the_letter_of_the_day(client: Client) -> None:
    publish([*drafts(12), Draft("2601.00099", "Old", kind="replace")])
    response = client.get("/")
    assert headings(response, "h3") == [f"Paper number {number}" for number in range(1, 11)]
    assert headings(response, "h2") == ["Subject: Paper number 1 + 9 more"]
    assert status(response) == "Say what interests you, and the letter becomes yours."
    assert not accessibility_faults(response)


def test_the_first_papers_are_told_in_full_and_the_others_in_brief(client: Client) -> None:
    publish(drafts(10))
    page = client.get("/", {"categories": "cs.LG"}).content.decode()
    assert page.count('class="summary"') == 3
    assert page.count('class="brief"') == 7


def test_categories_and_presets_choose_too(client: Client) -> None:
    publish(PAPERS)
    assert headings(look(client, categories="hep-th"), "h3") == ["Strings and branes"]
    assert len(headings(look(client, presets="machine-learning"), "h3")) == 2
    assert len(headings(look(client, categories=["hep-th", "cs.LG"]), "h3")) == 3


def test_the_count_is_of_all_matches_though_ten_are_shown(client: Client) -> None:
    publish(drafts(30))
    response = look(client, categories="cs.LG")
    assert len(headings(response, "h3")) == 10
    assert "30 papers of the newest edition match." in words(tree(response))


def test_a_mistake_is_shown_and_the_other_filters_count(client: Client) -> None:
    publish(PAPERS)
    for response in (
        look(client, filters="attention\n(open <b>"),
        client.get("/", {"filters": "attention\n(open <b>"}),
    ):
        assert headings(response, "h3") == ["Attention is useful"]
        where = next(each for each in tree(response).iter("pre"))
        assert words(where) == "(open <b>"
        assert words(next(where.iter("mark")))
        assert b"<b>" not in response.content


def test_a_doubtful_filter_is_used_and_marked(client: Client) -> None:
    publish(PAPERS)
    response = client.get("/", {"filters": "attention\nauthor:Ada Byron <b>"})
    assert headings(response, "h3") == ["Attention is useful"]
    page = words(tree(response).find("body/main"))
    assert page.count('Did you mean author:"Ada Byron"?') == 1
    assert words(next(tree(response).iter("mark"))) == "author:Ada Byron"
    assert b"<b>" not in response.content
    assert not accessibility_faults(response)


@pytest.mark.parametrize("filters", ["(open", "(open\nneverfound"])
def test_a_broken_filter_is_no_narrow_interest(client: Client, filters: str) -> None:
    publish(PAPERS)
    page = words(tree(look(client, filters=filters)))
    assert "Once the marked place is mended" in page
    assert "narrow interest" not in status(look(client, filters=filters))
    assert "narrow interest" in words(tree(look(client, filters="neverfound")))


@pytest.mark.parametrize(
    "query", [{}, {"filters": " \n "}, {"categories": "no.such"}, {"presets": "x"}, {"filters": "\1" * 5000}]
)
def test_nonsense_is_answered_calmly(client: Client, query: dict[str, str]) -> None:
    publish(PAPERS)
    response = client.get("/", query)
    assert response.status_code == look(client, **query).status_code == 200
    assert not accessibility_faults(response)


def test_without_an_edition_it_says_so(client: Client) -> None:
    assert "There is no edition yet" in status(client.get("/", {"filters": "attention"}))


def test_scripts_get_the_fragment_alone_and_people_the_page(client: Client) -> None:
    publish(PAPERS)
    page = look(client, filters="attention").content.decode()
    assert "Attention is useful" in page
    assert "<html" not in page
    answer = client.get("/preview/", {"filters": "attention"})
    assert (answer.status_code, answer["Location"]) == (302, "/?filters=attention")


def test_a_second_look_reads_only_what_may_have_changed(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish(drafts(50))
    index_versions()
    look(client, filters="paper")
    # Two for the edition, one counts the look; the rest is for a filter that nobody had: its count and a search.
    with django_assert_num_queries(12):
        look(client, filters="number")
    with django_assert_num_queries(3):
        look(client, filters="number")


def test_the_last_twenty_editions_tell_how_many_papers_come(client: Client) -> None:
    for back in range(22):
        knots = [Draft(f"2601.{back:02}{number:03}", "A knot", categories=("math.GT",)) for number in range(15)]
        stars = [Draft(f"2602.{back:02}000", "A star", categories=("astro-ph.SR",))] if back % 10 == 0 else []
        others = [Draft(f"2603.{back:02}000", f"A dust survey {back}", categories=("astro-ph.EP", "math.NA"))]
        publish([*knots, *stars, *others], day=FRIDAY - timedelta(days=back))
    index_versions()
    said = {
        "categories=math.GT": "About 15 a day; your letter shows the best 10.",
        "filters=knot": "About 15 a day; your letter shows the best 10.",
        "categories=astro-ph.EP": "About 1 a day; your letter shows them all.",
        "filters=dust": "About 1 a day; your letter shows them all.",
        "filters=dust%0A-survey": "No match in the last editions.",
        "categories=cs.NA&filters=dust": "About 1 a day; your letter shows them all.",
        "categories=astro-ph.SR": "Less than one a week; a letter comes on days with a match.",
        "filters=star%0Adust%0Aknot": "About 16 a day; your letter shows the best 10.",
    }
    for query, sentence in said.items():
        assert status(client.get(f"/preview/?{query}&fragment=1")).startswith(sentence), query


def test_where_the_index_knows_too_little_only_the_newest_edition_is_counted(client: Client) -> None:
    publish(PAPERS)
    assert status(look(client, filters="attention")) == "1 paper of the newest edition matches."
    index_versions()
    match_rates.load_recent_papers.cache_clear()
    assert status(look(client, filters="attention")) == "About 1 a day; your letter shows them all."


def test_the_rate_is_told_when_the_kept_answers_are_too_many(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(PAPERS)
    index_versions()
    match_rates.load_recent_papers.cache_clear()
    monkeypatch.setattr(match_rates, "MAX_KEPT_FILTERS", 0)
    look(client, filters="attention")
    # One of them is kept and goes when the other comes.
    assert "About 2 a day" in status(look(client, filters="attention\nstrings"))


def test_keywords_of_the_archive_are_proposed(client: Client) -> None:
    about = "We study speculative decoding of language models with conformal prediction."
    publish([Draft(f"2601.0000{number}", "Speculative decoding, again", abstract=about) for number in range(5)])
    index_versions()
    for response in (look(client, filters="decoding"), client.get("/", {"filters": "decoding"})):
        assert 'name="add" value="&quot;conformal prediction&quot;"' in response.content.decode()
        assert 'value="&quot;speculative decoding' not in response.content.decode()


def test_one_press_adds_a_keyword_and_signs_nobody_up(client: Client) -> None:
    publish(PAPERS)
    form = {"filters": "attention", "add": '"conformal prediction"', "email": "new@example.org", "language": "en"}
    response = client.post("/", form)
    page = response.content.decode()
    assert "attention\n&quot;conformal prediction&quot;</textarea>" in page
    assert 'value="new@example.org"' in page
    assert not Errand.objects.exists()


def test_typing_is_bounded(client: Client) -> None:
    publish(PAPERS)
    response = look(client, filters="\n".join(f"(word{number}" for number in range(500)))
    assert len(response.content) < 100_000


def test_one_network_looks_at_so_many_previews(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(PAPERS)
    monkeypatch.setattr(rate_limits, "PREVIEWS_PER_CLIENT", rate_limits.Limit(30, timedelta(minutes=10)))
    dear = {"filters": "\n".join(f"(con* OR pro* OR w{number})" for number in range(50))}
    assert client.post("/preview/", {**dear, "fragment": "1"}).status_code == 200
    stopped = client.get("/", dear)
    assert stopped.status_code == 200
    assert "Please look again in ten minutes. You can sign up all the same." in status(stopped)
    assert not headings(stopped, "h3")
    assert not accessibility_faults(stopped)
    fragment = look(client, filters="attention")
    assert (fragment.status_code, b"<html" in fragment.content) == (429, False)
    assert client.get("/preview/?fragment=1&filters=attention", REMOTE_ADDR="198.51.100.7").status_code == 200


def test_addresses_of_one_network_share_its_previews(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PREVIEWS_PER_CLIENT", rate_limits.Limit(30, timedelta(minutes=10)))
    asked = "/preview/?fragment=1&categories=cs.LG"
    answers = [client.get(asked, REMOTE_ADDR=f"2001:db8::{number}").status_code for number in range(1, 6)]
    assert answers == [200, 200, 200, 429, 429]


def test_previews_of_a_whole_class_are_within_the_limit() -> None:
    pupils, looks, filters = 30, 30, 3
    assert pupils * looks * (rate_limits.LOOK + filters) < rate_limits.PREVIEWS_PER_CLIENT.letters
