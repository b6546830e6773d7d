"""The short letters: their texts, headers, and what failures mean."""

from collections.abc import Callable
from email import message_from_bytes, policy
from email.headerregistry import Address
from html import unescape
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from anymail.exceptions import AnymailError, AnymailRecipientsRefused
from django.core import mail as outbox
from django.test import override_settings
from pytest_django import Settings

from subscriptions.email import messages
from subscriptions.models import AddressChange, Subscriber
from subscriptions.reader import Reader
from subscriptions.taxonomy import categories as taxonomy
from tests.people import ada, bao, chidi, subscribe
from tests.subscriptions.letters import html_of, link_in

pytestmark = pytest.mark.django_db

SENDERS: list[Callable[[Subscriber], None]] = [
    messages.send_confirmation,
    messages.send_link,
    messages.send_already_subscribed,
    messages.send_deletion_link,
    messages.send_address_check,
    lambda subscriber: messages.send_confirmation(subscriber, reminder=True),
    lambda subscriber: messages.send_address_changed(subscriber, address_change(subscriber)),
    messages.send_goodbye,
]


def address_change(subscriber: Subscriber) -> AddressChange:
    return AddressChange.objects.create(subscriber=subscriber, old_email="old@example.org")


@pytest.mark.parametrize("send", SENDERS)
@pytest.mark.parametrize("person", [ada, bao])
def test_both_bodies_are_alike_in_the_readers_language(send: Callable[[Subscriber], None], person: Reader) -> None:
    row = subscribe(person, new_email="new@example.net")
    send(row)
    [letter] = outbox.outbox
    text, html = str(letter.body), html_of(letter)
    chinese = row.language == "zh"
    for part in (str(letter.subject), text, html):
        assert any("\u4e00" <= sign <= "\u9fff" for sign in part) == chinese
    assert f'lang="{"zh-Hans" if chinese else "en"}"' in html
    assert "1 Library Lane, 12345 Booktown" in text
    assert "1 Library Lane, 12345 Booktown" in html
    assert html.count('class="edge"') == 1
    assert "https://post.example/privacy/" in text
    assert 'href="https://post.example/privacy/"' in html
    assert len(letter.subject) <= 60
    assert all(len(line) <= 160 or line.startswith("https://") for line in text.splitlines())


def test_a_letter_has_one_recipient_and_automatic_headers() -> None:
    messages.send_confirmation(subscribe(ada))
    [letter] = outbox.outbox
    message = letter.message()
    assert letter.recipients() == [ada.email]
    assert message["From"] == "Preprint Post <letters@post.example>"
    assert message["Message-ID"].endswith("@post.example>")
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert message["Date"]


@pytest.mark.parametrize("name", ["Name, Inc", "Post: new", "Post @ home", 'The "Best" Post', "Bücher, neu", "日報"])
def test_every_name_of_the_site_is_read_as_written(settings: Settings, name: str) -> None:
    settings.SITE_NAME = name
    settings.DEFAULT_FROM_EMAIL = str(Address(name, "letters", "post.example"))
    settings.REPLY_TO = str(Address(name, "hello", "post.example"))
    for send in SENDERS:
        send(subscribe(ada, new_email="new@example.net"))
        Subscriber.objects.all().delete()
    assert len(outbox.outbox) == len(SENDERS)
    for letter in outbox.outbox:
        received = message_from_bytes(letter.message().as_bytes(), policy=policy.default)
        for header, address in (("From", "letters@post.example"), ("Reply-To", "hello@post.example")):
            [mailbox] = received[header].addresses
            assert (mailbox.display_name, mailbox.addr_spec) == (name, address)


@pytest.mark.parametrize("person", [ada, bao])
def test_a_long_subject_begins_on_the_line_of_its_name(settings: Settings, person: Reader) -> None:
    settings.SITE_NAME = "Bücher & Preprints, jeden Tag neu, für alle, die sie lesen wollen"
    for send in SENDERS:
        send(subscribe(person, new_email="new@example.net"))
        Subscriber.objects.all().delete()
    for letter in outbox.outbox:
        data = letter.message().as_bytes()
        assert b"Subject: \n" not in data
        assert message_from_bytes(data, policy=policy.default)["Subject"] == letter.subject


def test_without_a_reply_address_answers_go_to_the_sender() -> None:
    messages.send_link(subscribe(ada))
    assert outbox.outbox[0].message()["Reply-To"] is None


@pytest.mark.parametrize("long", ["", "x" * 1000 + " From here" * 200], ids=["as it is", "encoded"])
def test_no_line_begins_as_a_mailbox_does(settings: Settings, long: str) -> None:
    settings.SITE_NAME = settings.CONTACT_EMAIL = "From here"
    settings.POSTAL_ADDRESS = f"From Lane\nFrom Town {long}"
    for send in SENDERS:
        send(subscribe(ada, new_email="new@example.net", filters="From\nFrom here"))
        Subscriber.objects.all().delete()
    for letter in outbox.outbox:
        data = letter.message().as_bytes()
        assert b"\nFrom " not in data
        assert (b"\n=46rom " in data) <= bool(long)
        assert "\n From Town" in letter.body
        assert "From Town" in html_of(letter)
    assert len(outbox.outbox) == len(SENDERS)


def test_a_letter_says_why_it_came_and_follows_nobody() -> None:
    messages.send_confirmation(subscribe(ada))
    [letter] = outbox.outbox
    for part in (str(letter.body), html_of(letter)):
        assert "Someone, hopefully you, gave this address" in part
        assert "do nothing" in part
        assert "<img" not in part
        assert part.count("https://post.example/confirm/") >= 1


def test_each_letter_leads_to_its_own_page() -> None:
    row = subscribe(ada, new_email="new@example.net")
    for send in SENDERS:
        send(row)
    found = [link_in(letter).split("/")[1] for letter in outbox.outbox]
    assert found == ["confirm", "account", "account", "delete", "address", "confirm", "restore", "return"]


def test_signs_of_markup_in_an_address_stay_signs() -> None:
    messages.send_link(subscribe(ada, email="a'&b@example.org"))
    [letter] = outbox.outbox
    assert "a'&b@example.org" in str(letter.body)
    assert "a&#x27;&amp;b@example.org" in html_of(letter)


@override_settings(SITE_NAME="Post\r\nBcc: all@example.org & Söhne")
def test_no_line_break_gets_into_a_subject() -> None:
    messages.send_confirmation(subscribe(ada))
    [letter] = outbox.outbox
    assert "\n" not in letter.subject
    assert "& Söhne" in letter.subject
    assert letter.message()["Bcc"] is None


@override_settings(EMAIL_BACKEND="tests.subscriptions.broken_mail.Broken")
def test_an_unreachable_mail_server_is_no_final_refusal(caplog: pytest.LogCaptureFixture) -> None:
    row = subscribe(ada)
    with pytest.raises(messages.MailUnavailable):
        messages.send_address_changed(row, address_change(row))
    assert "ConnectionRefusedError" in caplog.text


REFUSED = {"ada@example.org": (550, b"5.1.1 no such mailbox: ada@example.org")}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SMTPRecipientsRefused(REFUSED), messages.LetterRefused),
        (SMTPRecipientsRefused({"ada@example.org": (451, b"ada@example.org: later")}), messages.LetterPutOff),
        (SMTPDataError(554, b"ada@example.org is spam"), messages.MailUnavailable),
        (SMTPRecipientsRefused({**REFUSED, "ada@example.net": (451, b"later")}), messages.LetterPutOff),
        (AnymailRecipientsRefused("ada@example.org"), messages.LetterPutOff),
        (AnymailError("ada@example.org"), messages.MailUnavailable),
        (SMTPServerDisconnected("ada@example.org"), messages.MailUnavailable),
    ],
)
def test_answers_of_mail_servers_are_classified_not_logged(
    error: Exception, expected: type[Exception], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(message: object) -> None:
        raise error

    monkeypatch.setattr("django.core.mail.EmailMessage.send", fail)
    with pytest.raises(expected) as raised:
        messages.send_link(subscribe(ada))
    assert raised.type is expected
    assert type(error).__name__ in caplog.text
    assert "ada@" not in caplog.text
    assert raised.value.__suppress_context__


@pytest.mark.parametrize(
    ("person", "lines"),
    [
        (ada, ["What you asked for:", "Machine Learning (cs.LG)", "Machine Learning (stat.ML)"]),
        (chidi, ["1 keyword filter"]),
        (bao, ["您选择了：", "(hep-th)", "1 个关键词筛选条件"]),
    ],
)
def test_the_confirmation_lists_the_interests(person: Reader, lines: list[str]) -> None:
    messages.send_confirmation(subscribe(person))
    [letter] = outbox.outbox
    for words in lines:
        assert words in html_of(letter)
        assert unescape(words) in str(letter.body)


@pytest.mark.parametrize("reminder", [False, True])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_who_has_not_confirmed_gets_no_word_of_a_stranger(language: str, reminder: bool) -> None:
    filters = ["call 0900 1234567 now", "www.evil.example/" + "x" * 200, *(f"word{number}" for number in range(40))]
    categories = [*list(taxonomy.CATEGORIES)[:60], "evil.Category"]
    stranger = {"filters": "\n".join(filters), "categories": " ".join(categories), "language": language}
    row = subscribe(
        ada, status="pending", email="ada+buy.now@example.org", new_email="bao+buy.now@example.org", **stranger
    )
    messages.send_confirmation(row, reminder=reminder)
    messages.send_address_check(row)
    for letter in outbox.outbox:
        for part in (str(letter.body), html_of(letter), str(letter.subject)):
            assert not [word for word in ("0900", "call", "evil", "word3", "buy.now") if word in part]
            assert len(part) < 8000
    for part in (str(outbox.outbox[0].body), html_of(outbox.outbox[0])):
        assert {"en": "52 more categories", "zh": "另有 52 个类别"}[language] in part
        assert {"en": "42 keyword filters", "zh": "42 个关键词筛选条件"}[language] in part
