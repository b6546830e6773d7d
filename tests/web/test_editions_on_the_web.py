"""Today's edition and the editions by date."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from digest.models import EditionSummary, Feedback, Signal, Version
from digest.search.index import index_versions
from digest.web import selectors
from tests.web.pages import accessibility_faults, headings, links, tree, words
from tests.web.publishing import FRIDAY, Draft, drafts, publish, summarise

pytestmark = pytest.mark.django_db


def test_before_the_first_edition_the_page_says_so_kindly(client: Client) -> None:
    response = client.get("/today/")
    assert response.status_code == 200
    assert headings(response) == ["The first edition is on its way"]
    assert not accessibility_faults(response)


def test_today_shows_the_newest_frozen_edition(client: Client) -> None:
    publish([Draft("2601.00001", "An older paper")], day=date(2026, 1, 22))
    publish([Draft("2601.00002", "A newer paper")], day=FRIDAY)
    publish([Draft("2601.00003", "Not ready")], day=date(2026, 1, 26), state="open")
    response = client.get("/today/")
    assert headings(response) == ["Friday, 23 January 2026"]
    assert headings(response, "h2") == ["A newer paper"]


def test_an_edition_without_papers_is_never_shown(client: Client) -> None:
    publish([Draft()], day=FRIDAY)
    publish([], day=date(2026, 1, 26))
    assert headings(client.get("/today/")) == ["Friday, 23 January 2026"]
    assert client.get("/editions/2026-01-26/").status_code == 404


def test_papers_stand_in_order_with_summary_and_writer(client: Client) -> None:
    publish([Draft("2601.00001", "First", tldr="It helps."), Draft("2601.00002", "Second", abstract="Some abstract.")])
    first, second = tree(client.get("/today/")).iter("article")
    assert words(first) == ("First Grace Hopper, Alan Turing cs.LG It helps. From the abstract Abstract on arXiv PDF")
    assert "Some abstract. Beginning of the abstract" in words(second)


def test_a_chinese_reader_may_get_an_english_summary(client: Client) -> None:
    publish([Draft(tldr="It helps.")])
    response = client.get("/today/", headers={"accept-language": "zh-hans"})
    assert response.status_code == 200
    summary = next(each for each in tree(response).iter("p") if each.get("class") == "summary")
    assert (summary.get("lang"), words(summary)) == ("en", "It helps.")


def test_replaced_and_withdrawn_papers_are_told_apart(client: Client) -> None:
    publish(
        [
            Draft("2601.00001", "Fresh"),
            Draft("2601.00002", "Polished", kind="replace"),
            Draft("2601.00003", "Given up", kind="withdrawn", withdrawn=True),
        ]
    )
    response = client.get("/today/")
    page = words(tree(response).find("body/main"))
    assert "1 new paper · 3 with those that were replaced or withdrawn" in page
    _, polished, given_up = tree(response).iter("article")
    assert "version 1" in words(polished)
    assert words(given_up).count("withdrawn by its authors") == 1
    assert "PDF" not in words(given_up)


def test_an_edition_of_many_categories_can_be_narrowed(client: Client) -> None:
    publish([Draft("2601.00001", "About learning"), Draft("2601.00002", "About strings", categories=("hep-th",))])
    assert "?section=hep-th" in links(client.get("/today/"))
    assert headings(client.get("/today/?section=hep-th"), "h2") == ["About strings"]
    assert client.get("/today/?section=nothing").status_code == 404


def test_a_summary_that_replaces_another_is_shown_at_once(client: Client) -> None:
    edition = publish([Draft(tldr="Taken from the abstract.")])
    assert b"Taken from the abstract." in client.get("/today/").content
    better = summarise(edition.entries.get().version, Draft(tldr="Written by a model.", writer="small-1"))
    EditionSummary.objects.update(summary=better)
    page = client.get("/today/").content
    assert b"Written by a model." in page
    assert b"Taken from the abstract." not in page


def test_a_note_is_part_of_what_an_edition_holds() -> None:
    edition = publish()
    assert selectors.letter_contents(edition).note == ""
    edition.note = "Hello"
    edition.save()
    assert selectors.letter_contents(edition).note == "Hello"


def test_twenty_five_papers_fill_a_page(client: Client) -> None:
    publish(drafts(26))
    first, second = client.get("/editions/2026-01-23/"), client.get("/editions/2026-01-23/?page=2")
    assert len(headings(first, "h2")) == 25
    assert headings(second, "h2") == ["Paper number 26"]
    assert "?page=2" in links(first)
    assert next(tree(second).iter("ol")).get("start") == "26"


def test_thousands_of_papers_are_easy_to_read(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(drafts(2))
    sizes = [selectors.SectionSize("cs.LG", 1523, 1427), selectors.SectionSize("cs.CL", 1001, 1000)]
    monkeypatch.setattr(selectors, "count_by_section", lambda _edition: sizes)
    page = client.get("/editions/2026-01-23/")
    said = words(tree(page))
    assert "2,427 new papers · 2,524 with those" in said
    assert "All 2,524 cs.LG 1,523 cs.CL 1,001" in said
    assert "2,427 new papers of 23 January 2026" in page.content.decode()


@pytest.mark.parametrize("page", ["0", "-1", "x", "99", "²"])
def test_a_page_number_that_is_none_leads_to_a_page_that_is(client: Client, page: str) -> None:
    publish(drafts(2))
    assert client.get("/today/", {"page": page}).status_code == 200


def test_editions_lead_to_their_neighbours(client: Client) -> None:
    for day in (22, 23, 26):
        publish([Draft(f"2601.000{day}")], day=date(2026, 1, day))
    found = links(client.get("/editions/2026-01-23/"))
    assert {"/editions/2026-01-22/", "/editions/2026-01-26/"} <= set(found)
    assert "/editions/2026-01-23/" not in found


@pytest.mark.parametrize("day", ["2026-01-24", "2026-13-01", "yesterday", "20260123x", "20260123", "2026-W04-5", "0"])
def test_a_day_without_an_edition_is_a_kind_404(client: Client, day: str) -> None:
    publish()
    response = client.get(f"/editions/{day}/")
    assert response.status_code == 404
    assert headings(response) == ["There is nothing here"]
    assert not accessibility_faults(response)


def test_queries_do_not_grow_with_the_papers(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    publish(drafts(5), day=date(2026, 1, 22))
    publish(drafts(50), day=FRIDAY)
    with django_assert_num_queries(QUERIES):
        client.get("/editions/2026-01-22/")
    with django_assert_num_queries(QUERIES):
        client.get("/editions/2026-01-23/")


# The edition, its sections, the papers of the page with signals and summaries, its neighbours.
QUERIES = 7


def test_a_full_page_stays_below_100_kb(client: Client) -> None:
    long = [
        Draft(
            f"2601.{number:05}",
            title="A rather long title of the kind that theorists are fond of and others read twice " * 2,
            authors=tuple(f"Firstname Surname-{each}" for each in range(300)),
            tldr="word " * 35,
            code_url="https://github.com/someone/something",
        )
        for number in range(50)
    ]
    publish(long)
    assert len(client.get("/today/").content) < 100_000


def test_head_answers_like_get(client: Client) -> None:
    publish()
    for address in ("/today/", "/editions/2026-01-23/", "/papers/2601.15380/", "/preview/?fragment=1"):
        assert client.head(address).status_code == 200
        assert client.put(address).status_code == 405


def test_the_page_is_accessible_and_loads_nothing_elsewhere(client: Client) -> None:
    publish([*drafts(3), Draft("hep-th/9901001", categories=("hep-th",))])
    response = client.get("/today/")
    assert not accessibility_faults(response)
    loaded = [
        each.get("src") or each.get("href") or ""
        for name in ("script", "link", "img")
        for each in tree(response).iter(name)
    ]
    assert [address for address in loaded if not address.startswith(("/", "https://post.example/"))] == []
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "unsafe" not in response["Content-Security-Policy"]
    assert b"style=" not in response.content


def test_titles_from_outside_stay_text(client: Client) -> None:
    publish(
        [Draft(title="<script>alert(1)</script> & $\\ell_2$", authors=("<b>Eve</b>",), code_url="javascript:alert(1)")]
    )
    page = client.get("/today/").content.decode()
    assert "<script>alert" not in page
    assert "<b>Eve" not in page
    assert "javascript:" not in page
    assert "ℓ₂" in page


def test_the_operators_note_is_cleaned_and_above_the_papers(client: Client) -> None:
    edition = publish()
    edition.note = "**Sample** papers, [why](https://post.example/why) <script>alert(1)</script> [x](javascript:y)"
    edition.save()
    response = client.get("/today/")
    [strong] = tree(response).iter("strong")
    assert strong.text == "Sample"
    assert "https://post.example/why" in links(response)
    page = response.content.decode()
    assert "alert(1)" not in page
    assert "javascript:" not in page
    assert page.index("Sample") < page.index("<article")


def test_a_card_says_by_which_category_it_came_and_who_voted(client: Client) -> None:
    publish([Draft(categories=("gr-qc", "hep-ph"), kind="cross", section="hep-ph")])
    paper = Version.objects.get().paper
    for kind, value in (("upvotes", 1), ("stars", 15400)):
        Signal.objects.create(paper=paper, kind=kind, value=value, observed_at=datetime(2026, 1, 23, tzinfo=UTC))
    [article] = tree(client.get("/today/")).iter("article")
    assert "gr-qc cross-listed in hep-ph 1 upvote on Hugging Face 15,400 stars" in words(article)


def test_a_card_leads_to_its_authors_and_categories(client: Client) -> None:
    crowd = ("Ada Önal", "Bao Li", "Chidi Eze", "Dana Roth", "Eve Odd", "Farah Aziz")
    publish([Draft(authors=crowd, categories=("cs.LG", "math.IT", "odd.XX"), section="cs.LG")])
    index_versions()
    page = client.get("/today/")
    [card] = tree(page).iter("article")
    assert "Ada Önal, Bao Li, Chidi Eze … Eve Odd, Farah Aziz" in words(card)
    assert "cross-listed in cs.IT, odd.XX" in words(card)
    found = [link.get("href", "") for link in card.iter("a")]
    assert [link for link in found if link.startswith("/authors/")] == [
        "/authors/Ada%20%C3%96nal/",
        "/authors/Bao%20Li/",
        "/authors/Chidi%20Eze/",
        "/authors/Eve%20Odd/",
        "/authors/Farah%20Aziz/",
    ]
    assert [link for link in found if link.startswith("/categories/")] == ["/categories/cs.LG/", "/categories/cs.IT/"]
    assert all(client.get(link).status_code == 200 for link in found if link.startswith("/"))


def pressed(page: Any) -> list[str]:
    return [each.get("value", "") for each in tree(page).iter("button") if each.get("aria-pressed") == "true"]


@pytest.mark.parametrize("address", ["/today/", "/editions/2026-01-23/?page=2"])
def test_a_reader_in_a_browser_of_their_own_marks_papers_of_a_day(ada_browser: Client, address: str) -> None:
    publish(drafts(60))
    [paper, *_others] = [link.split("/")[2] for link in links(ada_browser.get(address)) if link.startswith("/papers/")]
    answer = ada_browser.post(address, {"act": f"say save {paper}"})
    place = "25" if "page" in address else "0"
    assert answer["Location"] == f"{address}#paper-{place}"
    assert Feedback.objects.get().kind == "save"
    page = ada_browser.get(address)
    assert pressed(page) == [f"undo save {paper}"]
    assert page["Cache-Control"] == "no-store, private"
    assert not accessibility_faults(page)
    ada_browser.post(address, {"act": f"undo save {paper}"})
    assert not Feedback.objects.exists()


@pytest.mark.parametrize("act", ["", "say", "say love 2601.00001", "say more 2601.99999", "say more 2601.00026"])
def test_what_no_button_of_the_page_says_is_refused(ada_browser: Client, act: str) -> None:
    publish(drafts(60))
    assert ada_browser.post("/today/", {"act": act}).status_code == 400
    assert not Feedback.objects.exists()


def test_strangers_have_no_marks_and_are_asked_for_their_address(client: Client, two_readers: None) -> None:
    publish(drafts(2))
    assert not [each for each in tree(client.get("/today/")).iter("button") if each.get("name") == "act"]
    for address in ("/today/", "/editions/2026-01-23/"):
        assert client.post(address, {"act": "say more 2601.00001"})["Location"] == "/link/"
    assert not Feedback.objects.exists()


def test_a_day_that_a_stranger_saw_shows_a_reader_their_own(ada_browser: Client, settings: Settings) -> None:
    settings.PAGE_CACHE_SECONDS = 60
    publish(drafts(2))
    assert "More like this" not in Client().get("/today/").content.decode()
    assert "More like this" in ada_browser.get("/today/").content.decode()
    assert "More like this" not in Client().get("/today/").content.decode()


def test_a_readers_page_of_a_day_takes_as_many_queries_for_many_papers(
    ada_browser: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    publish(drafts(2))
    ada_browser.get("/today/")
    with CaptureQueriesContext(connection) as few:
        ada_browser.get("/today/")
    publish(drafts(40), day=date(2026, 1, 26))
    with django_assert_num_queries(len(few)):
        ada_browser.get("/today/")
