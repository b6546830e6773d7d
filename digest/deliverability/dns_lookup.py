"""Asks DNS for a few records, by dnspython, within a time and a number of questions that hold for all of them together.

What a name server answers is hostile: records are bounded in number and size, and come as plain text.
"""

import time
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import dns.exception
import dns.name
import dns.nameserver
import dns.rdata
import dns.resolver
import dns.reversename

# Seconds for one question and for all of them, and how many there may be.
QUESTION_SECONDS = 4.0
ALL_SECONDS = 25.0
MAX_QUESTIONS = 80
# Of one name so many records are looked at, each so many characters long. A key of 4,096 bits has 750.
MAX_RECORDS = 30
MAX_TEXT_LENGTH = 4_000

# Host and port of a name server.
NameServer = tuple[str, int]
Address = IPv4Address | IPv6Address


class LookupFailedError(Exception):
    """No answer came, or none that can be read, so that nothing is known of the name."""


class DnsLookup:
    """Asks the given name servers, or those of this machine where none is given.

    Each method returns what stands at a name, an empty list where there is no such record or no such name, and raises
    LookupFailedError. `has_answered` says whether any question was answered.
    """

    def __init__(self, servers: Sequence[NameServer] = (), *, seconds: float = ALL_SECONDS) -> None:
        self.has_answered = False
        self._questions = 0
        self._end = time.monotonic() + seconds
        # By name and kind: the records, or why there was no answer.
        self._answers: dict[tuple[str, str], list[Any] | LookupFailedError] = {}
        self._resolver = dns.resolver.Resolver(configure=False)
        self._resolver.timeout = QUESTION_SECONDS / 2
        self._resolver.use_edns(0, 0, 1232)
        if servers:
            self._resolver.nameservers = [dns.nameserver.Do53Nameserver(host, port) for host, port in servers]
        else:
            self._use_servers_of_machine()

    def find_texts(self, name: str) -> list[str]:
        """Return the TXT records of a name, the parts of each joined (RFC 7208, 3.3). What is not ASCII is a �."""
        records = self._ask(name, "TXT")
        return [b"".join(record.strings)[: MAX_TEXT_LENGTH + 1].decode("ascii", "replace") for record in records]

    def find_mail_servers(self, name: str) -> list[str]:
        """Return the hosts of a name's MX records, the preferred first. A lone empty one takes no mail (RFC 7505)."""
        records = sorted(self._ask(name, "MX"), key=lambda record: record.preference)
        return [_to_text(record.exchange) for record in records]

    def find_addresses(self, name: str) -> list[Address]:
        """Return the IPv4 addresses of a host, and the IPv6 ones."""
        return [ip_address(record.address) for kind in ("A", "AAAA") for record in self._ask(name, kind)]

    def find_host_names(self, address: Address) -> list[str]:
        """Return the names that an address has in its PTR records."""
        name = dns.reversename.from_address(str(address)).to_text()
        return [_to_text(record.target) for record in self._ask(name, "PTR")]

    def knows_the_root(self) -> bool:
        """Return whether the name servers of the root are known. Who says that they do not exist knows nothing."""
        return bool(self._ask(".", "NS"))

    def _ask(self, name: str, kind: str) -> list[Any]:
        """Return the records of one kind at a name, MAX_RECORDS at most. The same question is asked once."""
        question = (name.lower().rstrip(".") + ".", kind)
        if question not in self._answers:
            try:
                self._answers[question] = self._ask_server(*question)
            except LookupFailedError as error:
                self._answers[question] = error
        answer = self._answers[question]
        if isinstance(answer, LookupFailedError):
            raise answer
        return answer

    def _ask_server(self, name: str, kind: str) -> list[Any]:
        left = self._end - time.monotonic()
        if left <= 0 or self._questions >= MAX_QUESTIONS:
            raise LookupFailedError(f"There was no time left to ask for {name}")
        self._questions += 1
        try:
            answer = self._resolver.resolve(
                name, kind, lifetime=min(left, QUESTION_SECONDS), raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            self.has_answered = True
            return []
        # What cannot be a name is an answer too: there is no such name.
        except (dns.exception.SyntaxError, dns.name.NameTooLong):
            return []
        except (dns.exception.DNSException, OSError, ValueError, EOFError) as error:
            raise LookupFailedError(f"No name server gave an answer for {name}") from error
        self.has_answered = True
        return [record for record in (answer.rrset or ()) if str(record.rdtype.name) == kind][:MAX_RECORDS]

    def _use_servers_of_machine(self) -> None:
        """Read them from /etc/resolv.conf. Where there are none, no question is answered."""
        try:
            self._resolver.nameservers = dns.resolver.Resolver(configure=True).nameservers
        except (dns.exception.DNSException, OSError):
            self._resolver.nameservers = []


def _to_text(name: dns.name.Name) -> str:
    """Return a host's name without the dot at its end. What is odd in it is escaped, as in zone files."""
    return name.to_text(omit_final_dot=True).removesuffix(".").lower()
