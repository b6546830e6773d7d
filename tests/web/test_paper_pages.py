"""The page of one paper, its files for reference managers, and the ways that lead there."""

from datetime import UTC, date, datetime

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from digest.models import Feedback, Signal, Version
from digest.search.index import index_versions
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


@pytest.mark.parametrize(
    "written",
    [
        "arXiv:2601.15380",
        "arxiv:2601.15380v3",
        "https://arxiv.org/abs/2601.15380v2",
        "https:/arxiv.org/abs/2601.15380",
        "http://www.arxiv.org/pdf/2601.15380v1.pdf",
        "arxiv.org/html/2601.15380",
        "https://doi.org/10.48550/arXiv.2601.15380",
        "10.48550/arXiv.2601.15380",
        "%202601.15380",
    ],
)
def test_pasted_addresses_lead_to_the_paper(client: Client, written: str) -> None:
    publish()
    response = client.get(f"/papers/{written}/")
    assert (response.status_code, response["Location"]) == (301, "/papers/2601.15380/")
    assert client.get(f"/papers/{written}", follow=True).redirect_chain[-1] == ("/papers/2601.15380/", 301)
    for kind in ("bibtex", "ris"):
        assert client.get(f"/papers/{written}/{kind}/")["Location"] == f"/papers/2601.15380/{kind}/"


def test_a_subject_class_leads_to_the_paper(client: Client) -> None:
    publish([Draft("math/0309136", categories=("math.GT",))])
    for written in ("math.GT/0309136", "https://arxiv.org/abs/math.GT/0309136v1", "MATH/0309136"):
        assert client.get(f"/papers/{written}/")["Location"] == "/papers/math/0309136/"


@pytest.mark.parametrize(
    "written",
    [
        "https://evil.example/abs/2601.15380",
        "//evil.example/2601.15380",
        "https://arxiv.org/abs/2601.99999",
        "https://arxiv.org/abs/2601.15380@evil.example",
        "https://arxiv.org/abs/",
        "arXiv:",
        "2601.15380/bibtex/ris",
        "2601.15380%00",
        "10.48550/arXiv.%0d%0aSet-Cookie:x",
    ],
)
def test_odd_addresses_lead_nowhere(client: Client, written: str) -> None:
    publish()
    for path in (f"/papers/{written}/", f"/papers/{written}/bibtex/", f"/papers/{written}/ris/"):
        assert client.get(path).status_code in (400, 404), path


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


@pytest.mark.parametrize(("comment", "said"), [("The retraction of Lemma 2 is discussed.", True), ("12 pages", False)])
def test_a_comment_on_a_withdrawal_is_pointed_out(client: Client, comment: str, said: bool) -> None:
    publish([Draft(comment=comment)])
    page = tree(client.get("/papers/2601.15380/"))
    assert ("The comment speaks of a withdrawal" in words(page)) is said


def test_the_summary_in_the_language_of_the_page_comes_first(client: Client) -> None:
    version = store(Draft())
    summarise(version, Draft(tldr="In English."), "en")
    summarise(version, Draft(tldr="中文摘要。"), "zh")
    for language, expected in (("en", ["In English.", "中文摘要。"]), ("zh-hans", ["中文摘要。", "In English."])):
        response = client.get("/papers/2601.15380/", headers={"accept-language": language})
        assert [words(each) for each in tree(response).iter("p") if "lead-in" in each.get("class", "")] == expected


def test_an_open_edition_is_not_spoken_of(client: Client) -> None:
    publish([Draft()], state="open")
    assert not [link for link in links(client.get("/papers/2601.15380/")) if link.startswith("/editions/2")]


def test_thousands_of_authors_do_not_break_the_page(client: Client) -> None:
    store(Draft(authors=tuple(f"Author Number{each}" for each in range(3303))))
    response = client.get("/papers/2601.15380/")
    assert "and 3263 more" in response.content.decode()
    assert len(response.content) < 300_000  # mostly one `citation_author` for each


def test_queries_stay_the_same_however_often_it_was_printed(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for day in range(1, 20):
        publish([Draft(tldr="Short.")], day=date(2026, 1, day))
    # The versions, the day, the last signals, the summaries, the editions, all signals.
    with django_assert_num_queries(6):
        client.get("/papers/2601.15380/")


def cited(client: Client, path: str = "/papers/2601.15380/") -> list[tuple[str, str]]:
    tags = [(tag.get("name", ""), tag.get("content", "")) for tag in tree(client.get(path)).iter("meta")]
    return [(name, content) for name, content in tags if name.startswith("citation_")]


def test_zotero_finds_the_paper_in_its_page(client: Client) -> None:
    version = store(Draft(title="A \\$5 look at $α$ & β", authors=("L. van der Maaten", "CMS Collaboration")))
    version.published = datetime(2026, 1, 21, tzinfo=UTC)
    version.updated = datetime(2026, 2, 1, tzinfo=UTC)
    version.doi, version.journal_ref = "10.1103/PhysRevD.1", "Phys. Rev. D 108 (2026) 12"
    version.save()
    assert cited(client) == [
        ("citation_title", "A $5 look at α & β"),
        ("citation_author", "van der Maaten, L."),
        ("citation_author", "CMS Collaboration"),
        ("citation_publication_date", "2026/01/21"),
        ("citation_online_date", "2026/02/01"),
        ("citation_arxiv_id", "2601.15380"),
        ("citation_doi", "10.1103/PhysRevD.1"),
        ("citation_journal_title", "Phys. Rev. D 108 (2026) 12"),
        ("citation_abstract_html_url", "https://arxiv.org/abs/2601.15380"),
        ("citation_pdf_url", "https://arxiv.org/pdf/2601.15380"),
        ("citation_abstract", "We look at attention in a new way. It works well."),
        ("citation_keywords", "cs.LG"),
    ]


def test_a_preprint_is_cited_by_the_doi_of_arxiv(client: Client) -> None:
    publish([Draft("hep-th/9901001", categories=("hep-th",), withdrawn=True)])
    found = dict(cited(client, "/papers/hep-th/9901001/"))
    assert found["citation_doi"] == "10.48550/arXiv.hep-th/9901001"
    assert not {"citation_journal_title", "citation_pdf_url", "citation_online_date"} & set(found)


def test_no_words_of_a_paper_end_a_tag(client: Client) -> None:
    title = '"><script>alert(1)</script>'
    store(Draft(title=title, authors=(title,)))
    assert dict(cited(client))["citation_title"] == title
    assert b"<script>alert" not in client.get("/papers/2601.15380/").content


def test_versions_dois_and_the_journal_are_shown(client: Client) -> None:
    first = store(Draft())
    Version.objects.filter(pk=first.pk).update(published=datetime(2026, 1, 21, tzinfo=UTC))
    Version.objects.create(
        paper=first.paper,
        number=3,
        title="Third",
        abstract="New.",
        primary_category="cs.LG",
        categories=["cs.LG"],
        updated=datetime(2026, 3, 4, tzinfo=UTC),
        doi="10.1103/PhysRevD.1_2",
        journal_ref="Phys. Rev. D 108",
    )
    response = client.get("/papers/2601.15380/")
    page = words(tree(response).find("body/main"))
    for expected in ("Phys. Rev. D 108", "10.1103/PhysRevD.1_2", "10.48550/arXiv.2601.15380", "4 March 2026"):
        assert expected in page
    assert {f"https://arxiv.org/abs/2601.15380v{number}" for number in (1, 2, 3)} <= set(links(response))
    assert "https://doi.org/10.48550/arXiv.2601.15380" in links(response)
    assert not accessibility_faults(response)


def test_a_paper_comes_as_bibtex_and_ris(client: Client) -> None:
    publish([Draft("hep-th/9901001", title="On $α$", categories=("hep-th",))])
    page = client.get("/papers/hep-th/9901001/")
    for kind, ending, expected in (("bibtex", "bib", "{{On $\\alpha$}}"), ("ris", "ris", "TI  - On α")):
        path = f"/papers/hep-th/9901001/{kind}/"
        assert path in links(page)
        response = client.get(path)
        assert expected in response.content.decode()
        assert response["Content-Disposition"] == f'attachment; filename="arXiv-hep-th-9901001.{ending}"'


def test_categories_and_authors_lead_to_their_pages(client: Client) -> None:
    publish([Draft(categories=("cs.LG", "math.IT", "weird"), authors=("Grace Hopper", "…", "<b>Eve</b> X"))])
    found = links(client.get("/papers/2601.15380/"))
    assert {"/categories/cs.LG/", "/categories/cs.IT/", "/authors/Grace%20Hopper/"} <= set(found)
    assert not [each for each in found if "weird" in each or "…" in each]


def test_it_leads_to_similar_papers_and_a_letter(client: Client) -> None:
    publish([Draft(title="Quantum error correction", abstract="Quantum error correction with surface codes.")])
    response = client.get("/papers/2601.15380/")
    found = links(response)
    assert "/papers/2601.15380/similar/" in found
    assert [each for each in found if each.startswith("/?filters=") and each.endswith("likes=2601.15380")]
    [place] = [each for each in tree(response).iter("div") if each.get("data-embed")]
    assert client.get(place.get("data-embed", "")).status_code == 200


def test_similar_papers_come_as_a_short_list_for_the_script(client: Client) -> None:
    publish(
        [Draft(f"2601.{n:05}", f"Quantum <b>codes</b> {n}", abstract="A homomorphic encryption.") for n in range(9)]
    )
    index_versions()
    response = client.get("/papers/2601.00003/similar/short/")
    assert response.content.count(b"<li>") == 5
    assert b"/papers/2601.00003/" not in response.content
    assert b"<b>codes" not in response.content
    assert "/topics/" in response.content.decode()
    assert client.get("/papers/2601.99999/similar/short/").status_code == 404


def test_a_paper_that_is_alone_says_so_and_has_no_topic(client: Client) -> None:
    publish(
        [Draft("2601.00001", "Quantum codes", abstract="Surface codes correct errors."), Draft("2601.00002", "Comets")]
    )
    index_versions()
    page = client.get("/papers/2601.00001/similar/short/")
    assert "No similar papers are known yet." in words(tree(page))
    assert "/topics/" not in page.content.decode()


def test_attention_over_time_is_drawn_told_in_words_and_a_table(client: Client) -> None:
    publish()
    paper = Version.objects.get().paper
    for day, value in ((20, 3), (21, 40)):
        at = datetime(2026, 1, day, 12, tzinfo=UTC)
        Signal.objects.create(paper=paper, kind="upvotes", value=value, observed_at=at)
    response = client.get("/papers/2601.15380/")
    [drawing] = tree(response).iter("{http://www.w3.org/2000/svg}svg")
    assert drawing.get("aria-label") == "40 upvotes on Hugging Face on 21 January 2026; on 20 January 2026 it was 3"
    [table] = tree(response).iter("table")
    assert words(table) == "20 January 2026321 January 202640"
    assert not accessibility_faults(response)


def test_a_reader_in_a_browser_of_their_own_says_what_they_think(ada_browser: Client) -> None:
    publish()
    page = ada_browser.get("/papers/2601.15380/")
    assert page["Cache-Control"] == "no-store, private"
    assert [each.get("value") for each in tree(page).iter("button") if each.get("name") == "act"] == [
        "say more 2601.15380",
        "say less 2601.15380",
        "say save 2601.15380",
    ]
    answer = ada_browser.post("/papers/2601.15380/", {"act": "say save 2601.15380"})
    assert (answer.status_code, answer["Location"]) == (302, "/papers/2601.15380/#marks")
    assert Feedback.objects.get().kind == "save"
    ada_browser.post("/papers/2601.15380/", {"act": "undo save 2601.15380"})
    assert not Feedback.objects.exists()
    assert not accessibility_faults(page)


@pytest.mark.parametrize("act", ["", "say", "say save 2601.00001", "say x 2601.15380", "x save 2601.15380"])
def test_what_no_button_says_is_refused(ada_browser: Client, act: str) -> None:
    publish()
    assert ada_browser.post("/papers/2601.15380/", {"act": act}).status_code == 400
    assert not Feedback.objects.exists()


def test_a_stranger_has_no_buttons_and_changes_nothing(client: Client, settings: Settings) -> None:
    publish()
    settings.PAGE_CACHE_SECONDS = 60
    page = client.get("/papers/2601.15380/")
    assert page["Cache-Control"] == "public, max-age=60"
    assert not page.cookies
    assert not [each for each in tree(page).iter("button") if each.get("name") == "act"]
    assert client.post("/papers/2601.15380/", {"act": "say save 2601.15380"})["Location"] == "/link/"
    assert not Feedback.objects.exists()


def test_a_page_that_a_stranger_saw_shows_a_reader_their_own(ada_browser: Client, settings: Settings) -> None:
    publish()
    settings.PAGE_CACHE_SECONDS = 60
    caches["pages"].clear()
    stranger = Client().get("/papers/2601.15380/").content
    assert b'name="act"' in ada_browser.get("/papers/2601.15380/").content
    assert Client().get("/papers/2601.15380/").content == stranger
