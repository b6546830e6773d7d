"""The domain that a letter goes to."""


def domain_of(address: str) -> str:
    """Return the domain of an address as the settings write it."""
    domain = address.rpartition("@")[2].rstrip(".").lower()
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
