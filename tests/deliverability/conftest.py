"""A name server that knows a sender whose records are as they should be."""

from base64 import b64encode
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from digest.deliverability.dns_lookup import DnsLookup
from tests.deliverability.name_server import NameServer, open_name_server


def make_key(bits: int = 2048) -> str:
    """Return a public key as p= of a DKIM record has it."""
    public = generate_private_key(65537, bits).public_key()
    return b64encode(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.fixture(scope="session")
def good_key() -> str:
    return make_key()


@pytest.fixture
def names(good_key: str) -> Iterator[NameServer]:
    """post.example, with a mail server of its own at 5.6.7.8."""
    with open_name_server() as server:
        server.add(".", "NS", "a.root-servers.net.")
        server.add("post.example", "MX", "10 mail.post.example.")
        server.add("mail.post.example", "A", "5.6.7.8")
        server.add("8.7.6.5.in-addr.arpa", "PTR", "mail.post.example.")
        server.add_text("post.example", "v=spf1 ip4:5.6.7.8 -all")
        server.add_text("_dmarc.post.example", "v=DMARC1; p=reject")
        server.add_text("letters._domainkey.post.example", f"v=DKIM1; k=rsa; p={good_key}")
        yield server


@pytest.fixture
def lookup(names: NameServer) -> DnsLookup:
    return DnsLookup([("127.0.0.1", names.port)])
