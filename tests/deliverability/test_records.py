"""Records are read strictly, and whatever stands in one, reading it ends with a value or with its own error."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.deliverability import dkim, dmarc, spf
from digest.deliverability.dns_lookup import Address, DnsLookup
from digest.deliverability.mail_sender import MailSender
from digest.deliverability.sender_dns import check_sender
from digest.deliverability.spf import Policy, Rule, Term, parse_terms
from digest.deliverability.tag_list import parse_tags

# Text that looks like records more often than chance would have it.
PIECES = st.sampled_from(
    ["v=spf1", "v=DMARC1", "v=DKIM1", "p=", "k=rsa", "include:", "ip4:", "ip6:", "1.2.3.4", "::1", "/24", "//64", "a",
     "mx", "all", "-", "~", "?", "+", "redirect=", "exp=", "%{i}", "exists:", "post.example", ";", " ", "=", ":", "/",
     "\x00", "�", "psd=y", "sp=reject", "t=y", "AAAA", "MIIB", "==", "é"]
)  # fmt: skip
RECORDS = st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=30).map("".join)
HOSTS = st.from_regex(r"[a-z0-9-]{1,20}(\.[a-z]{2,8}){1,3}", fullmatch=True)
QUALIFIERS = st.sampled_from(["", "+", "-", "~", "?"])
MECHANISMS = st.one_of(
    HOSTS.map(lambda host: f"include:{host}"),
    HOSTS.map(lambda host: f"exists:%{{i}}.{host}"),
    st.just("a"),
    st.just("mx//64"),
    st.tuples(HOSTS, st.integers(0, 32), st.integers(0, 128)).map(lambda parts: f"a:{parts[0]}/{parts[1]}//{parts[2]}"),
    st.ip_addresses(v=4).map(lambda address: f"ip4:{address}"),
    st.ip_addresses(v=6).map(lambda address: f"ip6:{address}/48"),
)


@given(RECORDS)
def test_any_text_is_read_or_refused(record: str) -> None:
    with suppress(spf.SpfError):
        parse_terms(f"v=spf1 {record}")
    with suppress(dkim.DkimError):
        dkim.parse_key(record)
    with suppress(dmarc.DmarcError):
        dmarc.parse_record(record)
    assert spf.is_spf(record) in (True, False)
    assert dmarc.is_dmarc(record) in (True, False)


class MadeUpDns(DnsLookup):
    """Answers each question with what was drawn for its name."""

    def __init__(self, texts: Mapping[str, Sequence[str]], hosts: Sequence[str], addresses: Sequence[Address]) -> None:
        super().__init__([("127.0.0.1", 9)])
        self.has_answered = True
        self._texts, self._hosts, self._addresses = texts, list(hosts), list(addresses)

    def find_texts(self, name: str) -> list[str]:
        return list(self._texts.get(name, ()))

    def find_mail_servers(self, name: str) -> list[str]:
        return self._hosts

    def find_host_names(self, address: Address) -> list[str]:
        return self._hosts

    def find_addresses(self, name: str) -> list[Address]:
        return self._addresses

    def knows_the_root(self) -> bool:
        return True


NAMES = ("post.example", "_dmarc.post.example", "_dmarc.example", "a._domainkey.post.example", "x.example")
ALMOST_RECORDS = st.one_of(
    RECORDS.map(lambda text: f"v=spf1 {text}"),
    st.lists(
        st.one_of(MECHANISMS, st.sampled_from(["include:x.example", "redirect=post.example", "-all"])), max_size=14
    ).map(lambda terms: " ".join(["v=spf1", *terms])),
    RECORDS.map(lambda text: f"v=DMARC1;{text}"),
    RECORDS,
)


@given(
    st.dictionaries(st.sampled_from(NAMES), st.lists(ALMOST_RECORDS, max_size=3)),
    st.lists(st.sampled_from(["", "mail.post.example", "x.example"]), max_size=12),
    st.lists(st.ip_addresses(), max_size=3),
)
def test_whatever_dns_says_there_is_a_report(
    texts: dict[str, list[str]], hosts: list[str], addresses: list[Address]
) -> None:
    sender = MailSender("post.example", "x.example", selectors=("a",), are_selectors_set=True, hosts=("x.example",))
    report = check_sender(sender, MadeUpDns(texts, hosts, addresses))
    assert {finding.subject for finding in report.findings} == {"SPF", "DKIM", "DMARC", "MX", "PTR"}
    for finding in report.findings:
        assert f"{finding.text}{finding.to_do}".isprintable()
        assert finding.to_do or finding.state in ("ok", "unknown")
        assert len(finding.text) < 400


@given(st.lists(st.tuples(QUALIFIERS, MECHANISMS), max_size=12))
def test_terms_are_those_that_were_written(written: list[tuple[str, str]]) -> None:
    terms = parse_terms(" ".join(["v=spf1", *("".join(pair) for pair in written)]))
    assert [(term.qualifier, term.name) for term in terms] == [
        (qualifier or "+", mechanism.partition(":")[0].partition("/")[0]) for qualifier, mechanism in written
    ]


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.text("abc=:/ ", max_size=9), max_size=6))
def test_tags_are_those_that_were_written(tags: dict[str, str]) -> None:
    record = ";".join(f" {name} = {value}" for name, value in tags.items())
    assert parse_tags(record) == {name: value.strip() for name, value in tags.items()}


@pytest.mark.parametrize(
    "word",
    [
        "include:",
        "include",
        "ip4:::1",
        "ip6:1.2.3.4",
        "ip4:1.2.3.4/33",
        "a/33",
        "mx//129",
        "all:x",
        "foo",
        "redirect=",
        "a:/",
    ],
)
def test_what_the_grammar_has_not_is_refused(word: str) -> None:
    with pytest.raises(spf.SpfError, match="which"):
        parse_terms(f"v=spf1 {word} -all")


def test_modifiers_that_nobody_knows_are_left_aside() -> None:
    assert [term.name for term in parse_terms("v=spf1 x-note=any/thing: -all")] == ["x-note", "all"]


def test_the_first_rule_that_names_an_address_counts() -> None:
    def rule(qualifier: str, network: str) -> Rule:
        return Rule(Term("ip4", qualifier), [ip_network(network)])

    within = Policy([rule("-", "5.0.0.0/24"), Rule(Term("all", "+"))])
    policy = Policy(
        [rule("~", "5.6.0.0/16"), Rule(Term("include", "+"), included=within)],
        redirect=Policy([rule("+", "5.0.0.0/8")]),
    )
    assert [policy.judge(ip_address(each)) for each in ("5.6.7.8", "9.9.9.9", "5.0.0.1", "::1")] == ["~", "+", "+", "+"]
    assert (policy.last_word, within.last_word) == ("", "+")


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("v=DKIM2; p=AAAA", "does not begin with v=DKIM1"),
        ("p=AAAA; v=DKIM1", "does not begin with v=DKIM1"),
        ("v=DKIM1; k=rsa", "has no key"),
        ("v=DKIM1; p=", "revoked"),
        ("v=DKIM1; p=MIIB", "cut off, or too short"),
        ("v=DKIM1; p=###", "cut off or has a sign"),
        ("v=DKIM1; k=ed25519; p=AAAA", "cut off"),
        ("v=DKIM1; k=md5; p=AAAA", "is not known"),
        ("v=DKIM1; p=AAAA; p=AAAA", "cannot be read"),
        # 512 bits, as people published in 2010.
        (
            "p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKZ7sLhHvVnXjHVbcvdnPNLgRxqDzkmvnlvGtoCMqKrqqb7dQIEYYPCHaFF4GIvhm9xJrUeDmHzB"
            "q+2GzUBlR6ECAwEAAQ==",
            "512 bits, and receivers take none of fewer than 1024",
        ),
    ],
)
def test_a_key_that_receivers_cannot_use_is_refused(record: str, words: str) -> None:
    with pytest.raises(dkim.DkimError) as caught:
        dkim.parse_key(record)
    assert words in str(caught.value)


def test_keys_are_read_with_their_kind() -> None:
    key = dkim.parse_key("v=DKIM1; k=ed25519; t=s:y; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
    assert key == dkim.DkimKey("ed25519", 256, is_test=True)
