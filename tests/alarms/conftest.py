"""The mail server that letters go to."""

from tests.delivery.conftest import post_office

__all__ = ["post_office"]
