"""E-mail addresses: which ones are accepted, and when two belong to the same person."""

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.encoding import punycode
from django.utils.translation import gettext_lazy as _

MAX_ADDRESS_LENGTH = 254
INVALID_ADDRESS = _("This does not look like an e-mail address. An example: name@example.org.")

GMAIL_DOMAINS = frozenset({"gmail.com", "googlemail.com"})

# No "localhost": a stranger could make us write to the machine's own users.
_validate = EmailValidator(allowlist=())


def clean(text: str) -> str:
    """Return the address in *text*, its domain in ASCII. Raises ValidationError.

    Stricter than the standard: quoted names and bare IP addresses are refused, as nobody has one and both are tools of
    those who want to smuggle something into a header. So are names with signs beyond ASCII: some look like another
    sign or become one in small letters, and mail to them goes nowhere.
    """
    address = text.strip()
    if not address.isprintable() or any(sign in address for sign in ' ",;:<>()[]\\') or "@" not in address:
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


def key(address: str) -> str:
    """Return the key of an address: two addresses with the same key are one person.

    Only addresses that `clean` accepts can belong to somebody.
    """
    text = address.strip()
    if text.isascii():
        return text.lower()
    name, at, host = text.rpartition("@")
    try:
        # Signs beyond ASCII can become ASCII in small letters, and the key somebody else's.
        return f"{name.lower() if name.isascii() else name}{at}{punycode(host.lower())}"
    except UnicodeError:
        return text


def mailbox(address: str) -> str:
    """Return the mailbox where letters end up: without the tag after a plus sign, at Gmail without dots too.

    For rate limits only; whoever signs up twice with such names gets two letters, as they asked.
    """
    name, at, host = key(address).rpartition("@")
    name = name.partition("+")[0] or name
    if host in GMAIL_DOMAINS:
        name, host = name.replace(".", ""), "gmail.com"
    return f"{name}{at}{host}"


def domain(address: str) -> str:
    """Return the domain in small letters and ASCII."""
    return key(address).rpartition("@")[2]


def _encode_host(host: str) -> str:
    try:
        return punycode(host)
    except UnicodeError as error:
        raise ValidationError(INVALID_ADDRESS, code="invalid") from error
