"""Providers' reports of the field, posted as they come, and what came of each."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from django.core.cache import cache
from django.test import Client
from django.test.utils import override_settings

from digest.delivery.providers.amazon_ses.webhook import TrackingWebhook
from digest.models import DeliveryEvent
from subscriptions.address_hashes import hash_address
from subscriptions.models import Subscriber, Suppression
from subscriptions.reader import Reader
from tests.delivery.providers.amazon_ses.signed_messages import PEM
from tests.people import subscribe
from tests.web.webhooks import SECRET, SETTINGS, TOPICS, post

NAMES = {"ses": "amazon_ses"}
# The field's reports of Mailgun are signed with it.
MAILGUN_KEY = "key-1"


@dataclass(frozen=True)
class Effect:
    provider: str
    # What the report says, as kept.
    kind: str
    fault: str
    # Why the address gets no more letters; empty where it does.
    stopped: str
    is_right: bool
    note: str


def post_field_reports(folder: Path) -> Iterator[Effect]:
    """Post each report, of a reader of its own, and yield what came of it."""
    keys = {**SETTINGS, "MAILGUN_WEBHOOK_SIGNING_KEY": MAILGUN_KEY}
    rows = [json.loads(line) for line in (folder / "mail_answers" / "webhooks.jsonl").read_text().splitlines()]
    # SNS's certificate comes from here and not from Amazon.
    amazon = mock.patch.object(TrackingWebhook, "fetch", staticmethod(lambda address: PEM))
    with amazon, override_settings(ANYMAIL=keys, SES_TOPICS=TOPICS):
        cache.clear()
        for number, row in enumerate(rows, 1):
            yield _post_row(number, row)


def _post_row(number: int, row: dict[str, Any]) -> Effect:
    reader = subscribe(Reader(id=number, email=row["address"], categories=("cs.LG",)))
    status = _post(Client(), row["provider"], row["payload"])
    event = DeliveryEvent.objects.order_by("-id").first()
    suppressed = (
        Suppression.objects.filter(address_hash=hash_address(row["address"])).values_list("reason", flat=True).first()
    )
    has_left = Subscriber.objects.get(id=reader.id).status == Subscriber.Status.UNSUBSCRIBED
    stopped = suppressed or ("unsubscribed" if has_left else "")
    is_right = status == 200 and bool(stopped) is (row["right"] == "stop")
    kind, fault = (event.kind, event.fault) if event else ("", "")
    return Effect(row["provider"], kind, fault, stopped, is_right, row["note"])


def _post(client: Client, provider: str, payload: Any) -> int:
    if provider != "mailgun":  # which has signed its own already
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
