"""E-mail addresses: which ones we take, and when two are the same."""

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.encoding import punycode
from django.utils.translation import gettext_lazy as _

LONGEST = 254
PROBLEM = _("This does not look like an e-mail address. An example: name@example.org.")

# No "localhost": a stranger could make us write to the machine's own users.
_valid = EmailValidator(allowlist=())


def clean(text: str) -> str:
    """The address in *text*, its domain in ASCII. Raises ValidationError.

    Stricter than the standard: quoted names and bare IP addresses are refused, as nobody has one and both are tools of
    those who want to smuggle something into a header.
    """
    address = text.strip()
    if not address.isprintable() or any(sign in address for sign in ' ",;:<>()[]\\') or "@" not in address:
        raise ValidationError(PROBLEM, code="invalid")
    name, _at, host = address.rpartition("@")
    address = f"{name}@{_ascii(host)}"
    if len(address) > LONGEST or len(name) > 64:
        raise ValidationError(PROBLEM, code="invalid")
    try:
        _valid(address)
    except ValidationError as error:
        raise ValidationError(PROBLEM, code="invalid") from error
    return address


def key(address: str) -> str:
    """Two addresses with the same key are one person."""
    text = address.strip().lower()
    if text.isascii():
        return text
    name, at, host = text.rpartition("@")
    try:
        return f"{name}{at}{punycode(host)}"
    except UnicodeError:
        return text


def domain(address: str) -> str:
    return key(address).rpartition("@")[2]


def _ascii(host: str) -> str:
    try:
        return punycode(host)
    except UnicodeError as error:
        raise ValidationError(PROBLEM, code="invalid") from error
