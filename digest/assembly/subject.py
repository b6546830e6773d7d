"""What an inbox shows of a letter before it is opened: the subject and the preheader."""

from collections.abc import Sequence

from django.utils.translation import npgettext

from digest.assembly.text import short

LONGEST = 50
TITLE = 33
"""A telephone shows about so many characters."""
PREVIEW = "[PREVIEW] "
PREHEADER = (40, 90)
BETWEEN = " · "


def subject(titles: Sequence[str], *, preview: bool = False) -> str:
    """The top paper's short title and how many more there are."""
    more = len(titles) - 1
    rest = (
        npgettext("letter: subject", " + %(count)d more", " + %(count)d more", more) % {"count": more} if more else ""
    )
    mark = PREVIEW if preview else ""
    room = min(TITLE, LONGEST - len(mark) - len(rest))
    return f"{mark}{short(titles[0], room)}{rest}"


def preheader(titles: Sequence[str], opening: str, closing: str) -> str:
    """The second and third title; where that is little, *opening* (of the first paper) and *closing* help out."""
    least, most = PREHEADER
    half = (most - len(BETWEEN)) // 2
    line = BETWEEN.join(short(title, half) for title in titles[1:3])
    for more in (opening, closing):
        if len(line) < least and more:
            line = short(f"{line}{BETWEEN}{more}" if line else more, most)
    return line
