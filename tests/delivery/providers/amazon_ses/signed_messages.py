"""Amazon and Postal in a test: a key made for it, which signs nothing else."""

import base64
import json
import textwrap
from typing import Any, Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

Hash = Literal["sha1", "sha256"]
HASHES = {"sha1": hashes.SHA1(), "sha256": hashes.SHA256()}  # noqa: S303

CERTIFICATE = (
    "MIICCjCCAXOgAwIBAgIUcIkwF9PDa8nz3umm3QlQPpEmISQwDQYJKoZIhvcNAQELBQAwFjEUMBIGA1UEAwwLc25zLmV4YW1wbGUwIBcNMjYxMTIx"
    "MDA1NDQwWhgPMjEyNjEwMjgwMDU0NDBaMBYxFDASBgNVBAMMC3Nucy5leGFtcGxlMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDJP4TvxGRx"
    "+/AewEDAhDSat+X9RcRgm7TGPEiUSCIg8nOfiYoSfBnQv7g7GeE7vSvBpdwsUItQd7YAicY0S13EvIVbX0TvYxqjyY4bA0VEbuxfoe68sFrB35Pa"
    "dYA6exSXFdqYVbpFmcQjqxCfD2UoBL+oKOyoVvDdxTVgTZJuiQIDAQABo1MwUTAdBgNVHQ4EFgQU/yLViAV2/gNqADofM8+Fr092Oi8wHwYDVR0j"
    "BBgwFoAU/yLViAV2/gNqADofM8+Fr092Oi8wDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOBgQCE7ljyXaQX1YkgsexjMOusqpQ1odY7"
    "YyieRd+j2JRMezHyLKwJgMeq7fvTlROk+yPZolZhxOBYoya7wFeHxBUwS5inKI4uo+GVLmEQADHgWp0HFrF/42WFNqGeQM4Px5aRkHI/2pKgyqQQ"
    "2uGUwY/3Mcu67mx6gGi5hVC6Z6tWNg=="
)
PUBLIC_KEY = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDJP4TvxGRx+/AewEDAhDSat+X9RcRgm7TGPEiUSCIg8nOfiYoSfBnQv7g7GeE7vSvBpdwsUItQ"
    "d7YAicY0S13EvIVbX0TvYxqjyY4bA0VEbuxfoe68sFrB35PadYA6exSXFdqYVbpFmcQjqxCfD2UoBL+oKOyoVvDdxTVgTZJuiQIDAQAB"
)
SECRET_EXPONENT = int(
    "a64fe7fc7dc0c4b1ffee69d319462872f4270cf7eb222b8b6987c83342a971b0ebfc9c1d8ec9204c73243d3355ff9885e0b2c1119e3e"
    "83716ae766f475a313095b7aa51b0bbef56c5671166f1325bd72fd87d6bbb4d03e07cb1686c97cd85d5c192800a6591b0bb70c9c20c6"
    "c0c7a6a62499add200a00fd03611e95dc7979741",
    16,
)


def _pem(der: str) -> str:
    return "-----BEGIN CERTIFICATE-----\n" + "\n".join(textwrap.wrap(der, 64)) + "\n-----END CERTIFICATE-----\n"


PEM = _pem(CERTIFICATE)
# With a key for elliptic curves.
OTHER_KIND = _pem(
    "MIIBGjCBwaADAgECAgEBMAoGCCqGSM49BAMCMBYxFDASBgNVBAMMC3Nucy5leGFtcGxlMCAXDTI2MDEwMTAwMDAwMFoYDzIxMjYwMTAxMDAwMDAw"
    "WjAWMRQwEgYDVQQDDAtzbnMuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCJXFAeLfT+Q9wMOJtUofhn4BUoUX28xgCzdBz/xh7kX"
    "81AWb22hlSFLTnJ6A0A34xsSL4LEtAH+CVE2OS/HnUwwCgYIKoZIzj0EAwIDSAAwRQIgconUDvipNnQ+bzAs5wN6K6JnDJW5OaHAO/B4LrLQ92kC"
    "IQCRJdNlmFVVaKgqS+uewO6cvN3O65rNxafjj5J5FRrhOQ=="
)
CERTIFICATE_AT = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem"
TOPIC = "arn:aws:sns:us-east-1:123456789012:letters"


def _secret_key() -> rsa.RSAPrivateKey:
    public = load_der_public_key(base64.b64decode(PUBLIC_KEY))
    assert isinstance(public, rsa.RSAPublicKey)
    numbers, exponent = public.public_numbers(), SECRET_EXPONENT
    p, q = rsa.rsa_recover_prime_factors(numbers.n, numbers.e, exponent)
    shortcuts = rsa.rsa_crt_dmp1(exponent, p), rsa.rsa_crt_dmq1(exponent, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, exponent, *shortcuts, numbers).private_key()


SECRET_KEY = _secret_key()


def sign(text: bytes, digest: Hash = "sha256") -> str:
    return base64.b64encode(SECRET_KEY.sign(text, padding.PKCS1v15(), HASHES[digest])).decode()


def notification(event: object, **changes: str) -> dict[str, Any]:
    """What Amazon SNS posts for an event of SES."""
    message = {
        "Type": "Notification",
        "MessageId": "19ba9823-d7f2-53c1-860e-cb10e0d13dfc",
        "TopicArn": TOPIC,
        "Message": json.dumps(event),
        "Timestamp": "2026-01-23T08:00:00.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE_AT,
        **changes,
    }
    names = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    digest: Hash = "sha1" if message["SignatureVersion"] == "1" else "sha256"
    return {"Signature": sign(text.encode(), digest), **message}
