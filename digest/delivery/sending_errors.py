"""Errors of mail servers and providers that say how far a letter got."""

import smtplib

import requests


class TransportDown(Exception):
    """The mail server cannot be reached, or lets nobody in; the text says why."""


class ReplyLost(smtplib.SMTPServerDisconnected):
    """The whole letter went out, its last dot included, and no reply came: it may have been accepted."""


def is_never_connected(error: BaseException) -> bool:
    """Return whether nothing was sent. requests uses one class for a refused connection and for a broken one."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    inner = getattr(error.__cause__, "args", None) or (None,)
    why = type(getattr(inner[0], "reason", None)).__name__
    return why in ("NewConnectionError", "ConnectTimeoutError", "NameResolutionError")
