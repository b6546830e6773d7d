"""What the newest edition would hold for somebody's interests."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from subscriptions import rate_limits
from tests.web.pages import accessibility_faults, headings, tree, words
from tests.web.publishing import Draft, drafts, publish

pytestmark = pytest.mark.django_db

PAPERS = [
    Draft("2601.00001", "Diffusion models for weather", abstract="Rain.", authors=("Ada Byron",)),
    Draft("2601.00002", "Attention is useful", abstract="Heads.", tldr="Attend."),
    Draft("2601.00003", "Strings and branes", abstract="Ten dimensions.", categories=("hep-th",)),
]


def test_it_shows_the_papers_that_match_a_filter_and_why(client: Client) -> None:
    publish(PAPERS)
    response = client.get("/preview/", {"filters": '"diffusion model"'})
    assert headings(response, "h2") == ["Diffusion models for weather"]
    page = words(tree(response).find("body/main"))
    assert "1 paper of the newest edition matches." in page
    assert "matches “diffusion model”" in page
    assert not accessibility_faults(response)


def test_categories_and_presets_choose_too(client: Client) -> None:
    publish(PAPERS)
    assert headings(client.get("/preview/", {"categories": "hep-th"}), "h2") == ["Strings and branes"]
    assert len(headings(client.get("/preview/", {"presets": "machine-learning"}), "h2")) == 2
    assert len(headings(client.get("/preview/", {"categories": ["hep-th", "cs.LG"]}), "h2")) == 3


def test_the_count_is_of_all_matches_though_ten_are_shown(client: Client) -> None:
    publish(drafts(30))
    response = client.get("/preview/", {"categories": "cs.LG"})
    assert len(headings(response, "h2")) == 10
    assert "30 papers of the newest edition match. These 10 would come first." in words(
        tree(response).find("body/main")
    )


def test_a_mistake_is_shown_and_the_other_filters_count(client: Client) -> None:
    publish(PAPERS)
    response = client.get("/preview/", {"filters": "attention\n(open <b>"})
    assert headings(response, "h2") == ["Attention is useful"]
    where = next(each for each in tree(response).iter("pre"))
    assert words(where) == "(open <b>"
    assert words(next(where.iter("mark")))
    assert b"<b>" not in response.content


def test_a_doubtful_filter_is_used_and_marked(client: Client) -> None:
    publish(PAPERS)
    response = client.get("/preview/", {"filters": "attention\nauthor:Ada Byron <b>"})
    assert headings(response, "h2") == ["Attention is useful"]
    page = words(tree(response).find("body/main"))
    assert 'Did you mean author:"Ada Byron"?' in page
    assert words(next(tree(response).iter("mark"))) == "author:Ada Byron"
    assert b"<b>" not in response.content
    assert not accessibility_faults(response)


@pytest.mark.parametrize("filters", ["(open", "(open\nneverfound"])
def test_a_broken_filter_is_no_narrow_interest(client: Client, filters: str) -> None:
    publish(PAPERS)
    page = client.get("/preview/", {"filters": filters}).content.decode()
    assert "Once the marked place is mended" in page
    assert "narrow interest" not in page
    assert "narrow interest" in client.get("/preview/", {"filters": "neverfound"}).content.decode()


@pytest.mark.parametrize(
    "query", [{}, {"filters": " \n "}, {"categories": "no.such"}, {"presets": "x"}, {"filters": "\1" * 5000}]
)
def test_nonsense_is_answered_calmly(client: Client, query: dict[str, str]) -> None:
    publish(PAPERS)
    response = client.get("/preview/", query)
    assert response.status_code == 200
    assert not accessibility_faults(response)


def test_without_an_edition_it_says_so(client: Client) -> None:
    response = client.get("/preview/", {"filters": "attention"})
    assert "There is no edition yet" in response.content.decode()


def test_scripts_get_the_fragment_alone(client: Client) -> None:
    publish(PAPERS)
    page = client.get("/preview/", {"filters": "attention", "fragment": "1"}).content.decode()
    assert "Attention is useful" in page
    assert "<html" not in page


def test_while_typing_the_preview_stays_short(client: Client) -> None:
    publish(drafts(30))
    response = client.get("/preview/", {"categories": "cs.LG", "fragment": "1"})
    assert "30 papers of the newest edition match." in " ".join(response.content.decode().split())
    assert response.content.count(b"<article") == 3


def test_a_second_look_reads_only_what_may_have_changed(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish(drafts(50))
    client.get("/preview/", {"filters": "paper"})
    with django_assert_num_queries(3):  # and one counts the look
        client.get("/preview/", {"filters": "number"})


def test_typing_is_bounded(client: Client) -> None:
    publish(PAPERS)
    response = client.get("/preview/", {"filters": "\n".join(f"(word{number}" for number in range(500))})
    assert len(response.content) < 100_000


def test_one_network_looks_at_so_many_previews(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(PAPERS)
    monkeypatch.setattr(rate_limits, "PREVIEWS_PER_CLIENT", rate_limits.Limit(30, timedelta(minutes=10)))
    dear = {"filters": "\n".join(f"(con* OR pro* OR w{number})" for number in range(50))}
    assert client.post("/preview/", dear).status_code == 200
    stopped = client.post("/preview/", dear)
    assert stopped.status_code == 429
    assert "Please look again in ten minutes. You can sign up all the same." in words(tree(stopped).find("body/main"))
    assert not headings(stopped, "h2")
    assert not accessibility_faults(stopped)
    fragment = client.get("/preview/", {"filters": "attention", "fragment": "1"})
    assert (fragment.status_code, b"<html" in fragment.content) == (429, False)
    assert client.get("/preview/", {"filters": "attention"}, REMOTE_ADDR="198.51.100.7").status_code == 200


def test_addresses_of_one_network_share_its_previews(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PREVIEWS_PER_CLIENT", rate_limits.Limit(30, timedelta(minutes=10)))
    answers = [client.get("/preview/", REMOTE_ADDR=f"2001:db8::{number}").status_code for number in range(1, 6)]
    assert answers == [200, 200, 200, 429, 429]


def test_previews_of_a_whole_class_are_within_the_limit() -> None:
    pupils, looks, filters = 30, 30, 3
    assert pupils * looks * (rate_limits.LOOK + filters) < rate_limits.PREVIEWS_PER_CLIENT.letters
