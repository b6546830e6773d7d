"""A letter's domain is written as the settings for domains write it."""

import pytest

from digest.delivery.recipient_domain import domain_of


@pytest.mark.parametrize(
    ("address", "domain"),
    [("Ada@Example.ORG", "example.org"), ("a@b@c.org.", "c.org"), ("x@bücher.example", "xn--bcher-kva.example"),
     ("x@" + "ü" * 99, "ü" * 99)],
)  # fmt: skip
def test_a_domain_is_written_as_the_settings_write_it(address: str, domain: str) -> None:
    assert domain_of(address) == domain
