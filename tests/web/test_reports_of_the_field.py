"""Providers' reports as they come: whoever is gone or has complained gets no more letters, everybody else does."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from digest.delivery.providers.amazon_ses.webhook import TrackingWebhook
from subscriptions.models import Subscriber, Suppression
from subscriptions.reader import Reader
from tests.delivery.providers.amazon_ses.signed_messages import PEM
from tests.people import subscribe
from tests.web.webhooks import SECRET, SETTINGS, TOPICS, post

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.data,
    # Anymail says at every report of SendGrid's that nobody there looks after it any more.
    pytest.mark.filterwarnings("ignore:django-anymail has dropped:Warning"),
]
NAMES = {"ses": "amazon_ses"}


def post_report(client: Client, provider: str, payload: Any) -> int:
    if provider != "mailgun":  # they are signed already
        return post(client, NAMES.get(provider, provider), payload)
    authorization = "Basic " + base64.b64encode(SECRET.encode()).decode()
    answer = client.post(
        "/anymail/mailgun/tracking/",
        json.dumps(payload),
        content_type="application/json",
        headers={"Authorization": authorization},
        secure=True,
    )
    return answer.status_code


def test_reports_of_the_field_are_understood(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch, shared_data: Path
) -> None:
    settings.ANYMAIL = {**SETTINGS, "MAILGUN_WEBHOOK_SIGNING_KEY": "key-1"}
    settings.SES_TOPICS = TOPICS
    monkeypatch.setattr(TrackingWebhook, "fetch", lambda view, address: PEM)
    cache.clear()
    rows = [json.loads(line) for line in (shared_data / "mail_answers" / "webhooks.jsonl").read_text().splitlines()]
    for number, row in enumerate(rows, 1):
        reader = subscribe(Reader(id=number, email=row["address"], categories=("cs.LG",)))
        assert post_report(client, row["provider"], row["payload"]) == 200, row
        has_left = Subscriber.objects.get(id=reader.id).status == "unsubscribed"
        is_suppressed = Suppression.objects.filter(email_key=row["address"]).exists()
        assert (has_left or is_suppressed) is (row["right"] == "stop"), row
