"""Whatever the operator calls the site, and whoever answers: the headers say it, and no letter is lost over it."""

import os
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import getaddresses, parseaddr

import pytest
from django.core.mail.message import sanitize_address

from deploy.env import Environment
from digest.delivery.message import build_message, encode_seven_bit
from digest.delivery.transports.envelope import envelope_address
from digest.letters import mail_message
from digest.letters.plain import PlainRenderer
from digest.letters.sender import Sender
from tests.letters.sample_letters import SENDER, as_received, edition, order, renderer
from tests.people import ada

NAMES = [
    "Preprint Post",
    "Name, Inc",
    "Post: new",
    "Post @ home",
    'The "Best" <Post>',
    "Bücher & Preprints, neu: „täglich“",
    "a\\b; c",
    "日報",
    "Familie 👨‍👩‍👧",
    ", ".join(["Bücher"] * 40),
    ", ".join(["Name"] * 60),
]


@pytest.fixture(params=NAMES, ids=lambda name: name[:20].strip())
def sender(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sender:
    monkeypatch.setenv("FROM_EMAIL", '"{}" <letters@post.example>'.format(request.param.replace("\\", "\\\\")))
    monkeypatch.setenv("REPLY_TO", '"{}" <hello@post.example>'.format(request.param.replace("\\", "\\\\")))
    return replace(
        SENDER,
        site_name=request.param.strip(),
        from_address=Environment(os.environ).mailbox("FROM_EMAIL"),
        reply_to=Environment(os.environ).mailbox("REPLY_TO"),
    )


def test_both_renderers_say_the_same_sender(sender: Sender) -> None:
    made = renderer(sender=sender).letter(ada, order(0, 1))
    assert made.data == PlainRenderer(edition(), sender).letter(ada, order(0, 1))
    assert made.data == mail_message.encode_message(made.data, sender.from_address, made.to)


def test_every_name_is_read_as_it_was_written(sender: Sender) -> None:
    made = renderer(sender=sender).letter(ada, order(0, 1))
    assert made.data.partition(b"\r\n\r\n")[0].isascii()
    assert mailboxes_in(made.data, "From") == [(sender.site_name, "letters@post.example")]
    assert mailboxes_in(made.data, "Reply-To") == [(sender.site_name, "hello@post.example")]
    assert mailboxes_in(encode_seven_bit(made), "Reply-To") == [(sender.site_name, "hello@post.example")]
    as_address = made.data.replace(b"<letters.post.example>", b"<letters@post.example>")
    assert mailboxes_in(as_address, "List-Id") == [(sender.site_name, "letters@post.example")]


def mailboxes_in(data: bytes, name: str) -> list[tuple[str, str]]:
    """Return names and addresses of a header, as a mail program shows them."""
    found = message_from_bytes(data).get_all(name, [])
    return [(str(make_header(decode_header(shown))), address) for shown, address in getaddresses(found)]


def test_a_mail_server_is_given_the_bare_address(sender: Sender) -> None:
    assert envelope_address(sender.from_address) == b"letters@post.example"
    assert sanitize_address(sender.from_address, "utf-8").endswith("<letters@post.example>")


def test_a_provider_is_given_readable_names(sender: Sender) -> None:
    message = build_message(renderer(sender=sender).letter(ada, order(0, 1)))
    assert parseaddr(message.extra_headers["Reply-To"]) == (sender.site_name, "hello@post.example")
    assert message.extra_headers["List-Id"].isascii()


def test_without_a_reply_address_answers_go_to_the_sender() -> None:
    assert as_received(renderer().letter(ada, order(0)))["Reply-To"] is None


def test_an_international_site_is_in_ascii_in_every_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "https://bücher.example")
    there = replace(SENDER, site_url=Environment(os.environ).site_address("SITE_URL", ""))
    made = renderer(sender=there).letter(ada, order(0, 1, matched=9))
    assert made.data.partition(b"\r\n\r\n")[0].isascii()
    for part in (made.text, made.html):
        assert "https://xn--bcher-kva.example/unsubscribe/" in part
        assert "bücher.example" not in part
    assert made.headers["List-Id"] == '"Preprint Post" <letters.xn--bcher-kva.example>'
    assert made.headers["List-Unsubscribe"].startswith("<https://xn--bcher-kva.example/unsubscribe/")
