"""Masks an address on the pages that whoever got a forwarded letter can open too. No Django here."""


def mask_address(address: str) -> str:
    """Return the address as its owner knows it again and nobody else can write to it: a…@example.org."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}…{at}{host}"
