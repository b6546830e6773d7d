"""The page of one paper."""

from datetime import date

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from digest.models import Version
from tests.web.pages import accessibility_faults, headings, links, tree, words
from tests.web.publishing import Draft, publish, store, summarise

pytestmark = pytest.mark.django_db


def test_a_paper_shows_what_is_known_of_it(client: Client) -> None:
    draft = Draft(
        title=r"On $\ell_2$ norms", tldr="Norms matter.", writer="gpt-test", code_url="https://github.com/a/b"
    )
    publish([draft])
    response = client.get("/papers/2601.15380/")
    assert headings(response) == ["On ℓ₂ norms"]
    page = words(tree(response).find("body/main"))
    for expected in ("Grace Hopper, Alan Turing", "Norms matter.", "Summary by gpt-test", draft.abstract, "cs.LG"):
        assert expected in page
    assert not accessibility_faults(response)


def test_its_links_lead_to_arxiv_the_code_and_its_editions(client: Client) -> None:
    draft = Draft(code_url="https://github.com/a/b")
    publish([draft], day=date(2026, 1, 22))
    publish([draft], day=date(2026, 1, 23))
    found = links(client.get("/papers/2601.15380/"))
    for kind in ("abs", "pdf", "html"):
        assert f"https://arxiv.org/{kind}/2601.15380" in found
    assert {"https://github.com/a/b", "/editions/2026-01-22/", "/editions/2026-01-23/"} <= set(found)


def test_an_old_id_with_a_slash_has_its_page_and_no_html_link(client: Client) -> None:
    publish([Draft("hep-th/9901001", categories=("hep-th",))])
    response = client.get("/papers/hep-th/9901001/")
    assert response.status_code == 200
    assert "https://arxiv.org/abs/hep-th/9901001" in links(response)
    assert not [link for link in links(response) if "/html/" in link]


def test_an_id_with_a_version_leads_to_the_paper(client: Client) -> None:
    publish()
    response = client.get("/papers/2601.15380v2/")
    assert (response.status_code, response["Location"]) == (301, "/papers/2601.15380/")


@pytest.mark.parametrize("arxiv_id", ["2601.99999", "nonsense", "%E2%80%AE", "../../etc/passwd", "x" * 500])
def test_an_unknown_paper_is_a_kind_404(client: Client, arxiv_id: str) -> None:
    response = client.get(f"/papers/{arxiv_id}/")
    assert response.status_code == 404
    assert headings(response) == ["There is nothing here"]


def test_the_newest_version_is_the_one_shown(client: Client) -> None:
    first = store(Draft(title="As it was"))
    Version.objects.create(
        paper=first.paper,
        number=2,
        title="As it is now",
        abstract="New.",
        primary_category="cs.LG",
        categories=["cs.LG"],
    )
    assert headings(client.get("/papers/2601.15380/")) == ["As it is now"]


def test_a_withdrawn_paper_says_why_and_offers_no_pdf(client: Client) -> None:
    store(Draft(withdrawn=True, comment="There is a gap in Lemma 2."))
    response = client.get("/papers/2601.15380/")
    assert "The authors have withdrawn this paper. There is a gap in Lemma 2." in words(
        tree(response).find("body/main")
    )
    assert not [link for link in links(response) if "/pdf/" in link]


def test_the_summary_in_the_language_of_the_page_comes_first(client: Client) -> None:
    version = store(Draft())
    summarise(version, Draft(tldr="In English."), "en")
    summarise(version, Draft(tldr="中文摘要。"), "zh")
    for language, expected in (("en", ["In English.", "中文摘要。"]), ("zh-hans", ["中文摘要。", "In English."])):
        response = client.get("/papers/2601.15380/", headers={"accept-language": language})
        assert [words(each) for each in tree(response).iter("p") if "lead-in" in each.get("class", "")] == expected


def test_an_open_edition_is_not_spoken_of(client: Client) -> None:
    publish([Draft()], state="open")
    assert not [link for link in links(client.get("/papers/2601.15380/")) if link.startswith("/editions/")]


def test_thousands_of_authors_do_not_break_the_page(client: Client) -> None:
    store(Draft(authors=tuple(f"Author Number{each}" for each in range(3303))))
    response = client.get("/papers/2601.15380/")
    assert "and 3263 more" in response.content.decode()
    assert len(response.content) < 100_000


def test_queries_stay_the_same_however_often_it_was_printed(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for day in range(1, 20):
        publish([Draft(tldr="Short.")], day=date(2026, 1, day))
    with django_assert_num_queries(3):
        client.get("/papers/2601.15380/")
