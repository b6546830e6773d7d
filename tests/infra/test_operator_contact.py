"""Outside services learn how to reach the operator."""

import pytest
from pytest_django import Settings

from digest.infra.operator_contact import operator_contact
from digest.ingest.source_factory import open_arxiv, open_oai
from digest.signals.collect import open_github, open_huggingface


@pytest.mark.parametrize(
    ("email", "expected"), [("ask@post.example", "ask@post.example"), ("", "https://letters.example")]
)
def test_the_contact_is_the_address_or_else_the_site(settings: Settings, email: str, expected: str) -> None:
    settings.CONTACT_EMAIL, settings.SITE_URL = email, "https://letters.example"
    assert operator_contact() == expected


def test_every_client_of_an_outside_service_carries_it(settings: Settings) -> None:
    settings.CONTACT_EMAIL = "ask@post.example"
    arxiv = open_arxiv()
    clients = (arxiv.rss, arxiv.api, open_oai(), open_huggingface(), open_github())
    assert {client.contact for client in clients} == {"ask@post.example"}
