"""Every provider's way of posting to us, as a client that holds our secret."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from django.test import Client
from django.utils.http import urlencode

from tests.delivery.providers.amazon_ses.signed_messages import PUBLIC_KEY, TOPIC, notification, sign

SECRET = "post:a long random password"
KEY = "the provider's key"
SETTINGS = {
    "WEBHOOK_SECRET": SECRET,
    "MAILGUN_WEBHOOK_SIGNING_KEY": KEY,
    "MAILERSEND_SIGNING_SECRET": KEY,
    "MANDRILL_WEBHOOK_KEY": KEY,
    "UNISENDER_GO_API_KEY": KEY,
    "POSTAL_WEBHOOK_KEY": PUBLIC_KEY,
}
TOPICS = [TOPIC]
# Body, content type, headers.
Request = tuple[bytes, str, dict[str, str]]


def post(client: Client, provider: str, payload: Any, *, secret: str = SECRET) -> int:
    """The status of the answer."""
    body, content_type, headers = PACKERS.get(provider, _plain)(payload)
    if secret:
        headers["Authorization"] = "Basic " + base64.b64encode(secret.encode()).decode()
    path = f"/anymail/{provider}/" + ("" if provider == "mandrill" else "tracking/")
    answer = client.post(path, body, content_type=content_type, headers=headers, secure=True)
    return answer.status_code


def _plain(payload: Any) -> Request:
    return json.dumps(payload).encode(), "application/json", {}


def _amazon(payload: Mapping[str, Any]) -> Request:
    """An event of SES, or a whole message of SNS that carries one."""
    whole = payload if "Type" in payload else {"Message": json.dumps(payload)}
    changes = {name: value for name, value in whole.items() if name not in ("TopicArn", "MessageId")}
    given = hashlib.sha256(str(payload).encode()).hexdigest()
    message = notification({}, **changes, MessageId=given)
    headers = {"x-amz-sns-message-type": message["Type"], "x-amz-sns-message-id": given}
    return json.dumps(message).encode(), "text/plain", headers


def _mailersend(payload: Any) -> Request:
    body, content_type, _ = _plain(payload)
    return body, content_type, {"Signature": hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()}


def _mailgun(payload: Mapping[str, Any]) -> Request:
    """Since 2018 JSON, before it a form."""
    token = hashlib.sha256(str(payload).encode()).hexdigest()
    signed = {"timestamp": "1534108637", "token": token}
    signed["signature"] = hmac.new(KEY.encode(), f"1534108637{token}".encode(), hashlib.sha256).hexdigest()
    if "event-data" in payload:
        return _plain({**payload, "signature": signed})
    return urlencode({**payload, **signed}, doseq=True).encode(), "application/x-www-form-urlencoded", {}


def _mandrill(payload: Any) -> Request:
    events = json.dumps(payload)
    text = f"https://{SECRET}@testserver/anymail/mandrill/mandrill_events{events}"
    signature = base64.b64encode(hmac.new(KEY.encode(), text.encode(), hashlib.sha1).digest()).decode()
    body = urlencode({"mandrill_events": events}).encode()
    return body, "application/x-www-form-urlencoded", {"X-Mandrill-Signature": signature}


def _postal(payload: Any) -> Request:
    body, content_type, _ = _plain(payload)
    return body, content_type, {"X-Postal-Signature": sign(body, "sha1")}


def _unisender(payload: Mapping[str, Any]) -> Request:
    if "event_name" not in payload and "events_by_user" not in payload:
        payload = {**payload, "event_name": "transactional_email_status"}
    body = json.dumps({**payload, "auth": KEY}).encode()
    auth = hashlib.md5(body, usedforsecurity=False).hexdigest()
    return body.replace(KEY.encode(), auth.encode()), "application/json", {}


PACKERS: dict[str, Callable[[Any], Request]] = {
    "amazon_ses": _amazon,
    "mailersend": _mailersend,
    "mailgun": _mailgun,
    "mandrill": _mandrill,
    "postal": _postal,
    "unisender_go": _unisender,
}
