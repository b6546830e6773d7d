"""The mailbox of the demo."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django import Settings

from digest.delivery.transports.mailbox import MailboxBackend, list_letters
from tests.web.pages import accessibility_faults, headings, links, tree, words

pytestmark = pytest.mark.django_db

HTML = "<!doctype html><html><head><title>x</title></head><body><h1>Hi</h1><script>alert(1)</script></body></html>"


@pytest.fixture(autouse=True)
def _mailbox(settings: Settings, tmp_path: Path) -> None:
    settings.DEBUG = True
    settings.MAILBOX = tmp_path


def post(subject: str = "Three papers", html: str = HTML, text: str = "See https://post.example/today/") -> str:
    message = EmailMultiAlternatives(
        subject, text, to=["ada@example.org"], headers={"Message-ID": f"<{subject.partition(' ')[0]}@x>"}
    )
    if html:
        message.attach_alternative(html, "text/html")
    MailboxBackend(file_path=str(settings.MAILBOX)).send_messages([message])
    return next(each.name for each in list_letters(settings.MAILBOX) if each.subject == subject)


def test_an_empty_mailbox_says_how_to_fill_it(client: Client) -> None:
    response = client.get("/mailbox/")
    assert "No letters yet" in response.content.decode()
    assert not accessibility_faults(response)


def test_letters_are_listed_with_subject_and_reader(client: Client) -> None:
    post("Three papers")
    post("")
    response = client.get("/mailbox/")
    listed = [words(item) for item in tree(response).iter("li")]
    assert any("To ada@example.org" in item and "Three papers" in item for item in listed)
    assert any("(no subject)" in item for item in listed)
    assert not accessibility_faults(response)


def test_a_letter_opens_in_a_frame_that_can_run_nothing(client: Client) -> None:
    name = post()
    response = client.get(f"/mailbox/{name}/")
    frame = next(tree(response).iter("iframe"))
    assert "allow-scripts" not in frame.get("sandbox", "")
    assert not accessibility_faults(response)
    inside = client.get(frame.get("src", ""))
    assert frame.get("src") in links(response)
    policy = inside["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert headings(inside) == ["Hi"]
    assert 'target="_blank"' in inside.content.decode()


def test_text_and_headers_have_tabs_of_their_own(client: Client) -> None:
    name = post()
    text = client.get(f"/mailbox/{name}/?part=text")
    assert "https://post.example/today/" in links(text)
    headers = client.get(f"/mailbox/{name}/?part=headers")
    assert "<Three@x>" in words(tree(headers).find("body/main"))
    for response in (text, headers):
        assert not accessibility_faults(response)


def test_a_letter_without_html_opens_as_text(client: Client) -> None:
    response = client.get(f"/mailbox/{post(html='')}/")
    assert "See https://post.example/today/" in words(tree(response).find("body/main"))


@pytest.mark.parametrize("name", ["..", "nothing.eml", "%2e%2e%2fsecret_key", "0" * 40 + ".eml"])
def test_names_that_are_no_letters_are_404(client: Client, name: str) -> None:
    assert client.get(f"/mailbox/{name}/").status_code == 404
    assert client.get(f"/mailbox/{name}/html/").status_code == 404


def test_an_unknown_part_is_404(client: Client) -> None:
    assert client.get(f"/mailbox/{post()}/?part=all").status_code == 404


def test_outside_of_debug_there_is_no_mailbox(client: Client, settings: Settings) -> None:
    name = post()
    settings.DEBUG = False
    for address in ("/mailbox/", f"/mailbox/{name}/", f"/mailbox/{name}/html/"):
        assert client.get(address).status_code == 404
