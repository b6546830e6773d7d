"""The links of a letter work with a sign behind them that a mail program took for a part of them."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from digest.delivery.letter_order import order_for_delivery
from digest.letters.prerendered.renderer import LetterRenderer
from digest.letters.sender import Sender
from digest.models import Delivery, Feedback
from digest.web import selectors
from tests.people import ada, subscribe
from tests.web.publishing import Draft, publish

pytestmark = pytest.mark.django_db

ENDS = [".", ")", ">", ",", ";", "]", "'", '"', "%3E", "%E2%80%8B", "%E2%80%8C", "%E2%80%8D", "%EF%BB%BF"]


@pytest.fixture
def paths() -> list[str]:
    """Every link of a letter to a page of ours."""
    delivery = Delivery.objects.create(
        edition=publish([Draft("2601.15380"), Draft("hep-th/9901001")]),
        subscriber=subscribe(ada),
        state="accepted",
        picks=[[0, 1.0, []], [1, 0.5, []]],
        matched=9,
        language="en",
        detail="tldr",
        created_at=datetime.now(UTC),
    )
    renderer = LetterRenderer(selectors.letter_contents(delivery.edition), Sender.from_settings())
    letter = renderer.letter(ada, order_for_delivery(delivery))
    found = re.findall(r"https://post\.example(/[^\s\"<>]*)", f"{letter.text} {letter.html}")
    return sorted(set(found))


def test_every_link_of_a_letter_opens_with_a_sign_behind_it(client: Client, paths: list[str]) -> None:
    kinds = {path.split("/")[1] for path in paths}
    assert kinds >= {"", "feedback", "letters", "preferences", "unsubscribe"}
    for path in paths:
        assert client.get(path).status_code == 200, path
        for end in ENDS:
            assert client.get(f"{path}{end}").status_code == 200, f"{path}{end}"
            assert client.get(f"{path.rstrip('/')}{end}").status_code == 200 or path == "/", f"{path}{end}"
    assert not Feedback.objects.exists()


def test_feedback_is_taken_through_an_extended_link(client: Client, paths: list[str]) -> None:
    for path in (path for path in paths if "/save/" in path):
        for end in ("", *ENDS):
            Feedback.objects.all().delete()
            assert client.post(f"{path.rstrip('/')}{end}").status_code == 200
            assert Feedback.objects.get().paper.arxiv_id in path


def test_an_edition_opens_with_a_sign_behind_it(client: Client) -> None:
    publish()
    for end in ("", *ENDS):
        assert client.get(f"/editions/2026-01-23{end}").status_code == 200
        assert client.get(f"/editions/2026-01-23/{end}").status_code == 200
