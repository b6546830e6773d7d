"""Posts to the addresses of ALERT_URL: webhooks of chats, and pings that miss us when we no longer come.

Slack, Mattermost and Discord take JSON and each read one name of it: `text` (https://docs.slack.dev/messaging/sending-
messages-using-incoming-webhooks/, https://developers.mattermost.com/integrate/webhooks/incoming/) or `content`
(https://docs.discord.com/developers/resources/webhook, at most 2,000 characters). Pings are those of healthchecks.io,
also on a machine of one's own: the address says that all is well, the address and /fail that it is not, with /log it is
only written down
(https://healthchecks.io/docs/http_api/).
"""

import logging
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

import httpx2

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10.0
MAX_TEXT_LENGTH = 1900
# What a ping says: that all is well, that it is not, or only something.
PingEvent = Literal["", "fail", "log"]
PING_HOST, PING_PATH = "hc-ping.com", "/ping/"


def is_ping(address: str) -> bool:
    """Return whether an address is one of healthchecks.io or of its software elsewhere, and no webhook of a chat."""
    parts = urlsplit(address)
    return parts.hostname == PING_HOST or PING_PATH in parts.path


def post_to_chat(address: str, text: str) -> bool:
    """Post a text to a webhook, and return whether it was taken. Nobody is called by it, whatever it quotes."""
    short = text[:MAX_TEXT_LENGTH]
    return _post(address, json={"text": short, "content": short, "allowed_mentions": {"parse": []}})


def ping(address: str, text: str = "", *, event: PingEvent = "") -> bool:
    """Say that all is well, or that it is not (fail), or only say something (log). Return whether it was taken."""
    parts = urlsplit(address)
    path = f"{parts.path.rstrip('/')}/{event}" if event else parts.path
    return _post(urlunsplit(parts._replace(path=path)), content=text.encode(errors="replace"))


def _post(address: str, **body: object) -> bool:
    try:
        response = httpx2.post(address, timeout=TIMEOUT_SECONDS, follow_redirects=False, **body)  # type: ignore[arg-type]
        response.raise_for_status()
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        # The address is a secret: who has it can post there.
        log.error("%s of ALERT_URL took no message: %s", urlsplit(address).hostname, type(error).__name__)
        return False
    return True
