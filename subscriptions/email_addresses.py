"""E-mail addresses: which ones are accepted, and when two belong to the same person."""

import re
import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext_lazy as _

MAX_ADDRESS_LENGTH = 254
INVALID_ADDRESS = _("This does not look like an e-mail address. An example: name@example.org.")

# Whose names are mistyped often; none is so short that another's real domain looks like it.
OFTEN_MISTYPED_DOMAINS = (
    *("gmail.com", "googlemail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "protonmail.com"),
    *("proton.me", "fastmail.com", "foxmail.com", "yandex.com", "yandex.ru", "naver.com", "t-online.de", "laposte.net"),
)
# Real domains that differ from one of these by a single sign.
LOOKALIKE_DOMAINS = frozenset({"mail.com", "email.com", "ymail.com", "fmail.com", "tmail.com"})

# Signs that show nothing and are not of the category Cf: fillers, joiners, and what chooses the shape of a sign.
_OTHER_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0") | set(
    map(chr, range(0xFE00, 0xFE10))
)
# In some scripts they are part of a domain's name.
_JOINERS = "\u200c\u200d"

# No "localhost": a stranger could make us write to the machine's own users.
_validate = EmailValidator(allowlist=())


def clean(text: str) -> str:
    """Return the address in *text*, its domain in ASCII by IDNA 2008, without signs that nobody sees.

    Raises ValidationError.

    Stricter than the standard: quoted names and bare IP addresses are refused, as nobody has one and both are tools of
    those who want to smuggle something into a header. So are names with signs beyond ASCII: some look like another
    sign or become one in small letters, and mail to them goes nowhere.
    """
    address = remove_invisible_signs(text).strip()
    if (
        not address.replace(_JOINERS[0], "").replace(_JOINERS[1], "").isprintable()
        or any(sign in address for sign in ' ",;:<>()[]\\')
        or "@" not in address
    ):
        raise ValidationError(INVALID_ADDRESS, code="invalid")
    name, _at, host = address.rpartition("@")
    address = f"{name}@{_encode_host(host)}"
    if not name.isascii() or len(address) > MAX_ADDRESS_LENGTH or len(name) > 64:
        raise ValidationError(INVALID_ADDRESS, code="invalid")
    try:
        _validate(address)
    except ValidationError as error:
        raise ValidationError(INVALID_ADDRESS, code="invalid") from error
    return address


def remove_invisible_signs(text: str) -> str:
    """Return *text* without the signs that copying brings along: zero-width and bidirectional marks, hard spaces.

    Joiners stay where they are between letters beyond ASCII of a domain: `clean` tells whether they belong there.
    """
    visible = "".join(sign for sign in text if sign in _JOINERS or not _is_invisible(sign))
    name, at, host = visible.rpartition("@")
    host = re.sub(rf"[{_JOINERS}](?=[\0-\x7f]|$)|(?<![^\0-\x7f])[{_JOINERS}]", "", host)
    return name.translate(dict.fromkeys(map(ord, _JOINERS))) + at + host


def _is_invisible(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category == "Cf" or (category == "Zs" and sign != " ") or sign in _OTHER_INVISIBLE


def suggest(address: str) -> str:
    """Return the address that was probably meant, if its domain is one sign off a large provider's; else nothing."""
    name, at, host = address.rpartition("@")
    host = host.lower()
    if host in OFTEN_MISTYPED_DOMAINS or host in LOOKALIKE_DOMAINS:
        return ""
    near = next((domain for domain in OFTEN_MISTYPED_DOMAINS if _is_one_sign_off(host, domain)), "")
    return f"{name}{at}{near}" if near else ""


def _is_one_sign_off(typed: str, meant: str) -> bool:
    """Return whether one sign is missing, too many, another one, or two neighbours are swapped."""
    start = next((place for place, (one, other) in enumerate(zip(typed, meant, strict=False)) if one != other), None)
    if start is None:
        return abs(len(typed) - len(meant)) == 1
    one, other = typed[start:], meant[start:]
    swapped = one[:2] == other[1::-1] and one[2:] == other[2:]
    return one[1:] == other or one == other[1:] or one[1:] == other[1:] or swapped


def key(address: str) -> str:
    """Return the key of an address: two addresses with the same key are one person.

    Only addresses that `clean` accepts can belong to somebody.
    """
    text = remove_invisible_signs(address).strip()
    if text.isascii():
        return text.lower()
    name, at, host = text.rpartition("@")
    try:
        # Signs beyond ASCII can become ASCII in small letters, and the key somebody else's.
        return f"{name.lower() if name.isascii() else name}{at}{_to_ascii(host).lower()}"
    except idna.IDNAError:
        return text


def domain(address: str) -> str:
    """Return the domain in small letters and ASCII."""
    return key(address).rpartition("@")[2]


def _encode_host(host: str) -> str:
    try:
        return _to_ascii(host)
    except idna.IDNAError as error:
        raise ValidationError(INVALID_ADDRESS, code="invalid") from error


def _to_ascii(host: str) -> str:
    """Return a domain in ASCII by IDNA 2008 (RFC 5891), capitals and wide signs mapped as UTS 46 says.

    One that is in ASCII already stays as it is. Raises IDNAError, which is a UnicodeError.
    """
    if len(host) > MAX_ADDRESS_LENGTH:
        raise idna.IDNAError("longer than any domain")
    return host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
