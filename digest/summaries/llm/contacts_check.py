"""Finds what leads a reader away: links, domains, addresses, handles and phone numbers that the paper does not have.

Mail programs turn a domain into a link wherever it stands, so a name counts as one if its end is a domain of the root
zone: `evil.zip` does, `Node.js`, `U.S.` and `Fig. 2` do not. What title or abstract have themselves is harmless, but
for whole links and e-mail addresses: anybody may write an abstract.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

DOMAINS_FILE = Path(__file__).with_name("top_level_domains.txt")

_LINK = re.compile(r"(?:(?:https?|ftp|mailto|tel|sms|javascript):|data:\w+/|www\.)[^\s,;)\]}>\"'”’]+", re.IGNORECASE)
_DOMAIN = re.compile(
    r"(?<![A-Za-z0-9._-])(?P<domain>(?:[A-Za-z0-9](?:[\w-]{0,61}[A-Za-z0-9])?\.)+(?P<end>[A-Za-z]{2,24}))(?![A-Za-z0-9_-])"
    r"(?P<path>/[^\s,;)\]}>\"'”’]*)?",
    re.ASCII,
)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
# Not after a word: pass@1 and Recall@k are measures.
_HANDLE = re.compile(r"(?<![\w@])@[^\W\d]\w+")
_MESSENGER = re.compile(
    r"(?:(?:telegram|whatsapp|wechat|weixin|skype|discord|qq)\s*(?:id|group)?\s*[:@]|微信号?\s*[:号]|(?:QQ|微信)群)\s*\w",
    re.IGNORECASE,
)
_SPELT_DOT = re.compile(r"\w\s*[\[({<]\s*(?:\.|dot|at|@)\s*[\])}>]\s*\w|\w dot (?:com|org|net|io|me)\b", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_PHONE = re.compile(r"(?<![\w.,^])[+(]{0,2}\d(?:[\s().\-–/]{0,3}\d){6,14}(?![\w%^])")
# A range of years, a date, a number with a fraction, or one in groups of three is no phone number.
_NO_PHONE = re.compile(
    r"(?:1[5-9]|20)\d\d\s?[-–/]\s?\d{1,4}(?:[-–/]\d{1,2})?|\d*\.\d+|\d{1,3}(?:[ .]\d{3})*[ .]000|\d{1,3}(?: \d{3})+"
)
# Names of software and of arXiv's categories, which end as domains do.
_NAMES = re.compile(r"(?:ASP|VB|ML|ADO)\.NET|(?:cs|math|stat|eess|econ|nlin)\.[A-Z]{2}")


def find_foreign_contacts(summary: str, paper: str) -> list[str]:
    """Return the links and e-mail addresses, and the domains, handles and phone numbers that *paper* does not have."""
    always = [match[0] for pattern in (_LINK, _EMAIL) for match in pattern.finditer(_as_mail_programs_read(summary))]
    known = {_plain(found) for found in _iterate_contacts(paper)}
    foreign = [
        found
        for found in _iterate_contacts(summary)
        if (plain := _plain(found)) not in known and not any(each.startswith(f"{plain}/") for each in known)
    ]
    numbers = set(_DIGITS.findall(_as_mail_programs_read(paper)))
    return (
        always
        + foreign
        + [phone for phone in _iterate_phones(summary) if not numbers.issuperset(_DIGITS.findall(phone))]
    )


def _as_mail_programs_read(text: str) -> str:
    """Return *text* with plain letters and dots for wide ones."""
    return unicodedata.normalize("NFKC", text)


def _plain(contact: str) -> str:
    return contact.casefold().rstrip("./:!?")


def _iterate_contacts(text: str) -> Iterator[str]:
    text = _as_mail_programs_read(text)
    for pattern in (_HANDLE, _MESSENGER, _SPELT_DOT):
        yield from (match[0] for match in pattern.finditer(text))
    for match in _DOMAIN.finditer(text):
        if match["end"].lower() in _top_level_domains() and not _NAMES.fullmatch(match["domain"]):
            yield match[0].rstrip(".")
    yield from (match[0] for match in _international_domain().finditer(text))


def _iterate_phones(text: str) -> Iterator[str]:
    for match in _PHONE.finditer(_as_mail_programs_read(text)):
        if not _NO_PHONE.fullmatch(match[0].lstrip("(")):
            yield match[0]


@cache
def _top_level_domains() -> frozenset[str]:
    """Return the domains of the root zone, as IANA lists them, in small letters."""
    lines = DOMAINS_FILE.read_text("ascii").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


@cache
def _international_domain() -> re.Pattern[str]:
    """Return a pattern of domains whose end is in another script, such as `.рф`."""
    ends = [
        end.removeprefix("xn--").encode().decode("punycode") for end in _top_level_domains() if end.startswith("xn--")
    ]
    return re.compile(rf"[\w-]+\.(?:{'|'.join(sorted(ends, key=len, reverse=True))})(?!\w)")
