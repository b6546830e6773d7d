"""Every kind of letter, for operators: by a command and in the admin."""

from pathlib import Path

import html5lib
import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from digest.delivery.letter_samples import LETTER_SAMPLES, build_sample
from digest.models import Delivery
from subscriptions.email.account_letter_samples import ACCOUNT_LETTERS
from subscriptions.models import Subscriber
from tests.web.publishing import drafts, publish

pytestmark = pytest.mark.django_db

PAGE = "/admin/digest/edition/letters/"


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", LETTER_SAMPLES)
def test_every_kind_is_one_valid_page_with_a_direction_and_a_plain_part(
    operator: Client, kind: str, language: str
) -> None:
    publish(drafts(5))
    response = operator.get(f"{PAGE}{kind}/{language}/")
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(response.content.decode())
    [shown] = list(next(page.iter("body")))
    assert (shown.get("lang"), shown.get("dir")) == ("zh-Hans" if language == "zh" else "en", "ltr")
    assert len(list(page.iter("h1"))) == 1
    assert "sandbox" in response["Content-Security-Policy"]
    assert operator.get(f"{PAGE}{kind}/{language}/?part=text")["Content-Type"] == "text/plain; charset=utf-8"
    assert not Delivery.objects.exists()
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", LETTER_SAMPLES)
def test_both_parts_of_every_kind_have_the_same_links(kind: str, language: str) -> None:
    publish(drafts(5))
    message = build_sample(kind, language, "you@example.org", timezone.now())
    page = html5lib.parse(message.alternatives[0][0], namespaceHTMLElements=False)
    addresses = {link.get("href").removeprefix("mailto:").rstrip("/") for link in page.iter("a")}
    assert {address for address in addresses if address not in str(message.body)} == set()


def test_the_page_lists_every_kind_and_sends_one(operator: Client) -> None:
    publish(drafts(5))
    listed = operator.get(PAGE).content.decode()
    assert all(f'href="{kind}/zh/"' in listed for kind in LETTER_SAMPLES)
    told = operator.post(PAGE, {"kind": "welcome", "language": "en", "address": "you@example.org"}, follow=True)
    assert "Sent: [PREVIEW] Paper number 1" in told.content.decode()
    [sent] = mail.outbox
    assert sent.to == ["you@example.org"]
    assert "Welcome to Preprint Post." in str(sent.body)


def test_only_an_address_is_written_to_and_only_operators_may(operator: Client) -> None:
    told = operator.post(PAGE, {"kind": "link", "language": "en", "address": "nobody"}, follow=True)
    assert "This is no e-mail address." in told.content.decode()
    assert operator.post(PAGE, {"kind": "ode", "language": "en", "address": "you@example.org"}).status_code == 404
    assert Client().get(f"{PAGE}link/en/").status_code == 302
    helper = Client()
    helper.force_login(User.objects.create_user("helper", is_staff=True))
    form = {"kind": "link", "language": "en", "address": "you@example.org"}
    assert helper.post(PAGE, form).status_code == 403
    assert mail.outbox == []


def test_without_an_edition_a_letter_with_papers_is_said_to_be_missing(operator: Client) -> None:
    assert operator.get(f"{PAGE}digest/en/").status_code == 404
    with pytest.raises(CommandError, match="No edition has papers yet"):
        call_command("preview_letter", "--kind", "digest", "--send", "you@example.org")


@pytest.mark.parametrize("kind", ACCOUNT_LETTERS)
def test_the_command_sends_a_kind_marked_as_a_preview(kind: str) -> None:
    call_command("preview_letter", "--kind", kind, "--language", "zh", "--send", "you@example.org")
    [sent] = mail.outbox
    assert sent.subject.startswith("[PREVIEW] ")
    assert sent.to == ["you@example.org"]


def test_the_command_wants_one_letter_and_one_place_for_it(tmp_path: Path) -> None:
    file = str(tmp_path / "x.eml")
    for arguments in ([], ["ada@example.org", "--kind", "link", "-o", file], ["--kind", "link"]):
        with pytest.raises(CommandError, match="Give either"):
            call_command("preview_letter", *arguments)
    with pytest.raises(CommandError, match="is no e-mail address"):
        call_command("preview_letter", "--kind", "link", "--send", "nobody")
    call_command("preview_letter", "--kind", "link", "-o", file)
    assert b"[PREVIEW]" in Path(file).read_bytes()
