"""Only what Amazon signed, from a topic of ours, is believed."""

import base64

import pytest
from cryptography import x509
from django.core.cache import cache
from hypothesis import example, given
from hypothesis import strategies as st
from pytest_django import Settings

from digest.delivery.providers.amazon_ses import sns_signature
from tests.delivery.providers.amazon_ses.signed_messages import (
    CERTIFICATE,
    CERTIFICATE_AT,
    OTHER_KIND,
    PEM,
    TOPIC,
    notification,
)


class Amazon:
    """Gives the certificate, and remembers which addresses it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, address: str) -> str:
        self.asked.append(address)
        return PEM


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture(autouse=True)
def ours(settings: Settings) -> None:
    settings.SES_TOPICS = [TOPIC]
    cache.clear()


@given(st.one_of(st.binary(max_size=300).map(lambda data: data.decode("latin-1")), st.text(max_size=300)))
def test_text_that_is_no_certificate_is_refused_and_not_kept(text: str) -> None:
    amazon = Amazon()
    with pytest.raises(sns_signature.ForgedMessage):
        sns_signature.verify_message(notification({}), lambda _address: text)
    sns_signature.verify_message(notification({}), amazon)
    assert amazon.asked == [CERTIFICATE_AT]
    cache.clear()


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@given(st.integers(0, 520), st.integers(1, 255))
@example(138, 2)  # another kind of key than anybody knows
@example(12, 1)  # another version
@example(15, 128)  # a number below zero
def test_a_damaged_certificate_is_refused_or_still_holds_the_key(at: int, change: int) -> None:
    der = bytearray(base64.b64decode(CERTIFICATE))
    der[at] ^= change
    pem = "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der).decode() + "-----END CERTIFICATE-----\n"
    cache.clear()
    try:
        sns_signature.verify_message(notification({}), lambda _address: pem)
    except sns_signature.ForgedMessage:
        return
    finally:
        cache.clear()
    assert _public_key(pem) == _public_key(PEM)


def test_a_certificate_with_another_kind_of_key_is_refused() -> None:
    with pytest.raises(sns_signature.ForgedMessage, match="another kind of key"):
        sns_signature.verify_message(notification({}), lambda _address: OTHER_KIND)


@pytest.mark.parametrize("version", ["1", "2"])
def test_what_amazon_signed_is_believed(version: str, amazon: Amazon) -> None:
    sns_signature.verify_message(notification({"eventType": "Delivery"}, SignatureVersion=version), amazon)
    assert amazon.asked == [CERTIFICATE_AT], "it was compared with Amazon's key"


def test_the_certificate_is_asked_for_once(amazon: Amazon) -> None:
    for _ in range(3):
        sns_signature.verify_message(notification({}), amazon)
    assert amazon.asked == [CERTIFICATE_AT]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"Message": "{}"}, "signature"),
        ({"MessageId": "another"}, "signature"),
        ({"Subject": "slipped in"}, "signature"),
        ({"Type": "SomethingElse"}, "signature"),
        ({"Signature": ""}, "signature"),
        ({"Signature": "not base64"}, "base64|padding"),
        ({"Signature": base64.b64encode(b"\x00" * 128).decode()}, "signature"),
        ({"Signature": base64.b64encode(b"\xff" * 128).decode()}, "signature"),
        ({"Signature": base64.b64encode(b"\x00" * 12).decode()}, "signature"),
        ({"SignatureVersion": "3"}, "version"),
        ({"TopicArn": "arn:aws:sns:us-east-1:666:letters"}, "SES_TOPICS"),
    ],
)
def test_what_was_changed_on_the_way_is_not(amazon: Amazon, changes: dict[str, str], why: str) -> None:
    with pytest.raises(sns_signature.ForgedMessage, match=why):
        sns_signature.verify_message({**notification({"eventType": "Delivery"}), **changes}, amazon)


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
        "https://sns.us-east-1.amazonaws.com/x.pem",
        "https://sns.us-east-1.amazonaws.com/x/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem?x=.pem",
        "https://sns.us-east-1.amazonaws.com/?Action=Publish&x=/SimpleNotificationService-0.pem",
        "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.s3.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.elasticbeanstalk.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com.cn/SimpleNotificationService-0.pem",
        "https://sns.cn-north-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://SNS.us-east-1.amazonaws.com./SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com\n/x.pem",
        "file:///etc/passwd.pem",
        "",
    ],
)
def test_a_certificate_from_elsewhere_is_not_even_fetched(address: str) -> None:
    def nobody(_address: str) -> str:
        raise AssertionError("asked")

    with pytest.raises(sns_signature.ForgedMessage, match="address"):
        sns_signature.verify_message(notification({}, SigningCertURL=address), nobody)


@pytest.mark.parametrize(
    "host",
    [
        "sns.us-east-1.amazonaws.com",
        "sns.ap-southeast-2.amazonaws.com",
        "sns.us-gov-west-1.amazonaws.com",
        "sns.cn-northwest-1.amazonaws.com.cn",
    ],
)
def test_every_region_of_amazons_is_known(host: str) -> None:
    address = f"https://{host}/SimpleNotificationService-0.pem"
    assert sns_signature.require_sns_address(address) == address


def _public_key(pem: str) -> object:
    return x509.load_pem_x509_certificate(pem.encode()).public_key()
