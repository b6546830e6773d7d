"""Mistyped and pasted addresses: a question and a hint, no refusal."""

from urllib.parse import urlencode

import pytest
from django.core import mail as outbox
from django.http import QueryDict
from django.test import Client

from subscriptions.forms import NewAddressForm
from subscriptions.models import Subscriber
from tests.web.pages import accessibility_faults, tree, words

pytestmark = pytest.mark.django_db

SIGN_UP = {"filters": "attention", "language": "en"}
MISTYPED, MEANT = "new@gmial.com", "new@gmail.com"


def test_a_mistyped_domain_gets_a_question(client: Client) -> None:
    page = client.post("/", {**SIGN_UP, "email": MISTYPED})
    text = words(tree(page).find("body"))
    assert f"Did you mean {MEANT}?" in text
    assert f"Yes, use {MEANT}" in text
    assert f"No, {MISTYPED} is right" in text
    assert f'name="email_asked" value="{MISTYPED}"' in page.content.decode()
    [at_the_top] = [link for link in tree(page).iter("a") if link.get("href") == "#email"]
    assert f"Did you mean {MEANT}?" in words(at_the_top)
    assert not accessibility_faults(page)
    assert not outbox.outbox


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        ({"email_choice": MEANT}, MEANT),
        ({"email_choice": MISTYPED}, MISTYPED),
        # Sent once more as it was: the question is answered too.
        ({}, MISTYPED),
    ],
)
def test_any_answer_signs_up(client: Client, answer: dict[str, str], address: str) -> None:
    page = client.post("/", {**SIGN_UP, "email": MISTYPED.upper(), "email_asked": MISTYPED.upper(), **answer})
    assert page["Location"] == "/sent/?for=confirm"
    assert [letter.to[0].lower() for letter in outbox.outbox] == [address]


def test_an_answer_is_about_the_address_asked(client: Client) -> None:
    given = {"email": "other@example.org", "email_asked": MISTYPED, "email_choice": MEANT}
    assert client.post("/", {**SIGN_UP, **given})["Location"] == "/sent/?for=confirm"
    assert [letter.to for letter in outbox.outbox] == [["other@example.org"]]


def test_a_choice_is_checked_like_any_address(client: Client) -> None:
    given = {"email": MISTYPED, "email_asked": MISTYPED, "email_choice": "x@y\r\nBcc: z"}
    assert client.post("/", {**SIGN_UP, **given}).status_code == 200
    assert not outbox.outbox


def test_whoever_asks_for_a_link_is_asked_too(client: Client) -> None:
    assert f"Did you mean {MEANT}?" in client.post("/link/", {"email": MISTYPED}).content.decode()
    answer = client.post("/link/", {"email": MISTYPED, "email_asked": MISTYPED})
    assert answer["Location"] == "/sent/?for=link"


def test_whoever_moves_is_asked_too() -> None:
    form = NewAddressForm(QueryDict(urlencode({"email": MISTYPED})))
    assert form.errors == {"email": [f"Did you mean {MEANT}?"]}
    assert NewAddressForm(QueryDict(urlencode({"email": MISTYPED, "email_asked": MISTYPED}))).is_valid()


def test_pasted_invisible_signs_are_taken_out_with_a_hint(client: Client) -> None:
    sent = client.post("/", {**SIGN_UP, "email": "\ufeffnew@exam\u00adple.org\u200b"})
    assert sent["Location"] == "/sent/?for=confirm&tidied=1"
    assert [letter.to for letter in outbox.outbox] == [["new@example.org"]]
    assert "We took them out." in client.get(sent["Location"]).content.decode()
    assert "We took them out." not in client.get("/sent/?for=confirm").content.decode()


def test_a_sharp_s_and_ss_are_two_people(client: Client) -> None:
    for address in ("new@straße.de", "new@strasse.de"):
        client.post("/", {**SIGN_UP, "email": address})
    assert [letter.to[0] for letter in outbox.outbox] == ["new@xn--strae-oqa.de", "new@strasse.de"]
    assert not Subscriber.objects.filter(email_key__contains="ß").exists()
