"""Amazon SNS, through which SES tells what became of letters: is a message really from there, and from our topic?

How it is signed: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import salted_hmac

Fetch = Callable[[str], str]
# A region is of letters, with a digit at its end: `sns.s3-us-west-2.amazonaws.com` is the bucket `sns` of anybody.
SNS_HOST = re.compile(
    r"sns\.(?:cn(?:-[a-z]{2,12}){1,2}-\d\.amazonaws\.com\.cn|(?!cn-)[a-z]{2}(?:-[a-z]{2,12}){1,2}-\d\.amazonaws\.com)"
)
CERTIFICATE_PATH = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")
SIGNED_FIELDS = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
# By version of the signature: topics use the first unless their owner chose otherwise.
HASHES: Mapping[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303
FETCH_TIMEOUT_SECONDS = 10
# Seconds for which a certificate is not asked for again.
CERTIFICATE_CACHE_SECONDS = 86_400
MAX_CERTIFICATE_BYTES = 100_000


class ForgedMessage(Exception):
    """The message is not from a topic of ours, or not from Amazon."""


def verify_message(message: Mapping[str, Any], fetch: Fetch) -> None:
    """Verify a message of SNS. Raises ForgedMessage. *fetch* gives the text at an address of Amazon's."""
    if message.get("TopicArn") not in settings.SES_TOPICS:
        raise ForgedMessage("the topic is not one of SES_TOPICS")
    digest = HASHES.get(str(message.get("SignatureVersion")))
    if digest is None:
        raise ForgedMessage("the version of the signature is not known")
    names = SIGNED_FIELDS.get(str(message.get("Type")), ())
    signed = "".join(f"{name}\n{message[name]}\n" for name in names if message.get(name) is not None)
    try:
        signature = base64.b64decode(str(message.get("Signature")), validate=True)
        key = _public_key(require_sns_address(str(message.get("SigningCertURL"))), fetch)
        key.verify(signature, signed.encode(), PKCS1v15(), digest)
    except InvalidSignature as error:
        raise ForgedMessage("the signature is wrong") from error
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise ForgedMessage(str(error)) from error


def require_sns_address(address: str) -> str:
    """Return *address* if it surely leads to SNS. Raises ForgedMessage."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not SNS_HOST.fullmatch(parts.netloc) or not address.isprintable():
        raise ForgedMessage("the address is not one of Amazon SNS")
    return address


def fetch_from_sns(address: str) -> str:
    """Fetch the text at *address* over TLS, without following a redirect. Raises OSError."""
    with requests.get(address, timeout=FETCH_TIMEOUT_SECONDS, allow_redirects=False, stream=True) as answer:
        if answer.status_code != requests.codes.ok:
            raise OSError(f"Amazon SNS answered {answer.status_code}")
        return answer.raw.read(MAX_CERTIFICATE_BYTES, decode_content=True).decode("utf-8", "replace")


def _public_key(address: str, fetch: Fetch) -> RSAPublicKey:
    """Return the key at *address*. Raises ValueError. Its text is cached once a key was found in it."""
    parts = urlsplit(address)
    if not CERTIFICATE_PATH.fullmatch(parts.path) or parts.query or parts.fragment:
        raise ValueError("the address is not one of a certificate")
    name = f"sns-{salted_hmac(__name__, address).hexdigest()}"
    kept: str | None = cache.get(name)
    text = fetch(address) if kept is None else kept
    key = x509.load_pem_x509_certificate(text.encode()).public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the certificate has another kind of key than Amazon uses")
    if kept is None:
        cache.set(name, text, CERTIFICATE_CACHE_SECONDS)
    return key
