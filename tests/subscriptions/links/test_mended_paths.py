"""A link that a mail program has extended still opens its page, and still does nothing by itself."""

from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.links import tokens
from subscriptions.links.lookup import address_epoch
from subscriptions.links.mended_paths import mend_path
from subscriptions.links.tokens import Purpose
from subscriptions.models import Subscriber
from tests.people import ada, subscribe

SIGNS = [
    *".)>,;]'\"!?}*",
    "%3E",
    "%253E",
    "%E2%80%8B",
    "%E2%80%8C",
    "%E2%80%8D",
    "%EF%BB%BF",
    "&gt;",
    "&gt%3B",
    "%3C/a%3E",
    ">.",
    ")%E2%80%8B,",
    "。",
    "）点击",
    "%20",
    "%0D%0A",
    "//",
    "=",
]
ENDS = [
    *(f"/{sign}" for sign in SIGNS),
    *(sign for sign in SIGNS if not sign.startswith("//")),
    *(f"/{sign}/" for sign in SIGNS),
    "",
]
PAGES: dict[str, Purpose] = {
    "confirm": "confirm",
    "preferences": "manage",
    "unsubscribe": "unsubscribe",
    "delete": "delete",
    "address": "address",
}


@pytest.fixture
def row(db: None) -> Subscriber:
    return subscribe(ada, new_email="new@example.net")


def link(page: str, row: Subscriber) -> str:
    """The path of a link, without the slash at its end."""
    epochs = {"unsubscribe": row.key, "address": address_epoch(row)}
    return f"/{page}/{tokens.make(PAGES[page], row.id, epochs.get(page, row.epoch))}"


@pytest.mark.parametrize("page", PAGES)
def test_an_extended_link_opens_the_same_page(client: Client, row: Subscriber, page: str) -> None:
    path = link(page, row)
    before = Subscriber.objects.values().get()
    wanted = client.get(f"{path}/")
    assert wanted.status_code == 200
    for end in ENDS:
        for visit in (client.get, client.head):
            opened = visit(f"{path}{end}")
            assert (opened.status_code, opened.templates[0].name) == (200, wanted.templates[0].name), end
    assert Subscriber.objects.values().get() == before


@pytest.mark.parametrize("end", ENDS)
def test_one_click_works_with_an_extended_link(row: Subscriber, end: str) -> None:
    mail_program = Client(enforce_csrf_checks=True)
    answer = mail_program.post(f"{link('unsubscribe', row)}{end}", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert Subscriber.objects.get().status == Subscriber.Status.UNSUBSCRIBED


@pytest.mark.parametrize("end", ["/)", "%E2%80%8B", ""])
def test_every_button_works_on_an_extended_link(client: Client, end: str, db: None) -> None:
    pending = subscribe(ada, status=Subscriber.Status.PENDING)
    assert client.post(f"{link('confirm', pending)}{end}").status_code == 302
    active = Subscriber.objects.get()
    assert active.status == Subscriber.Status.ACTIVE
    active.new_email = "new@example.net"
    active.save()
    client.post(f"{link('address', active)}{end}")
    active.refresh_from_db()
    assert active.email == "new@example.net"
    client.post(f"{link('delete', active)}{end}")
    assert not Subscriber.objects.exists()


def test_a_button_on_an_extended_link_still_wants_a_csrf_token(row: Subscriber) -> None:
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(f"{link('delete', row)}/)").status_code == 403
    assert Subscriber.objects.exists()


def test_a_sign_within_a_token_is_taken_out(client: Client, row: Subscriber) -> None:
    path = link("confirm", row)
    assert client.get(f"{path[:20]}%E2%80%8B{path[20:]}/").status_code == 200


def test_another_token_is_never_made_of_a_wrong_one(client: Client, row: Subscriber) -> None:
    path = link("confirm", row)
    for wrong in (path[:-1], f"{path}x", f"{path}-", f"{path}/x/)", path[:-3] + ")" + path[-3:]):
        assert client.get(f"{wrong}/)").status_code in (400, 404), wrong


@pytest.mark.django_db
def test_other_pages_keep_their_addresses(client: Client) -> None:
    for path in ("/link/)", "/sent/.", "/nothing/)", "/today/%3E"):
        assert client.get(path).status_code == 404, path
    assert client.get("/link")["Location"] == "/link/"
    assert client.get("/admin/)")["Location"] == "/admin/login/?next=/admin/%29"


@pytest.mark.django_db
def test_the_front_page_opens_with_a_sign_after_it(client: Client) -> None:
    for path in ("/)", "/%3E", "/%E2%80%8B", "/,"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["//evil.example/)", "//evil.example/confirm/x/)", "/confirm/x/)//evil.example", "//)"]
)
def test_nobody_is_led_to_another_host(client: Client, path: str, db: None) -> None:
    answer = client.get("/", PATH_INFO=path)
    assert (answer.status_code in (200, 400, 404), "Location" in answer.headers) == (True, False)


def test_what_follows_the_question_mark_stays(client: Client, row: Subscriber) -> None:
    path = link("preferences", row)
    opened = client.get(f"{path}/)?notice=confirmed").context["request"]
    assert opened.GET["notice"] == "confirmed"
    assert opened.get_full_path() == f"{path}/?notice=confirmed"


@given(st.text(max_size=60))
def test_whatever_follows_a_link_a_path_comes_out(junk: str) -> None:
    mended = mend_path(f"/confirm/abc_-1/{junk}")
    assert mended == mend_path(mended)
    assert mended.startswith("/confirm/abc_-1")
    assert mended.endswith("/")
    assert quote(mended) == mended
