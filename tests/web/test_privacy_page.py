"""The privacy page says what is so: it changes with the settings, and the promises on it are kept."""

import os
from typing import Any

import pytest
from anymail.backends.sparkpost import EmailBackend as SparkPost
from django.apps import apps
from django.core.mail import EmailMessage
from django.test import Client
from django.utils.module_loading import import_string
from pytest_django import Settings

from deploy.env import Environment
from digest import retention
from digest.web import privacy_page
from subscriptions.links import remembered_browsers
from tests.web.finding import knots, publish_to_find
from tests.web.pages import links, tree, words

SMTP = "digest.delivery.transports.smtp_backend.EmailBackend"


def text(client: Client, **headers: str) -> str:
    return words(tree(client.get("/privacy/", headers=headers)).find(".//main"))


def test_it_says_who_runs_the_site(client: Client, settings: Settings) -> None:
    settings.OPERATOR_NAME, settings.POSTAL_ADDRESS = "Booktown Library", "1 Library Lane\n12345 Booktown"
    settings.CONTACT_EMAIL = "hello@post.example"
    page = client.get("/privacy/")
    assert "Booktown Library1 Library Lane12345 Booktown" in words(tree(page).find(".//address"))
    assert "mailto:hello@post.example" in links(page)
    assert "has not yet said" not in text(client)


@pytest.mark.parametrize("name", ["OPERATOR_NAME", "POSTAL_ADDRESS", "CONTACT_EMAIL"])
def test_what_the_operator_has_not_said_is_named(client: Client, settings: Settings, name: str) -> None:
    setattr(settings, name, "")
    assert f"please set {name}." in text(client)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("KEEP_UNCONFIRMED_DAYS", "A sign-up that nobody confirmed"),
        ("KEEP_FORMER_INTERESTS_DAYS", "you can come back to them until then"),
        ("KEEP_LETTERS_DAYS", "which papers and why, their pages and their links"),
        ("KEEP_SEEN_PAPERS_DAYS", "so that none comes twice"),
        ("KEEP_EVENTS_DAYS", "as mail services report it"),
        ("KEEP_RUNS_DAYS", "Reports of our own work, which name no reader"),
        ("KEEP_ERRANDS_DAYS", "A request that we could not answer"),
    ],
)
def test_how_long_things_are_kept_comes_from_the_settings(
    client: Client, settings: Settings, name: str, said: str
) -> None:
    setattr(settings, name, 7391)
    assert f"{said}7391 days" in text(client)


def test_whatever_is_deleted_after_a_time_is_told_of(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page and the deletion have one list: what is added to it and has no words for readers fails here."""
    shown = [words(each) for each in tree(client.get("/privacy/")).iter("dt")]
    told = {kind.name: privacy_page.describe_kinds()[kind.name] for kind in retention.list_kinds()}
    assert set(told.values()) <= set(shown)
    assert set(told) == set(privacy_page.describe_kinds()), "and nothing else"
    monkeypatch.setattr(retention, "list_kinds", list)
    assert not set(told.values()) & {words(each) for each in tree(client.get("/privacy/")).iter("dt")}


def test_how_long_browsers_are_known_comes_from_the_code(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered_browsers, "VALIDITY", remembered_browsers.VALIDITY * 3)
    assert "for 270 days or until you press" in text(client)


def use_mail_server(settings: Settings, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    server = Environment(os.environ).mail_server("EMAIL_URL")
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = SMTP, server.host
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = server.user, server.password


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("smtp://localhost:25", "through a mail server of our own"),
        ("smtp://127.0.0.1", "through a mail server of our own"),
        ("smtp://postfix:25", "through a mail server of our own"),
        ("smtp+tls://who:s3cret-word@email-smtp.eu-west-1.amazonaws.com:587", "through Amazon SES, which gets"),
        ("smtp+tls://who:s3cret-word@relay.example.net:587", "through relay.example.net, which gets"),
    ],
)
def test_it_names_whom_mail_goes_through_and_no_secret(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    use_mail_server(settings, monkeypatch, url)
    assert said in text(client)
    for secret in ("s3cret-word", "who:", "smtp", ":587"):
        assert secret not in client.get("/privacy/").content.decode()


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ("digest.delivery.transports.mailbox.MailboxBackend", "kept as files on the machine"),
        ("anymail.backends.resend.EmailBackend", "through Resend, which gets"),
        ("anymail.backends.unisender_go.EmailBackend", "through Unisender Go, which gets"),
        ("anymail.backends.amazon_ses.EmailBackend", "through Amazon Ses, which gets"),
        ("elsewhere.Backend", "through a service that whoever runs this site chose"),
    ],
)
def test_a_provider_is_named(client: Client, settings: Settings, backend: str, said: str) -> None:
    settings.EMAIL_BACKEND = backend
    settings.ANYMAIL = {**settings.ANYMAIL, "RESEND_API_KEY": "s3cret-word", "WEBHOOK_SECRET": "name:s3cret-word"}
    page = text(client)
    assert said.lower() in page.lower()
    assert "s3cret-word" not in page


@pytest.mark.parametrize(
    ("backend", "said"),
    [
        ("anymail.backends.sendgrid.EmailBackend", "we tell SendGrid not to note opens and clicks"),
        ("anymail.backends.resend.EmailBackend", "Whether Resend notes opens and clicks is set there"),
        ("elsewhere.Backend", "adds anything of that kind is set there"),
    ],
)
def test_it_promises_no_more_of_providers_than_is_known(
    client: Client, settings: Settings, backend: str, said: str
) -> None:
    settings.EMAIL_BACKEND = backend
    assert said in text(client)


KEYS = {
    "mailersend": {"MAILERSEND_API_TOKEN": "key"},
    "mailgun": {"MAILGUN_API_KEY": "key"},
    "mailjet": {"MAILJET_API_KEY": "key", "MAILJET_SECRET_KEY": "key"},
    "mandrill": {"MANDRILL_API_KEY": "key"},
    "postmark": {"POSTMARK_SERVER_TOKEN": "key"},
    "sendgrid": {"SENDGRID_API_KEY": "key"},
    "sparkpost": {"SPARKPOST_API_KEY": "key"},
    "unisender_go": {"UNISENDER_GO_API_KEY": "key", "UNISENDER_GO_API_URL": "http://127.0.0.1:9/"},
}


@pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning")
@pytest.mark.parametrize("name", KEYS)
def test_a_provider_that_can_be_told_not_to_track_is_told(settings: Settings, name: str) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, **KEYS[name]}
    backend = import_string(f"anymail.backends.{name}.EmailBackend")()
    payload = backend.build_message_payload(
        EmailMessage("Hello", "Text", to=["ada@example.org"]), backend.send_defaults
    )
    told = {"track_opens": False, "track_clicks": False}
    assert {key: backend.send_defaults.get(key) for key in told} == told, "and Anymail knows how to say so"
    assert payload is not None


def test_the_words_to_a_provider_are_its_own(settings: Settings) -> None:
    settings.ANYMAIL = {**settings.ANYMAIL, **KEYS["sparkpost"]}
    backend = SparkPost()
    message = EmailMessage("Hello", "Text", to=["ada@example.org"])
    payload: Any = backend.build_message_payload(message, backend.send_defaults)
    assert payload.data["options"]["open_tracking"] is False
    assert payload.data["options"]["click_tracking"] is False


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "No model service is asked"),
        ({"OPENAI_API_KEY": "sk-s3cret"}, "go to api.openai.com"),
        ({"OPENAI_BASE_URL": "https://who:s3cret@llm.example.org/v1?key=s3cret"}, "go to llm.example.org,"),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1"}, "go to a model on a machine of our own"),
        (
            {"OPENAI_BASE_URL": "http://10.0.0.7/v1", "OPENAI_FALLBACK_MODEL": "m",
             "OPENAI_FALLBACK_BASE_URL": "https://second.example.org/v1"},
            "go to second.example.org,",
        ),
    ],
)  # fmt: skip
def test_it_names_whom_abstracts_go_to(client: Client, settings: Settings, changes: dict[str, str], said: str) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_FALLBACK_MODEL", "OPENAI_FALLBACK_BASE_URL"):
        setattr(settings, name, changes.get(name, ""))
    page = text(client)
    assert said in page
    assert "s3cret" not in page


@pytest.mark.django_db
def test_what_is_searched_for_is_kept_nowhere(client: Client) -> None:
    """`deploy/private_logs.py` hides it in logs, and no table has it."""
    assert "What you search for is kept nowhere" in words(tree(client.get("/privacy/")))
    publish_to_find(knots(1))
    for path in ("/search/?q=knots+unheard", "/topics/knots unheard/", "/api/v1/search?q=knots+unheard"):
        assert client.get(path).status_code == 200
    rows = [repr(row) for model in apps.get_models() for row in model._default_manager.values_list()]
    assert not [row for row in rows if "unheard" in row]


def test_it_leads_to_what_readers_can_do(client: Client) -> None:
    assert {"/link/", "/preferences/export/", "/preferences/delete/"} <= set(links(client.get("/privacy/")))


@pytest.mark.django_db
def test_sign_up_leads_to_it_near_the_button(client: Client) -> None:
    form = tree(client.get("/")).find(".//form[@method='post']")
    assert form is not None
    assert "/privacy/" in [link.get("href") for link in form.iter("a")]


def test_looking_at_it_asks_no_database_and_sets_no_cookie(client: Client) -> None:
    assert not client.get("/privacy/").cookies
