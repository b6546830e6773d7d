"""The certificate authorities that every HTTP client of this process trusts."""

import ssl
from functools import cache

import httpx2


@cache
def shared_ssl_context() -> ssl.SSLContext:
    """Return one context for all clients of this process, because reading the authorities takes 17 ms."""
    return httpx2.create_ssl_context()
