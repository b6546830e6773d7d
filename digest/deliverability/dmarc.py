"""DMARC (RFC 7489, renewed by RFC 9989): what a domain asks of receivers whose checks of a letter failed."""

from dataclasses import dataclass

from digest.deliverability.dns_lookup import MAX_TEXT_LENGTH, DnsLookup
from digest.deliverability.tag_list import parse_tags

VERSION = "DMARC1"
POLICIES = ("none", "quarantine", "reject")
# RFC 9989, 4.10: so many names are asked at most on the way up from a domain.
MAX_NAMES = 8


class DmarcError(Exception):
    """A record is none that receivers can use. The text says why, for people."""


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """The policy of one domain."""

    # One of POLICIES, for the domain and for what stands below it.
    policy: str
    policy_below: str
    # Whether a signature, or the sender of the envelope, must be of the very domain of the From.
    is_dkim_strict: bool = False
    is_spf_strict: bool = False
    # y: a registry, below which others' domains stand; n: the domain of an organisation; u: neither is said.
    registry: str = "u"


@dataclass(frozen=True, slots=True)
class Dmarc:
    """What DNS says of a domain: its policy, None where there is none, and the domain of its organisation."""

    policy: str | None
    record: DmarcRecord | None
    organization: str


def is_dmarc(text: str) -> bool:
    """Return whether a TXT record is one of DMARC: it begins with its version (RFC 7489, 6.6.3)."""
    first, _semicolon, _rest = text.partition(";")
    name, _equals, value = first.partition("=")
    return name.strip().lower() == "v" and value.strip() == VERSION


def parse_record(text: str) -> DmarcRecord:
    """Return the policy of a TXT record. Raises DmarcError."""
    if len(text) > MAX_TEXT_LENGTH:
        raise DmarcError("it is too long")
    try:
        tags = parse_tags(text)
    except ValueError:
        raise DmarcError("it cannot be read") from None
    policy = tags.get("p", "none").lower()
    if policy not in POLICIES:
        raise DmarcError(f"its policy (p=) is none of {', '.join(POLICIES)}")
    below = tags.get("sp", policy).lower()
    return DmarcRecord(
        policy,
        below if below in POLICIES else policy,
        tags.get("adkim", "r").lower() == "s",
        tags.get("aspf", "r").lower() == "s",
        tags.get("psd", "u").lower(),
    )


def find_dmarc(domain: str, dns: DnsLookup) -> Dmarc:
    """Return the policy that holds for a domain, and the domain of its organisation (RFC 9989, 4.10).

    Raises DmarcError where the record that holds cannot be used, and LookupFailedError.
    """
    found: list[tuple[str, DmarcRecord]] = []
    for name in _names_upwards(domain):
        texts = [text for text in dns.find_texts(f"_dmarc.{name}") if is_dmarc(text)]
        if len(texts) > 1 and name == domain:
            raise DmarcError(f"there are {len(texts)} records, and receivers then use none of them")
        if len(texts) != 1:
            continue
        try:
            found.append((name, parse_record(texts[0])))
        except DmarcError:
            if name == domain:
                raise
    organization = _find_organization(domain, found)
    by_name = dict(found)
    own, inherited = by_name.get(domain), by_name.get(organization)
    if own is not None:
        return Dmarc(own.policy, own, organization)
    return Dmarc(inherited.policy_below if inherited else None, inherited, organization)


def _names_upwards(domain: str) -> list[str]:
    """Return a domain and those above it, MAX_NAMES of them: the domain itself and the last ones."""
    labels = domain.split(".")
    names = [".".join(labels[start:]) for start in range(len(labels))]
    return names if len(names) <= MAX_NAMES else [names[0], *names[1 - MAX_NAMES :]]


def _find_organization(domain: str, found: list[tuple[str, DmarcRecord]]) -> str:
    """Return the domain of the organisation: the last one with a record, unless a record says who is one."""
    for name, record in found:
        if record.registry == "n":
            return name
        if record.registry == "y" and name != domain:
            return ".".join(domain.split(".")[-name.count(".") - 2 :])
    return found[-1][0] if found else domain
