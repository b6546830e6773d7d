"""More like this, less like this, save."""

import pytest
from django.test import Client

from digest.editions.build import build_edition
from digest.models import Feedback
from digest.picking.reader_signals import SignalLoader
from subscriptions.links import tokens
from subscriptions.models import Subscriber
from subscriptions.selectors import get_readers
from tests.editions.rows import FRIDAY, announce, deliver
from tests.people import ada, subscribe
from tests.web.pages import accessibility_faults, headings
from tests.web.publishing import Draft, store

pytestmark = pytest.mark.django_db


def address(kind: str = "more", arxiv_id: str = "2601.15380", token: str | None = None) -> str:
    return f"/feedback/{token or tokens.make('feedback', ada.id)}/{kind}/{arxiv_id}/"


@pytest.fixture(autouse=True)
def _ada_and_a_paper() -> None:
    subscribe(ada)
    store(Draft())


@pytest.mark.parametrize("kind", ["more", "less", "save"])
def test_a_visit_shows_a_button_and_changes_nothing(client: Client, kind: str) -> None:
    for visit in (client.get, client.head):
        assert visit(address(kind)).status_code == 200
    response = client.get(address(kind))
    assert b"<button" in response.content
    assert not accessibility_faults(response)
    assert not Feedback.objects.exists()


def test_pressing_the_button_twice_says_it_once(client: Client) -> None:
    for _ in range(2):
        response = client.post(address())
        assert headings(response) == ["Thank you, noted"]
    assert Feedback.objects.values_list("subscriber", "paper__arxiv_id", "kind").get() == (1, "2601.15380", "more")


def test_who_says_something_is_shown_where_whole_letters_are_rated(client: Client) -> None:
    assert 'href="/past-letters/"' not in client.get(address()).content.decode()
    assert 'href="/past-letters/"' in client.post(address()).content.decode()


def test_the_place_in_the_letter_is_stored_with_it(client: Client) -> None:
    versions = [announce("First"), announce("Second")]
    edition, marked = build_edition(FRIDAY), versions[1]
    deliver(edition, ada, *(edition.entries.get(version=version).rank for version in versions))
    client.post(address(arxiv_id=marked.paper.arxiv_id))
    client.post(address("save"))
    assert set(Feedback.objects.values_list("kind", "place")) == {("more", 2), ("save", None)}


def test_less_takes_back_more_but_a_saved_paper_stays_saved(client: Client) -> None:
    for kind in ("save", "more", "less"):
        client.post(address(kind))
    assert set(Feedback.objects.values_list("kind", flat=True)) == {"save", "less"}


def test_a_paper_with_an_old_id_can_be_saved(client: Client) -> None:
    store(Draft("hep-th/9901001"))
    assert client.post(address("save", "hep-th/9901001")).status_code == 200
    assert Feedback.objects.get().paper.arxiv_id == "hep-th/9901001"


def test_a_form_from_another_site_is_refused() -> None:
    browser = Client(enforce_csrf_checks=True)
    response = browser.post(address())
    assert response.status_code == 403
    assert headings(response) == ["Please try once more"]
    assert not Feedback.objects.exists()


def test_the_token_of_another_purpose_opens_nothing(client: Client) -> None:
    for token in (tokens.make("letter", ada.id), "nonsense", tokens.make("feedback", 999)):
        response = client.post(address(token=token))
        assert response.status_code in (400, 410)
        assert not accessibility_faults(response)
    assert not Feedback.objects.exists()


def test_a_reader_who_renewed_the_links_made_this_one_void(client: Client) -> None:
    old = address()
    Subscriber.objects.update(epoch=1)
    assert client.post(old).status_code == 410
    assert client.post(address(token=tokens.make("feedback", ada.id, 1))).status_code == 200


@pytest.mark.parametrize(("kind", "arxiv_id"), [("like", "2601.15380"), ("more", "2601.99999"), ("more", "a%00b")])
def test_other_kinds_and_unknown_papers_are_404(client: Client, kind: str, arxiv_id: str) -> None:
    assert client.get(address(kind, arxiv_id)).status_code == 404


def test_nobody_keeps_a_copy_of_the_page(client: Client) -> None:
    response = client.get(address())
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]


@pytest.mark.parametrize("cause", ["topic", "known", "weak"])
def test_less_may_say_why_on_the_page_that_follows(client: Client, cause: str) -> None:
    asked = client.post(address("less"))
    assert asked.content.count(b'name="cause"') == 3
    assert not accessibility_faults(asked)
    thanked = client.post(address("less"), {"cause": cause})
    assert b'name="cause"' not in thanked.content
    assert Feedback.objects.values_list("kind", "cause").get() == ("less", cause)


def test_a_cause_alone_says_nothing_and_only_less_has_one(client: Client) -> None:
    client.get(address("less"), {"cause": "weak"})
    client.post(address("less"), {"cause": "weak"})
    assert not Feedback.objects.exists()
    client.post(address("less"), {"cause": "ode"})
    client.post(address("save"), {"cause": "weak"})
    assert set(Feedback.objects.values_list("kind", "cause")) == {("less", ""), ("save", "")}
    assert b'name="cause"' not in client.post(address("more")).content


def test_a_paper_known_already_does_not_count_against_others(client: Client) -> None:
    reader = get_readers([ada.id])[ada.id]
    client.post(address("less"))
    assert len(SignalLoader().load([reader])[0].disliked) == 1
    client.post(address("less"), {"cause": "known"})
    assert SignalLoader().load([reader])[0].disliked == ()
