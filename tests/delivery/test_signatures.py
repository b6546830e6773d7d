"""Only what Amazon signed, from a topic of ours, is believed."""

import base64

import pytest
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from digest.delivery import rsa, sns
from tests.delivery.signed import CERTIFICATE, CERTIFICATE_AT, PEM, PUBLIC_KEY, TOPIC, notification, sign

KEY = rsa.public_key(base64.b64decode(PUBLIC_KEY))


def amazon(address: str) -> str:
    assert address == CERTIFICATE_AT
    return PEM


@pytest.fixture(autouse=True)
def ours(settings: Settings) -> None:
    settings.SES_TOPICS = [TOPIC]
    cache.clear()


def test_a_certificate_and_a_key_hold_the_same_numbers() -> None:
    assert rsa.key_of_certificate(base64.b64decode(CERTIFICATE)) == KEY
    assert (KEY.modulus.bit_length(), KEY.exponent) == (1024, 65537)


@pytest.mark.parametrize("digest", ["sha1", "sha256"])
def test_a_signature_is_good_for_its_own_text_and_no_other(digest: rsa.Hash) -> None:
    signature = base64.b64decode(sign(b"text", digest))
    assert rsa.is_good(KEY, signature, b"text", digest)
    assert not rsa.is_good(KEY, signature, b"test", digest)
    assert not rsa.is_good(KEY, signature[:-1], b"text", digest)
    assert not rsa.is_good(KEY, b"\x00" * 128, b"text", digest)
    assert not rsa.is_good(KEY, b"\xff" * 128, b"text", digest)
    assert not rsa.is_good(KEY, b"", b"text", digest)


@given(st.binary(max_size=300))
def test_bytes_that_are_no_key_are_refused_and_nothing_else_happens(data: bytes) -> None:
    for read in (rsa.public_key, rsa.key_of_certificate):
        with pytest.raises(ValueError, match="this"):
            read(data)


@given(st.integers(0, 500), st.integers(1, 255))
def test_a_damaged_certificate_gives_a_key_or_a_value_error(at: int, change: int) -> None:
    der = bytearray(base64.b64decode(CERTIFICATE))
    der[at] ^= change
    try:
        key = rsa.key_of_certificate(bytes(der))
    except ValueError:
        return
    assert key.modulus.bit_length() >= 1024


@pytest.mark.parametrize("version", ["1", "2"])
def test_what_amazon_signed_is_believed(version: str) -> None:
    sns.verify(notification({"eventType": "Delivery"}, SignatureVersion=version), amazon)


def test_the_certificate_is_asked_for_once() -> None:
    asked: list[str] = []
    for _ in range(3):
        sns.verify(notification({}), lambda address: asked.append(address) or PEM)  # type: ignore[func-returns-value]
    assert asked == [CERTIFICATE_AT]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"Message": "{}"}, "signature"),
        ({"MessageId": "another"}, "signature"),
        ({"Subject": "slipped in"}, "signature"),
        ({"Type": "SomethingElse"}, "signature"),
        ({"Signature": ""}, "signature"),
        ({"Signature": "not base64"}, "base64|padding"),
        ({"SignatureVersion": "3"}, "version"),
        ({"TopicArn": "arn:aws:sns:us-east-1:666:letters"}, "SES_TOPICS"),
    ],
)
def test_what_was_changed_on_the_way_is_not(changes: dict[str, str], why: str) -> None:
    with pytest.raises(sns.Forged, match=why):
        sns.verify({**notification({"eventType": "Delivery"}), **changes}, amazon)


@pytest.mark.parametrize(
    "address",
    [
        "http://sns.us-east-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com.evil.example/x.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/x.pem",
        "https://evil.example/sns.us-east-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com:8443/x.pem",
        "https://s3.us-east-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com/x.txt",
        "https://sns.us-east-1.amazonaws.com\n/x.pem",
        "file:///etc/passwd.pem",
        "",
    ],
)
def test_a_certificate_from_elsewhere_is_not_even_fetched(address: str) -> None:
    def nobody(_address: str) -> str:
        raise AssertionError("asked")

    with pytest.raises(sns.Forged, match="address"):
        sns.verify(notification({}, SigningCertURL=address), nobody)
