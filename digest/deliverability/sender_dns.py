"""Looks up what receivers look up about a sender: SPF, DKIM, DMARC, MX and PTR. It only reads, and changes nothing.

Google asks for these of whoever sends it mail (https://support.google.com/a/answer/81126), Yahoo too
(https://senders.yahooinc.com/best-practices/), and a name that leads back to its address is older than both (RFC 1912,
2.1). A record that cannot be looked up is unknown, and nobody's fault.
"""

from collections.abc import Callable, Iterator
from ipaddress import ip_address

from django.conf import settings

from digest.deliverability import dkim, dmarc, spf
from digest.deliverability.dns_lookup import Address, DnsLookup, LookupFailedError
from digest.deliverability.findings import Finding, FindingState, SenderReport
from digest.deliverability.mail_sender import MailSender, configured_sender

# So many machines that send are looked at, and so many names of each.
MAX_ADDRESSES = 8
MAX_NAMES = 5
UNREACHABLE = Finding(
    "DNS", FindingState.UNKNOWN, "DNS cannot be reached from here, so the sender's records were not looked at."
)

OK, ADVICE, WRONG, UNKNOWN = FindingState


def look_up_sender() -> SenderReport | None:
    """Return what DNS says of the configured sender; None where no letter leaves, or DNS_SERVERS is none.

    It takes half a minute at most, and raises nothing whatever DNS answers.
    """
    sender = configured_sender()
    if sender is None or settings.DNS_SERVERS is None:
        return None
    return check_sender(sender, DnsLookup(settings.DNS_SERVERS))


def check_sender(sender: MailSender, dns: DnsLookup) -> SenderReport:
    """Return what DNS says of a sender."""
    if "." not in sender.domain or not sender.domain.rpartition(".")[2].strip("[]0123456789"):
        text = f"Letters come from {sender.domain!r}, which is no domain that receivers know."
        to_do = "Set FROM_EMAIL to an address of your own domain, such as letters@post.example.org."
        return SenderReport(sender.domain, [Finding("From", ADVICE, text, to_do)])
    findings = list(_Checks(sender, dns).run())
    # A name server that knows no name at all has no way out.
    is_lost = not any(finding.state == OK for finding in findings) and not _is_connected(dns)
    return SenderReport(sender.domain, [UNREACHABLE] if is_lost else findings)


def _is_connected(dns: DnsLookup) -> bool:
    try:
        return dns.has_answered and dns.knows_the_root()
    except LookupFailedError:
        return False


class _Checks:
    """The checks of one sender, each of which may ask what another one found."""

    def __init__(self, sender: MailSender, dns: DnsLookup) -> None:
        self._sender = sender
        self._dns = dns
        # Whether letters are proven by their envelope, and by the key of which domain.
        self._is_proven_by_spf = False
        self._signing_domains: list[str] = []

    def run(self) -> Iterator[Finding]:
        """Yield what was found, in the order in which an operator sets it up."""
        subjects: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
            ("SPF", self._check_spf),
            ("DKIM", self._check_dkim),
            ("DMARC", self._check_dmarc),
            ("MX", self._check_mail_servers),
            ("PTR", self._check_reverse_names),
        ]
        for subject, check in subjects:
            try:
                yield from check()
            except LookupFailedError as error:
                yield Finding(subject, UNKNOWN, f"{error}.", "Nothing, if it passes: name servers fail now and then.")

    def _check_spf(self) -> Iterator[Finding]:
        sender, domain = self._sender, self._sender.domain
        try:
            policy = spf.find_policy(domain, self._dns)
        except spf.SpfError as error:
            text = f"The SPF record of {domain} cannot be used: {error}."
            yield Finding("SPF", WRONG, text, f"Correct the TXT record of {domain} that begins with v=spf1.")
            return
        addresses = self._find_own_addresses()
        if policy is None:
            yield self._tell_of_missing_spf(addresses)
            return
        unnamed = [address for address in addresses if policy.judge(address) != "+"]
        lacks_service = bool(sender.spf_include) and sender.spf_include not in policy.domains
        if policy.last_word == "+":
            text = f"The SPF record of {domain} allows everybody to send."
            yield Finding("SPF", WRONG, text, "End it with ~all instead of +all.")
        elif lacks_service:
            text = f"The SPF record of {domain} does not name {sender.service}."
            to_do = f"Add include:{sender.spf_include} to it, before its end."
            yield Finding("SPF", WRONG if sender.has_own_envelope else ADVICE, text, to_do)
        elif unnamed and not policy.has_macros:
            text = f"The SPF record of {domain} does not name {unnamed[0]}, from where letters leave."
            to_do = f"Add ip{unnamed[0].version}:{unnamed[0]} to it, before its end, or correct SENDING_HOSTS."
            yield Finding("SPF", WRONG if sender.are_hosts_set else ADVICE, text, to_do)
        elif policy.last_word in ("", "?"):
            text = f"The SPF record of {domain} forbids nobody to send."
            yield Finding("SPF", ADVICE, text, "End it with ~all.")
        else:
            text = (
                f"{domain} has one SPF record, for which receivers ask DNS {policy.lookups} of {spf.MAX_LOOKUPS} times."
            )
            yield Finding("SPF", OK, text)
        is_named = bool(addresses) or bool(sender.spf_include)
        self._is_proven_by_spf = sender.has_own_envelope and is_named and not unnamed and not lacks_service

    def _tell_of_missing_spf(self, addresses: list[Address]) -> Finding:
        sender, domain = self._sender, self._sender.domain
        if not sender.has_own_envelope and not sender.spf_include:
            text = f"{domain} has no SPF record. {sender.service} needs none: it has a return path of its own."
            return Finding("SPF", OK, text)
        named = [f"include:{sender.spf_include}"] if sender.spf_include else [f"ip{a.version}:{a}" for a in addresses]
        to_do = f"Add a TXT record at {domain}: v=spf1 {' '.join(named or ['mx'])} ~all"
        return Finding("SPF", WRONG, f"{domain} has no SPF record.", to_do)

    def _check_dkim(self) -> Iterator[Finding]:
        sender = self._sender
        if not sender.selectors:
            text = "It is not known where the DKIM key stands."
            to_do = "Set DKIM_SELECTORS to what stands behind s= in the DKIM-Signature of a letter that arrived."
            yield Finding("DKIM", UNKNOWN, text, to_do)
            return
        found = [finding for selector in sender.selectors for finding in self._check_selector(selector)]
        whose = f"{sender.service} gives you" if sender.service else "your mail server signs with"
        if sender.are_selectors_set:
            for selector in sender.selectors:
                if not any(f" {selector}._domainkey." in finding.text for finding in found):
                    text = f"There is no DKIM key at {selector}._domainkey.{sender.domain}."
                    found.append(
                        Finding("DKIM", WRONG, text, f"Publish there the key that {whose}, or correct DKIM_SELECTORS.")
                    )
        elif self._signing_domains:  # the others of the usual names are not in use
            found = [finding for finding in found if finding.state != WRONG]
        if not found:
            text = f"None of the usual selectors of {sender.service} has a DKIM key at {sender.domain}."
            to_do = f"Publish the key that {whose}, or set DKIM_SELECTORS where its name is another."
            yield Finding("DKIM", ADVICE, text, to_do)
        yield from found

    def _check_selector(self, selector: str) -> Iterator[Finding]:
        """Yield what is so with the key of a selector, at the domain or the one that its organisation has."""
        for domain in self._list_aligned_domains():
            name = f"{selector}._domainkey.{domain}"
            records = self._dns.find_texts(name)
            if not records:
                continue
            try:
                if len(records) > 1:
                    raise dkim.DkimError(f"there are {len(records)} records, and receivers take any of them")
                key = dkim.parse_key(records[0])
            except dkim.DkimError as error:
                yield Finding("DKIM", WRONG, f"The DKIM key at {name} cannot be used: {error}.", "Publish it anew.")
                return
            self._signing_domains.append(domain)
            yield _judge_key(name, key)
            return

    def _list_aligned_domains(self) -> list[str]:
        """Return the domains whose signature proves a letter: that of the From, and that of its organisation."""
        domain = self._sender.domain
        try:
            return list(dict.fromkeys([domain, dmarc.find_dmarc(domain, self._dns).organization]))
        except (dmarc.DmarcError, LookupFailedError):
            return [domain]

    def _check_dmarc(self) -> Iterator[Finding]:
        domain = self._sender.domain
        try:
            found = dmarc.find_dmarc(domain, self._dns)
        except dmarc.DmarcError as error:
            text = f"The DMARC record of {domain} cannot be used: {error}."
            yield Finding("DMARC", WRONG, text, f"Correct the TXT record of _dmarc.{domain} that begins with v=DMARC1.")
            return
        if found.record is None:
            to_do = f"Add a TXT record at _dmarc.{domain}: v=DMARC1; p=none"
            text = f"{domain} has no DMARC record, and Google and Yahoo take many letters only from domains with one."
            yield Finding("DMARC", WRONG, text, to_do)
            return
        is_dkim_strict = found.record.is_dkim_strict
        by_key = any(domain == each or not is_dkim_strict for each in self._signing_domains)
        if self._signing_domains and not by_key:
            text = (
                f"The DKIM key is one of {self._signing_domains[0]}, and the DMARC record wants one of {domain} itself."
            )
            to_do = "Take adkim=s out of the DMARC record, or sign with the domain of FROM_EMAIL."
            yield Finding("DMARC", WRONG, text, to_do)
        elif found.policy != "none" and not by_key and not self._is_proven_by_spf:
            text = f"The DMARC record of {domain} has receivers {found.policy} letters that neither SPF nor DKIM prove."
            yield Finding("DMARC", ADVICE, text, "See to SPF and DKIM first; until then p=none is safe.")
        else:
            yield Finding("DMARC", OK, f"{domain} has a DMARC record, with the policy {found.policy}.")

    def _check_mail_servers(self) -> Iterator[Finding]:
        sender = self._sender
        domains = {sender.reply_domain: "answers to letters"}
        if sender.has_own_envelope:
            domains.setdefault(sender.domain, "letters that come back")
        for domain, what in domains.items():
            yield self._check_mail_of(domain, what)

    def _check_mail_of(self, domain: str, what: str) -> Finding:
        to_do = f"Add an MX record to {domain} that names a mail server which takes {what}."
        hosts = self._dns.find_mail_servers(domain)
        if hosts and not any(hosts):
            return Finding("MX", WRONG, f"{domain} says that it takes no mail, so {what} reach nobody.", to_do)
        if not hosts:
            if not self._dns.find_addresses(domain):
                return Finding("MX", WRONG, f"{domain} has no mail server, so {what} reach nobody.", to_do)
            return Finding("MX", ADVICE, f"{domain} has no MX record: {what} go to its own address.", to_do)
        if not any(self._dns.find_addresses(host) for host in hosts[:MAX_NAMES] if host):
            return Finding("MX", WRONG, f"No mail server of {domain} has an address, so {what} reach nobody.", to_do)
        return Finding("MX", OK, f"{hosts[0]} takes {what}.")

    def _check_reverse_names(self) -> Iterator[Finding]:
        sender = self._sender
        if not sender.hosts:
            yield Finding("PTR", OK, f"Letters leave from machines of {sender.service}, which names them itself.")
            return
        addresses = self._find_own_addresses()
        if not addresses:
            to_do = "Set SENDING_HOSTS to the names or addresses of the machines that hand letters to receivers."
            yield Finding("PTR", UNKNOWN, "It is not known from which addresses letters leave.", to_do)
        for address in addresses:
            yield self._check_address(address)

    def _check_address(self, address: Address) -> Finding:
        state = WRONG if self._sender.are_hosts_set else ADVICE
        names = self._dns.find_host_names(address)
        if not names:
            to_do = "Have whoever gave you the address set its name (PTR), or correct SENDING_HOSTS."
            return Finding("PTR", state, f"{address} has no name.", to_do)
        for name in names[:MAX_NAMES]:
            if address in self._dns.find_addresses(name):
                return Finding("PTR", OK, f"{address} is {name}, and back.")
        to_do = f"Add an address record for {names[0]} with {address}, or have its name (PTR) changed."
        return Finding("PTR", state, f"{address} is called {names[0]}, which does not lead back to it.", to_do)

    def _find_own_addresses(self) -> list[Address]:
        """Return the addresses from which letters leave. Where they are guessed, receivers may see them at least."""
        found: list[Address] = []
        for host in self._sender.hosts[:MAX_ADDRESSES]:
            addresses = self._find_addresses(host)
            if self._sender.are_hosts_set:
                found += addresses
            elif seen := [address for address in addresses if address.is_global]:
                return seen[:MAX_ADDRESSES]
        return list(dict.fromkeys(found))[:MAX_ADDRESSES]

    def _find_addresses(self, host: str) -> list[Address]:
        try:
            return [ip_address(host.strip("[]"))]
        except ValueError:
            return self._dns.find_addresses(host) if "." in host else []


def _judge_key(name: str, key: dkim.DkimKey) -> Finding:
    if key.is_test:
        text = f"The DKIM key at {name} is marked as a test, and receivers may leave it aside."
        return Finding("DKIM", ADVICE, text, "Take t=y out of the record.")
    if key.algorithm == "ed25519":
        text = f"The DKIM key at {name} is one of Ed25519, which many receivers cannot check."
        return Finding("DKIM", ADVICE, text, "Sign with an RSA key of 2048 bits besides.")
    if key.bits < dkim.GOOD_BITS:
        text = f"The DKIM key at {name} has {key.bits} bits, and Google asks for {dkim.GOOD_BITS}."
        return Finding("DKIM", ADVICE, text, "Sign with a longer key.")
    return Finding("DKIM", OK, f"There is a DKIM key of {key.bits} bits at {name}.")
