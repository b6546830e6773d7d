"""Strangers who try things learn nothing and do no harm."""

from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client

from subscriptions import rate_limits
from subscriptions.links import tokens
from subscriptions.links.tokens import PURPOSES, Purpose
from subscriptions.models import Subscriber
from subscriptions.services import suppression
from tests.browsers import open_account
from tests.people import ada, bao, subscribe

pytestmark = pytest.mark.django_db

FAR = 1_000_001
SIGN_UP = {"email": "new@example.org", "filters": "attention", "language": "en"}
SCRIPT = '"<script>alert(1)</script>"'
PAGES: dict[str, Purpose] = {
    "preferences": "manage",
    "confirm": "confirm",
    "account": "account",
    "restore": "restore",
    "unsubscribe": "unsubscribe",
    "delete": "delete",
    "address": "address",
    "return": "return",
}


def visible_parts(answer: Any) -> tuple[int, str, bytes]:
    """Return all by which a stranger can tell answers apart."""
    return answer.status_code, answer.get("Location", ""), answer.content


def test_nobody_learns_whether_an_address_is_known(client: Client) -> None:
    subscribe(ada, id=FAR)
    subscribe(bao, id=FAR + 1, status=Subscriber.Status.UNSUBSCRIBED)
    suppression.suppress("blocked@example.org", "complaint")
    addresses = (ada.email, bao.email, "nobody@example.org", "blocked@example.org")
    assert len({visible_parts(client.post("/link/", {"email": address})) for address in addresses}) == 1
    assert len({visible_parts(client.post("/", {**SIGN_UP, "email": address})) for address in addresses}) == 1
    open_account(client, FAR)
    assert len({visible_parts(client.post("/preferences/address/", {"email": address})) for address in addresses}) == 1


def test_nothing_can_be_smuggled_into_a_header(client: Client) -> None:
    for address in ("a@example.org\r\nBcc: b@example.org", "a@example.org\nSubject: x", "a@example.org%0aBcc:x"):
        assert client.post("/", {**SIGN_UP, "email": address}).status_code == 200
        assert client.post("/link/", {"email": address}).status_code == 200
    client.post("/", {**SIGN_UP, "filters": "attention\r\nBcc: all@example.org"})
    client.post("/", {**SIGN_UP, "filters": '"a\r\nBcc b"'})
    assert all(len(letter.to) == 1 and "Bcc" not in letter.message() for letter in outbox.outbox)


def test_what_people_type_is_text_and_never_markup(client: Client) -> None:
    hostile = f"{SCRIPT} )\n</textarea><img src=x onerror=alert(1)>"
    page = client.post("/", {**SIGN_UP, "filters": hostile, "email": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page.partition("</header>")[2]
    row = subscribe(ada, id=FAR, filters=SCRIPT, email="a'<b>@example.org")
    pages = [client.get(f"/preferences/{tokens.make('manage', row.id)}/"), client.get("/?filters=" + SCRIPT)]
    pages.append(open_account(client, row.id).get("/preferences/"))
    pages.append(client.get(f"/unsubscribe/{tokens.make('unsubscribe', row.id)}/"))
    for answer in pages:
        assert b"<script>alert" not in answer.content
        assert b"<b>@" not in answer.content


def test_forms_of_other_sites_can_only_unsubscribe() -> None:
    subscribe(ada)
    client = open_account(Client(), ada.id)
    client.handler.enforce_csrf_checks = True
    manage = f"/preferences/{tokens.make('manage', ada.id)}/"
    below = [f"{start}{page}" for start in ("/preferences/", manage) for page in ("", "pause/", "delete/")]
    paths = ["/", "/link/", *below, f"{manage}link/", "/preferences/address/", "/preferences/links/"]
    paths += [
        f"/account/{tokens.make('account', ada.id)}/",
        f"/confirm/{tokens.make('confirm', ada.id)}/",
        f"/delete/{tokens.make('delete', ada.id)}/",
    ]
    for path in paths:
        assert client.post(path, {"email": "x@example.org", "resume": "1"}).status_code == 403, path
    assert Subscriber.objects.get().status == Subscriber.Status.ACTIVE
    assert outbox.outbox == []
    assert client.post(f"/unsubscribe/{tokens.make('unsubscribe', ada.id)}/").status_code == 200


def test_a_form_of_our_own_is_accepted() -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/")
    token = client.cookies["csrftoken"].value
    assert client.post("/", {**SIGN_UP, "csrfmiddlewaretoken": token}).status_code == 302


def test_a_token_opens_one_kind_of_page_only(client: Client) -> None:
    subscribe(ada, new_email="x@example.net")
    before = Subscriber.objects.values().get()
    for page, own in PAGES.items():
        for purpose in PURPOSES:
            if purpose != own:
                for method in (client.get, client.post):
                    assert method(f"/{page}/{tokens.make(purpose, ada.id)}/").status_code == 400
    assert Subscriber.objects.values().get() == before


def test_a_token_opens_the_page_of_its_own_person_only(client: Client) -> None:
    subscribe(ada)
    subscribe(bao)
    page = open_account(client, ada.id).get(f"/preferences/?id={bao.id}&email={bao.email}")
    assert ada.email in page.content.decode()
    assert bao.email not in page.content.decode()
    client.post(f"/unsubscribe/{tokens.make('unsubscribe', ada.id)}/", {"id": bao.id, "email": bao.email})
    assert Subscriber.objects.get(id=bao.id).status == Subscriber.Status.ACTIVE


def test_no_page_sends_people_to_a_strangers_site(client: Client) -> None:
    subscribe(ada, id=FAR)
    target = "?next=https://evil.example&for=//evil.example&notice=//evil.example"
    open_account(client, FAR)
    for path in ("/", "/link/", "/preferences/pause/"):
        answer = client.post(f"{path}{target}", {**SIGN_UP, "next": "//evil.example", "resume": "1"})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/")
        assert not answer["Location"].startswith("//")
        assert "evil" not in answer["Location"]
    assert "evil" not in client.get(f"/sent/{target}").content.decode()


def test_a_sign_up_that_fills_the_hidden_field_is_ignored(client: Client) -> None:
    answer = client.post("/", {**SIGN_UP, "website": "https://spam.example"})
    assert answer["Location"] == "/sent/?for=confirm"
    assert not Subscriber.objects.exists()
    assert outbox.outbox == []


def test_the_letters_of_one_client_are_limited(client: Client) -> None:
    most = rate_limits.PER_CLIENT.letters
    answers = {
        visible_parts(client.post("/", {**SIGN_UP, "email": f"p{number}@d{number}.example"}))
        for number in range(most + 5)
    }
    assert len(answers) == 1
    assert len(outbox.outbox) == most
    client.post("/", {**SIGN_UP, "email": "late@example.org"}, REMOTE_ADDR="198.51.100.7")
    assert len(outbox.outbox) == most + 1


def test_the_letters_to_one_mailbox_are_limited(client: Client) -> None:
    most = rate_limits.PER_MAILBOX.letters
    subscribe(ada, id=FAR)
    for number in range(most + 3):
        Subscriber.objects.update(mailed_at=None)
        client.post("/link/", {"email": ada.email.upper()}, REMOTE_ADDR=f"198.51.100.{number}")
    assert len(outbox.outbox) == most


def test_the_letters_to_one_domain_are_limited(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_DOMAIN", rate_limits.Limit(3, rate_limits.HOUR))
    for number in range(5):
        client.post("/", {**SIGN_UP, "email": f"p{number}@Example.org"}, REMOTE_ADDR=f"198.51.100.{number}")
    assert len(outbox.outbox) == 3


def test_the_owner_of_a_link_cannot_flood_strangers(client: Client) -> None:
    most = rate_limits.PER_READER.letters
    subscribe(ada, id=FAR)
    page = "/preferences/address/"
    open_account(client, FAR)
    for number in range(most + 3):
        client.post(page, {"email": f"p{number}@d{number}.example"})
    assert len(outbox.outbox) == most


def test_the_front_page_sets_only_the_csrf_cookie(client: Client) -> None:
    client.get("/")
    assert set(client.cookies) <= {"csrftoken"}
    other = Client()
    subscribe(ada)
    other.get(f"/unsubscribe/{tokens.make('unsubscribe', ada.id)}/")
    assert not other.cookies


def test_a_client_over_its_limit_changes_no_address(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "PER_CLIENT", rate_limits.Limit(1, rate_limits.HOUR))
    subscribe(ada, id=FAR)
    page = "/preferences/address/"
    open_account(client, FAR)
    for number in range(2):
        assert client.post(page, {"email": f"p{number}@example.net"}).status_code == 302
    assert [letter.to for letter in outbox.outbox] == [["p0@example.net"]]
