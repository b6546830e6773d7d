"""SPF (RFC 7208): which addresses may send mail for a domain, and whether receivers can work that out.

Each branch is followed, as tools that check a record do: a receiver may need all of them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

from digest.deliverability.dns_lookup import MAX_TEXT_LENGTH, Address, DnsLookup

# RFC 7208, 4.6.4. With more than ten terms that ask DNS, or more than two that find nothing, receivers may give up.
MAX_LOOKUPS = 10
MAX_VOID_LOOKUPS = 2
MAX_MAIL_SERVERS = 10
VERSION = "v=spf1"
ASKING = {"include", "a", "mx", "ptr", "exists", "redirect"}

_TERM = re.compile(r"(?P<qualifier>[+?~-]?)(?P<name>[a-z0-9]+)(?P<value>[:/].*)?", re.ASCII | re.IGNORECASE)
_MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>.*)", re.ASCII | re.IGNORECASE)
_HOST_VALUE = re.compile(r"(?::(?P<domain>[^/]+))?(?:/(?P<v4>\d{1,2}))?(?://(?P<v6>\d{1,3}))?", re.ASCII)
_DOMAIN = re.compile(r"[!-.0-~]{1,255}", re.ASCII)

Network = IPv4Network | IPv6Network


class SpfError(Exception):
    """The record is none that receivers can use (RFC 7208: permerror). The text says why, for people."""


class Term(NamedTuple):
    """One mechanism or modifier of a record."""

    name: str
    # Whom it names may send (+), may not (-), probably not (~), or nothing is said (?). Empty for modifiers.
    qualifier: str
    domain: str = ""
    network: Network | None = None
    # Of the addresses that a or mx finds: how many bits count.
    bits_v4: int = 32
    bits_v6: int = 128


@dataclass(slots=True)
class Rule:
    """A mechanism with what DNS says of it: networks, or the policy that it includes."""

    term: Term
    networks: list[Network] = field(default_factory=list)
    included: "Policy | None" = None


@dataclass(slots=True)
class Policy:
    """A record with all that it names. What a macro stands for is known to receivers only."""

    rules: list[Rule] = field(default_factory=list)
    redirect: "Policy | None" = None
    has_macros: bool = False
    # What the whole tree asks of DNS, and the domains that it takes its rules from.
    lookups: int = 0
    domains: frozenset[str] = frozenset()

    def judge(self, address: Address) -> str:
        """Return the qualifier of an address: + where it may send, else ~, - or ?, which also stands for no rule."""
        for rule in self.rules:
            if rule.included is not None:
                is_named = rule.included.judge(address) == "+"
            else:
                is_named = rule.term.name == "all" or any(address in network for network in rule.networks)
            if is_named:
                return rule.term.qualifier
        return self.redirect.judge(address) if self.redirect else "?"

    @property
    def last_word(self) -> str:
        """Return what the record says of everybody whom it does not name."""
        for rule in self.rules:
            if rule.term.name == "all":
                return rule.term.qualifier
        return self.redirect.last_word if self.redirect else ""


def is_spf(text: str) -> bool:
    """Return whether a TXT record is one of SPF (RFC 7208, 4.5)."""
    return text.lower() == VERSION or text.lower().startswith(f"{VERSION} ")


def parse_terms(record: str) -> list[Term]:
    """Return the terms of a record without its version. Raises SpfError for what the grammar (RFC 7208, 12) has not."""
    if len(record) > MAX_TEXT_LENGTH:
        raise SpfError("it is too long")
    terms = [_parse_term(word) for word in record.split(" ")[1:] if word]
    if len([term for term in terms if term.name == "redirect"]) > 1:
        raise SpfError("it has redirect= twice")
    return terms


def _parse_term(word: str) -> Term:
    if modifier := _MODIFIER.fullmatch(word):
        name, domain = modifier["name"].lower(), modifier["value"]
        if name in ("redirect", "exp"):
            return Term(name, "", _read_domain(word, domain))
        return Term(name, "", domain)
    found = _TERM.fullmatch(word)
    if not found:
        raise SpfError(f"it has {_quote(word)}, which is no term of SPF")
    name, qualifier, value = found["name"].lower(), found["qualifier"] or "+", found["value"] or ""
    match name:
        case "all" if not value:
            return Term(name, qualifier)
        case "include" | "exists" if value.startswith(":"):
            return Term(name, qualifier, _read_domain(word, value[1:]))
        case "ptr" if not value or value.startswith(":"):
            return Term(name, qualifier, _read_domain(word, value[1:]) if value else "")
        case "ip4" | "ip6" if value.startswith(":"):
            return Term(name, qualifier, network=_read_network(word, name, value[1:]))
        case "a" | "mx" if parts := _HOST_VALUE.fullmatch(value):
            bits_v4, bits_v6 = int(parts["v4"] or 32), int(parts["v6"] or 128)
            if bits_v4 <= 32 and bits_v6 <= 128:
                domain = _read_domain(word, parts["domain"]) if parts["domain"] else ""
                return Term(name, qualifier, domain, bits_v4=bits_v4, bits_v6=bits_v6)
    raise SpfError(f"it has {_quote(word)}, which is no term of SPF")


def _read_domain(word: str, domain: str) -> str:
    if not _DOMAIN.fullmatch(domain):
        raise SpfError(f"it has {_quote(word)}, which names no domain")
    return domain.rstrip(".").lower()


def _read_network(word: str, name: str, value: str) -> Network:
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        raise SpfError(f"it has {_quote(word)}, which is no address") from None
    if name != f"ip{network.version}":
        raise SpfError(f"it has {_quote(word)}, which is no address of that kind")
    return network


def _quote(word: str) -> str:
    return f"“{''.join(sign if sign.isprintable() else '�' for sign in word[:40])}”"


def find_policy(domain: str, dns: DnsLookup) -> Policy | None:
    """Return what a domain's record and all that it includes say; None where it has no record.

    Raises SpfError where receivers cannot use it, and LookupFailedError.
    """
    walk = _Walk(dns)
    policy = walk.read(domain, ())
    if policy is not None:
        policy.lookups, policy.domains = walk.lookups, frozenset(walk.domains)
    return policy


class _Walk:
    """One way through a record and all that it includes."""

    def __init__(self, dns: DnsLookup) -> None:
        self.lookups = 0
        self.domains: set[str] = set()
        self._void_lookups = 0
        self._dns = dns

    def read(self, domain: str, above: tuple[str, ...]) -> Policy | None:
        """Return the policy of a domain, which the domains *above* include one in another."""
        if domain in above:
            raise SpfError(f"{_quote(domain)} includes itself")
        records = [text for text in self._dns.find_texts(domain) if is_spf(text)]
        if not records:
            return None
        if len(records) > 1:
            raise SpfError(f"{domain} has {len(records)} records that begin with {VERSION}, and one is allowed")
        self.domains.add(domain)
        policy = Policy()
        terms = parse_terms(records[0])
        for term in terms:
            self._count_lookup(term)
            if "%" in term.domain:
                policy.has_macros = True
            elif term.name == "redirect":
                if not any(each.name == "all" for each in terms):
                    policy.redirect = self._read_below(term.domain, (*above, domain))
            elif term.qualifier:
                policy.rules.append(self._find_rule(term, domain, above))
        return policy

    def _find_rule(self, term: Term, domain: str, above: tuple[str, ...]) -> Rule:
        rule = Rule(term)
        match term.name:
            case "include":
                rule.included = self._read_below(term.domain, (*above, domain))
            case "ip4" | "ip6" if term.network is not None:
                rule.networks = [term.network]
            case "a":
                rule.networks = list(_widen(term, self._find_addresses(term.domain or domain)))
            case "mx":
                hosts = [host for host in self._dns.find_mail_servers(term.domain or domain) if host]
                self._note_void(is_void=not hosts)
                if len(hosts) > MAX_MAIL_SERVERS:
                    raise SpfError(f"{_quote(term.domain or domain)} has more than {MAX_MAIL_SERVERS} mail servers")
                for host in hosts:
                    rule.networks += _widen(term, self._dns.find_addresses(host))
        return rule

    def _read_below(self, domain: str, above: tuple[str, ...]) -> Policy:
        policy = self.read(domain, above)
        if policy is None:
            raise SpfError(f"{_quote(domain)}, which it includes, has no record")
        return policy

    def _find_addresses(self, host: str) -> list[Address]:
        found = self._dns.find_addresses(host)
        self._note_void(is_void=not found)
        return found

    def _count_lookup(self, term: Term) -> None:
        self.lookups += term.name in ASKING
        if self.lookups > MAX_LOOKUPS:
            raise SpfError(f"receivers would have to ask DNS more than {MAX_LOOKUPS} times, and then give up")

    def _note_void(self, *, is_void: bool) -> None:
        self._void_lookups += is_void
        if self._void_lookups > MAX_VOID_LOOKUPS:
            raise SpfError(f"more than {MAX_VOID_LOOKUPS} of the hosts that it names do not exist")


def _widen(term: Term, addresses: Iterable[Address]) -> Iterator[Network]:
    for address in addresses:
        bits = term.bits_v4 if address.version == 4 else term.bits_v6
        yield ip_network((address, bits), strict=False)
