"""Amazon and Postal in a test: a key made for it, which signs nothing else."""

import base64
import hashlib
import json
import textwrap
from typing import Any

from digest.delivery import rsa

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
PEM = "-----BEGIN CERTIFICATE-----\n" + "\n".join(textwrap.wrap(CERTIFICATE, 64)) + "\n-----END CERTIFICATE-----\n"
CERTIFICATE_AT = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem"
TOPIC = "arn:aws:sns:us-east-1:123456789012:letters"


def sign(text: bytes, digest: rsa.Hash = "sha256") -> str:
    """Written anew, so that the check does not rest on itself."""
    key = rsa.public_key(base64.b64decode(PUBLIC_KEY))
    inside = rsa.PREFIXES[digest] + hashlib.new(digest, text).digest()
    block = b"\x00\x01" + b"\xff" * (128 - 3 - len(inside)) + b"\x00" + inside
    return base64.b64encode(pow(int.from_bytes(block), SECRET_EXPONENT, key.modulus).to_bytes(128)).decode()


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
    digest: rsa.Hash = "sha1" if message["SignatureVersion"] == "1" else "sha256"
    return {"Signature": sign(text.encode(), digest), **message}
