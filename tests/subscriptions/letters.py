"""Finds the link in a letter, for tests."""

import re
from urllib.parse import urlsplit

from django.core.mail import EmailMessage, EmailMultiAlternatives

LINK = re.compile(r"https://post\.example(/\w+/[\w.-]+/)")


def link_in(message: EmailMessage) -> str:
    """Return the path of the one link that the letter is about, the same in both of its bodies."""
    found = LINK.search(str(message.body))
    assert found, message.body
    assert found[0] in html_of(message)
    return urlsplit(found[0]).path


def token_in(message: EmailMessage) -> str:
    return link_in(message).strip("/").rpartition("/")[2]


def html_of(message: EmailMessage) -> str:
    assert isinstance(message, EmailMultiAlternatives)
    [alternative] = message.alternatives
    return str(alternative[0])
