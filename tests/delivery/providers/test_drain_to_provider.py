"""A letter through a provider: Anymail hands over all that a letter has."""

from typing import Any

import pytest
from django.core import mail
from pytest_django import Settings

from digest.delivery.drain import drain
from digest.models import Delivery
from tests.delivery.letters import TinyRenderer, letter
from tests.delivery.outbox_rows import crowd, frozen_edition, planned

pytestmark = pytest.mark.django_db


def test_a_provider_gets_every_header_both_bodies_and_one_person(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.test.EmailBackend"
    edition = frozen_edition()
    planned(edition, crowd(2))
    assert drain(edition, TinyRenderer()).accepted == 2
    for number, sent in enumerate(mail.outbox, start=1):
        given: dict[str, Any] = vars(sent)["anymail_test_params"]
        wanted = letter(given["extra_headers"]["Message-ID"], f"reader{number}@example.org")
        assert dict(given["extra_headers"]) == dict(wanted.headers)
        assert (given["subject"], given["text_body"], given["html_body"]) == ("1 papers", wanted.text, wanted.html)
        assert [str(each) for each in given["to"]] == [f"reader{number}@example.org"]
        assert not given.get("cc")
        assert not given.get("bcc")
        assert str(given["from"]) == settings.DEFAULT_FROM_EMAIL
    last = Delivery.objects.latest("id")
    assert (last.state, last.provider_id) == ("accepted", "1"), "the provider's own number is kept"
