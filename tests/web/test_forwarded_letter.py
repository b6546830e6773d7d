"""A forwarded letter gives a stranger no power, and its reader everything, in a browser of their own."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from subscriptions.links import remembered_browsers, tokens
from subscriptions.models import RememberedBrowser, Subscriber
from subscriptions.services import suppression
from tests.browsers import open_account
from tests.people import ada, bao, subscribe
from tests.subscriptions.letters import link_in
from tests.web.forwarded_letter import ATTACKS, NOON, Attack, forward_letter

pytestmark = pytest.mark.django_db

# The id of the reader of the letter.
FAR = 1_000_001


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_stranger_gets_nowhere(client: Client, attack: Attack) -> None:
    with time_machine.travel(NOON, tick=False):
        assert attack.attempt(client, forward_letter()) == attack.now


def test_the_reader_opens_everything_from_any_letter(client: Client) -> None:
    letter = forward_letter()
    page = client.get(letter["preferences"]).content.decode()
    [button] = re.findall(r'action="([^"]+/link/)"', page)
    assert client.post(button)["Location"] == "/sent/?for=account"
    [sent] = mail.outbox
    assert sent.to == [ada.email]
    strong = link_in(sent)
    assert client.get(strong).status_code == 200
    assert client.get("/preferences/")["Location"] == "/link/", "looking at a link remembers no browser"
    assert client.post(strong)["Location"] == "/preferences/"
    assert client.get(letter["preferences"])["Location"] == "/preferences/"
    page = client.get("/preferences/").content.decode()
    assert ada.email in page
    assert "quantum" in page
    assert client.get("/preferences/export/").json()["email"] == ada.email
    assert "Saved once" in client.get("/saved/").content.decode()


def test_the_mailed_link_is_good_for_one_hour(client: Client) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        client.post(f"{forward_letter()['preferences']}link/")
        clock.shift(timedelta(hours=1, seconds=1))
        assert client.post(link_in(mail.outbox[0])).status_code == 410
        clock.shift(timedelta(seconds=-1))
        assert client.post(link_in(mail.outbox[0])).status_code == 302


def test_a_browser_is_remembered_for_90_days_by_a_safe_cookie(client: Client) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        forward_letter()
        open_account(client, FAR)
        cookie = client.cookies[remembered_browsers.COOKIE_NAME]
        assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
        assert cookie["max-age"] == 90 * 24 * 3600
        assert cookie.value not in RememberedBrowser.objects.get().secret_hash
        clock.shift(timedelta(days=90, seconds=-1))
        assert client.get("/preferences/").status_code == 200
        clock.shift(timedelta(seconds=1))
        assert client.get("/preferences/")["Location"] == "/link/"


def test_a_remembered_browser_opens_nothing_of_anybody_else(client: Client) -> None:
    letter = forward_letter()
    open_account(client, subscribe(bao).id)
    page = client.get(letter["preferences"])
    assert page.status_code == 200
    assert ada.email not in page.content.decode()
    assert client.get("/preferences/export/").json()["email"] == bao.email


def test_ending_all_links_ends_browsers_and_earlier_letters(client: Client) -> None:
    letter, phone = forward_letter(), open_account(Client(), FAR)
    account = f"/account/{tokens.make('account', FAR, Subscriber.objects.get().epoch)}/"
    deletion = f"/delete/{tokens.make('delete', FAR, Subscriber.objects.get().epoch)}/"
    open_account(client, FAR)
    assert client.post("/preferences/links/").status_code == 200
    for browser in (client, phone):
        assert browser.get("/preferences/")["Location"] == "/link/"
        for name in ("preferences", "letters", "feedback"):
            assert browser.get(letter[name]).status_code == 410
    for link in (account, deletion):
        assert client.post(link).status_code == 410
    assert client.post(letter["unsubscribe"]).status_code == 200
    assert Subscriber.objects.get().status == Subscriber.Status.UNSUBSCRIBED


def test_forgetting_one_browser_leaves_all_else(client: Client) -> None:
    letter, phone = forward_letter(), open_account(Client(), FAR)
    open_account(client, FAR)
    assert client.post("/preferences/links/", {"forget": "1"}).status_code == 200
    assert client.get("/preferences/")["Location"] == "/link/"
    assert phone.get("/preferences/").status_code == 200
    assert client.get(letter["letters"]).status_code == 200


def test_a_confirmation_opens_the_account_once(client: Client) -> None:
    client.post("/", {"email": "new@example.org", "filters": "attention", "language": "en"})
    link, stranger = link_in(mail.outbox[0]), Client()
    assert client.post(link)["Location"] == "/welcome/"
    for answer in (stranger.get(link), stranger.post(link)):
        assert "new@example.org" not in answer.content.decode()
    assert stranger.get("/preferences/")["Location"] == "/link/"


def test_a_confirmed_new_address_opens_no_account(client: Client) -> None:
    """It may have been mistyped, and be somebody else's."""
    forward_letter()
    open_account(client, FAR).post("/preferences/address/", {"email": "new@example.net"})
    link, other = link_in(mail.outbox[0]), Client()
    assert "go to the new address" in other.post(link).content.decode()
    assert other.get("/preferences/")["Location"] == "/link/"
    assert client.get("/preferences/").status_code == 200


def test_an_owner_drives_out_whoever_moved_the_account(client: Client) -> None:
    letter, eve = forward_letter(), open_account(Client(), FAR)
    eve.post("/preferences/address/", {"email": "eve@example.net"})
    eve.post(link_in(mail.outbox[0]))
    [_, notice] = mail.outbox
    assert notice.to == [ada.email]
    assert client.get(letter["preferences"]).status_code == 410
    client.get(link_in(notice))
    assert Subscriber.objects.get().email == "eve@example.net", "looking takes nothing back"
    assert "old address again" in client.post(link_in(notice)).content.decode()
    assert Subscriber.objects.get().email == ada.email
    assert eve.get("/preferences/")["Location"] == "/link/"


def test_a_known_reader_and_a_deleted_one_get_the_same_answer(client: Client) -> None:
    """To a press for a link; whether a letter leaves is decided afterwards."""
    letter = forward_letter()
    suppression.suppress(ada.email, "complaint")
    assert client.post(f"{letter['preferences']}link/")["Location"] == "/sent/?for=account"
    assert mail.outbox == []
    unsubscribe = letter["unsubscribe"]
    assert client.post(unsubscribe, {"instead": "link"})["Location"] == "/sent/?for=account"
    Subscriber.objects.all().delete()
    assert client.post(unsubscribe, {"instead": "link"})["Location"] == "/sent/?for=account"
