"""What an inbox shows of a letter before it is opened: the subject and the preheader."""

import re
from collections.abc import Sequence

from django.utils.translation import npgettext

from digest.letters.text_layout import short

LONGEST = 50
# A telephone shows about so many characters.
TITLE = 33
PREVIEW = "[PREVIEW] "
PREHEADER = (40, 90)
BETWEEN = " · "
# Characters for each of two titles.
HALF = (PREHEADER[1] - len(BETWEEN)) // 2
# Where something begins that mail programs take for an encoded word (RFC 2047) and show as what it stands for.
_ENCODED = re.compile(r"=\?(?=[^?]*\?[bq]\?.*?\?=)", re.IGNORECASE)


def subject(title: str, more: int, *, preview: bool = False) -> str:
    """The top paper's short title and how many more there are."""
    rest = (
        npgettext("letter: subject", " + %(count)d more", " + %(count)d more", more) % {"count": more} if more else ""
    )
    mark = PREVIEW if preview else ""
    room = min(TITLE, LONGEST - len(mark) - len(rest))
    return _ENCODED.sub("=？", f"{mark}{short(title, room)}{rest}")


def preheader(titles: Sequence[str], opening: str, closing: str) -> str:
    """The second and third title; where that is little, *opening* (of the first paper) and *closing* help out."""
    least, most = PREHEADER
    line = BETWEEN.join(short(title, HALF) for title in titles[1:3])
    for more in (opening, closing):
        if len(line) < least and more:
            line = short(f"{line}{BETWEEN}{more}" if line else more, most)
    return line
