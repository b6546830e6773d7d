"""A letter and its addresses in the form in which they go over a line."""

import pytest

from digest.delivery.transports.envelope import dot_stuff, envelope_address


@pytest.mark.parametrize(
    ("data", "wire"),
    [
        (b"a\r\n", b"a\r\n"),
        (b"a", b"a\r\n"),
        (b"a\r\n.\r\nb\r\n", b"a\r\n..\r\nb\r\n"),
        (b"a\r\n.b\r\n..\r\n", b"a\r\n..b\r\n...\r\n"),
    ],
)
def test_no_line_of_a_letter_can_be_taken_for_its_end(data: bytes, wire: bytes) -> None:
    assert dot_stuff(data) == wire


@pytest.mark.parametrize("written", ["a@b.org>\r\nRCPT TO:<x@y.org", "a@b.org\nDATA", "a b@c.org", "a@b.org SIZE=1"])
def test_an_address_cannot_end_its_command(written: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        envelope_address(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ada@example.org", b"ada@example.org"),
        ("Preprint Post <letters@post.example>", b"letters@post.example"),
        ("leser@bücher.example", b"leser@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_written_in_ascii(written: str, meant: bytes) -> None:
    assert envelope_address(written) == meant
