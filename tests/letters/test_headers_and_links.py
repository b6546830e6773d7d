"""Where a letter's links lead, and what its envelope tells the great mailboxes."""

import re
from email.utils import parsedate_to_datetime

import pytest
from django.urls import resolve

from digest.letters import links
from subscriptions.links import tokens
from tests.letters.sample_letters import SENDER, as_received, edition, letter, links_of, order, paper
from tests.people import ada


def test_both_parts_hold_the_same_addresses_in_the_same_order() -> None:
    sent = letter(order(0, 1, 2, matched=30), edition(note="See [this](https://post.example/this)."))
    in_text = re.findall(r"https?://[^\s)>]+", sent.text)
    in_html = [address for _, address in links_of(sent.html) if address.startswith("http")]
    assert set(in_text) == set(in_html)
    once = list(dict.fromkeys(address for address in in_html if "/2601." in address))
    assert once == list(dict.fromkeys(address for address in in_text if "/2601." in address))


def test_every_link_has_a_name_of_its_own() -> None:
    named: dict[str, str] = {}
    for name, address in links_of(letter(order(0, 1, 2, 3, matched=9)).html):
        assert len(name) > 3
        assert named.setdefault(name, address) == address


def test_links_of_the_site_lead_to_its_pages() -> None:
    ours = [address for _, address in links_of(letter(order(0, matched=5)).html) if "post.example" in address]
    assert len(ours) > 6
    for address in ours:
        if not address.startswith("mailto:"):
            resolve(address.removeprefix("https://post.example").partition("?")[0])


def test_tokens_open_their_pages_and_bear_the_letters_date() -> None:
    own = links.LinkSigner(SENDER, edition().day).of_letter(ada, 7, int(order(0).date.timestamp()))
    for purpose, address, subject in (
        ("unsubscribe", own.unsubscribe, ada.id),
        ("manage", own.preferences, ada.id),
        ("letter", own.view, 7),
    ):
        token = address.decode().rstrip("/").rsplit("/", 1)[1]
        claim = tokens.read(purpose, token, now=order(0).date)  # type: ignore[arg-type]
        assert (claim.subject, claim.epoch, claim.issued) == (subject, ada.epoch, order(0).date)
    feedback = own.feedback.decode().rsplit("/", 1)[1]
    assert tokens.read("feedback", feedback, now=order(0).date).subject == ada.id


@pytest.mark.parametrize(
    ("arxiv_id", "has_html"),
    [("2601.15380", True), ("2312.00001", True), ("2311.99999", False), ("hep-th/9901001", False), ("1501.001", False)],
)
def test_a_link_to_html_is_given_where_arxiv_has_some(arxiv_id: str, has_html: bool) -> None:
    assert bool(links.html_url(paper(0, arxiv_id=arxiv_id))) == has_html


def test_old_identifiers_keep_their_slash() -> None:
    sent = letter(order(0), edition([paper(0, arxiv_id="hep-th/9901001")]))
    assert "https://arxiv.org/abs/hep-th/9901001" in sent.text
    assert "/more/hep-th/9901001/" in sent.html


@pytest.mark.parametrize("code_url", ["javascript:alert(1)", "https://", "ftp://a.example", 'https://a"b', "http://[x"])
def test_code_that_is_nowhere_on_the_web_is_not_linked(code_url: str) -> None:
    sent = letter(order(0), edition([paper(0, code_url=code_url)]))
    assert "Code" not in sent.text
    assert f'href="{code_url}' not in sent.html.replace('href="https://post', "").replace('href="https://arxiv', "")


def test_the_headers_are_those_that_bulk_mail_needs() -> None:
    sent = letter()
    message = as_received(sent)
    assert re.fullmatch(r"<https://post\.example/unsubscribe/[\w-]+/>", str(message["List-Unsubscribe"]))
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == '"Preprint Post" <letters.post.example>'
    assert message["Message-ID"] == "<0123456789abcdef@post.example>"
    assert parsedate_to_datetime(str(message["Date"])) == order(0).date
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert message["Feedback-ID"] == "20260123:en:letter:post.example"
    assert message["To"] == "ada@example.org"
    for name in message.keys():  # noqa: SIM118 - a message is no dict
        assert len(message.get_all(name, [])) == 1


def test_the_feedback_id_is_the_same_for_everybody() -> None:
    from_ada = letter(reader=ada).headers["Feedback-ID"]
    assert from_ada == letter(order(1, delivery_id=8)).headers["Feedback-ID"]
    assert str(ada.id) not in from_ada.split(":")[1:]
