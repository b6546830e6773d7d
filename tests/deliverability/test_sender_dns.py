"""What receivers look up about the sender is looked up, and each fault is told with what to do."""

import socket
import time
from collections.abc import Callable

import dns.resolver
import pytest
from pytest_django import Settings

from digest.deliverability import dns_lookup
from digest.deliverability.dns_lookup import DnsLookup
from digest.deliverability.findings import Finding, FindingState, SenderReport
from digest.deliverability.mail_sender import MailSender, configured_sender
from digest.deliverability.sender_dns import check_sender, look_up_sender
from tests.deliverability.conftest import make_key
from tests.deliverability.name_server import NameServer

OWN_SERVER = MailSender(
    "post.example",
    "post.example",
    selectors=("letters",),
    are_selectors_set=True,
    hosts=("5.6.7.8",),
    are_hosts_set=True,
)
RESEND = MailSender("post.example", "post.example", has_own_envelope=False, service="Resend", selectors=("resend",))
MAILGUN = MailSender(
    "post.example",
    "post.example",
    has_own_envelope=False,
    service="Mailgun",
    spf_include="mailgun.org",
    selectors=("pdk1", "pdk2"),
)

# Returns what was found of one kind of record.
Look = Callable[..., Finding]


@pytest.fixture
def look(names: NameServer) -> Look:
    def look(subject: str, sender: MailSender = OWN_SERVER) -> Finding:
        report = check_sender(sender, DnsLookup([("127.0.0.1", names.port)]))
        found = [finding for finding in report.findings if finding.subject == subject]
        assert found, report.findings
        return report.problems[0] if report.problems and report.problems[0] in found else found[0]

    return look


def states(names: NameServer) -> dict[str, str]:
    """What one look finds of each kind."""
    report = check_sender(OWN_SERVER, DnsLookup([("127.0.0.1", names.port)]))
    return {finding.subject: str(finding.state) for finding in report.findings}


def replace_text(names: NameServer, name: str, *texts: str) -> None:
    names.zone[name] = {kind: records for kind, records in names.zone.get(name, {}).items() if kind != "TXT"}
    for text in texts:
        names.add_text(name, text)


# --- what is right ----------------------------------------------------------------------------------------------------
def test_a_sender_whose_records_are_right_has_no_problem(lookup: DnsLookup) -> None:
    report = check_sender(OWN_SERVER, lookup)
    assert {finding.subject: finding.state for finding in report.findings} == dict.fromkeys(
        ("SPF", "DKIM", "DMARC", "MX", "PTR"), FindingState.OK
    )
    assert report.problems == []
    assert report.is_reachable


def test_a_report_is_kept_as_it_was(lookup: DnsLookup, names: NameServer) -> None:
    del names.zone["_dmarc.post.example"]
    report = check_sender(OWN_SERVER, lookup)
    assert SenderReport.from_json(report.as_json()) == report


def test_a_key_of_many_parts_comes_over_tcp(names: NameServer, look: Look) -> None:
    replace_text(names, "letters._domainkey.post.example", f"v=DKIM1; n={'x' * 1500}; p={make_key()}")
    assert look("DKIM").state == FindingState.OK


def test_a_record_behind_another_name_is_found(names: NameServer, look: Look, good_key: str) -> None:
    del names.zone["letters._domainkey.post.example"]
    names.add("letters._domainkey.post.example", "CNAME", "key.provider.example.")
    names.add_text("key.provider.example", f"p={good_key}")
    assert look("DKIM").state == FindingState.OK


# --- SPF --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("records", "state", "words"),
    [
        ([], "wrong", "post.example has no SPF record."),
        (
            ["v=spf1 ip4:5.6.7.8 -all", "v=spf1 -all"],
            "wrong",
            "has 2 records that begin with v=spf1, and one is allowed",
        ),
        (["v=spf1 +all"], "wrong", "allows everybody to send"),
        (["v=spf1 ip4:5.6.7.8"], "advice", "forbids nobody"),
        (["v=spf1 ip4:5.6.7.8 ?all"], "advice", "forbids nobody"),
        (["v=spf1 ip4:9.9.9.9 -all"], "wrong", "does not name 5.6.7.8"),
        (["v=spf1 -ip4:5.6.7.8 ip4:5.0.0.0/8 -all"], "wrong", "does not name 5.6.7.8"),
        (["v=spf1 ip4:5.0.0.0/8 ~all"], "ok", "ask DNS 0 of 10"),
        (["v=spf1 mx ~all"], "ok", "ask DNS 1 of 10"),
        (["v=spf1 a:mail.post.example/24 ~all"], "ok", "ask DNS 1 of 10"),
        (["V=SPF1 MX ~ALL"], "ok", "ask DNS 1 of 10"),
        (["v=spf1 ipv4:5.6.7.8 ~all"], "wrong", "“ipv4:5.6.7.8”, which is no term of SPF"),
        (["v=spf1 ip4:5.6.7 ~all"], "wrong", "“ip4:5.6.7”, which is no address"),
        (["v=spf1 include:nowhere.example ~all"], "wrong", "“nowhere.example”, which it includes, has no record"),
        (["v=spf1 include:post.example ~all"], "wrong", "“post.example” includes itself"),
        (
            ["v=spf1 a:1.example a:2.example a:3.example ~all"],
            "wrong",
            "more than 2 of the hosts that it names do not exist",
        ),
        ([f"v=spf1 {'mx ' * 11}~all"], "wrong", "ask DNS more than 10 times"),
        (["v=spf1 exists:%{i}.list.example ~all"], "ok", "ask DNS 1 of 10"),
        (["v=spf10 ip4:5.6.7.8 -all", "some other text"], "wrong", "has no SPF record"),
    ],
)
def test_an_spf_record_is_read_as_receivers_read_it(
    names: NameServer, look: Look, records: list[str], state: str, words: str
) -> None:
    replace_text(names, "post.example", *records)
    found = look("SPF")
    assert (
        found.state,
        words in found.text.replace("ask DNS 0", "ask DNS 0").replace("ask DNS 1 ", "ask DNS 1 "),
    ) == (
        state,
        True,
    ), found


def test_a_missing_spf_record_is_told_as_it_should_be(names: NameServer, look: Look) -> None:
    replace_text(names, "post.example")
    assert look("SPF").to_do == "Add a TXT record at post.example: v=spf1 ip4:5.6.7.8 ~all"
    assert look("SPF", MAILGUN).to_do == "Add a TXT record at post.example: v=spf1 include:mailgun.org ~all"


def test_included_records_count_with_all_that_they_include(names: NameServer, look: Look) -> None:
    replace_text(names, "post.example", "v=spf1 include:a.example redirect=b.example")
    names.add_text("a.example", "v=spf1 include:b.example ?all")
    names.add_text("b.example", "v=spf1 mx:post.example -all")
    assert "5 of 10" in look("SPF").text


def test_a_chain_of_includes_without_an_end_is_left_in_time(names: NameServer, look: Look) -> None:
    for number in range(100):
        replace_text(names, f"{number}.example", f"v=spf1 include:{number + 1}.example -all")
    replace_text(names, "post.example", "v=spf1 include:0.example -all")
    assert "ask DNS more than 10 times" in look("SPF").text
    assert len(names.questions) < 40


def test_a_provider_with_a_return_path_of_its_own_needs_no_spf_record(names: NameServer, look: Look) -> None:
    replace_text(names, "post.example")
    found = look("SPF", RESEND)
    assert (found.state, "Resend needs none" in found.text) == ("ok", True)


def test_a_provider_that_the_record_does_not_name_is_named(names: NameServer, look: Look) -> None:
    found = look("SPF", MAILGUN)
    assert (found.state, found.to_do) == ("advice", "Add include:mailgun.org to it, before its end.")
    names.add_text("mailgun.org", "v=spf1 ip4:159.135.224.0/20 ~all")
    replace_text(names, "post.example", "v=spf1 include:mailgun.org ~all")
    assert look("SPF", MAILGUN).state == "ok"


# --- DKIM -------------------------------------------------------------------------------------------------------------
def test_a_revoked_key_is_told(names: NameServer, look: Look) -> None:
    replace_text(names, "letters._domainkey.post.example", "v=DKIM1; p=")
    found = look("DKIM")
    assert (found.state, "revoked" in found.text) == ("wrong", True)


def test_a_short_key_is_told(names: NameServer, look: Look) -> None:
    replace_text(names, "letters._domainkey.post.example", f"p={make_key(1024)}")
    found = look("DKIM")
    assert (found.state, "has 1024 bits, and Google asks for 2048" in found.text) == ("advice", True)


def test_a_missing_key_is_told_with_its_place(names: NameServer, look: Look) -> None:
    del names.zone["letters._domainkey.post.example"]
    found = look("DKIM")
    assert found.state == "wrong"
    assert found.text == "There is no DKIM key at letters._domainkey.post.example."


def test_two_keys_at_one_place_are_told(names: NameServer, look: Look, good_key: str) -> None:
    names.add_text("letters._domainkey.post.example", f"p={good_key}")
    assert "there are 2 records" in look("DKIM").text


def test_one_of_the_usual_keys_of_a_provider_is_enough(names: NameServer, look: Look, good_key: str) -> None:
    assert "None of the usual selectors of Mailgun" in look("DKIM", MAILGUN).text
    names.add_text("pdk1._domainkey.post.example", "p=")
    names.add_text("pdk2._domainkey.post.example", f"p={good_key}")
    assert look("DKIM", MAILGUN).state == "ok"


def test_without_a_selector_nobody_knows_where_the_key_is(look: Look) -> None:
    found = look("DKIM", MailSender("post.example", "post.example"))
    assert (found.state, "DKIM_SELECTORS" in found.to_do) == ("unknown", True)


# --- DMARC ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("records", "state", "words"),
    [
        ([], "wrong", "has no DMARC record"),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], "wrong", "there are 2 records"),
        (["v=DMARC1; p=some"], "wrong", "its policy (p=) is none of"),
        (["v=DMARC1; p=none; p=none"], "wrong", "it cannot be read"),
        (["v=DMARC1;p=none;"], "ok", "with the policy none"),
        (["v = DMARC1 ; rua=mailto:hello@post.example"], "ok", "with the policy none"),
        (["v=DMARC1; p=quarantine; adkim=s; aspf=s"], "ok", "with the policy quarantine"),
        (["p=none"], "wrong", "has no DMARC record"),
    ],
)
def test_a_dmarc_record_is_read_as_receivers_read_it(
    names: NameServer, look: Look, records: list[str], state: str, words: str
) -> None:
    replace_text(names, "_dmarc.post.example", *records)
    found = look("DMARC")
    assert (found.state, words in found.text) == (state, True), found


def test_a_domain_below_takes_the_policy_and_the_key_of_its_organisation(names: NameServer, look: Look) -> None:
    below = MailSender("mail.post.example", "post.example", selectors=("letters",), are_selectors_set=True)
    replace_text(names, "_dmarc.post.example", "v=DMARC1; p=reject; sp=quarantine")
    assert "with the policy quarantine" in look("DMARC", below).text
    assert look("DKIM", below).text.endswith("letters._domainkey.post.example.")
    replace_text(names, "_dmarc.post.example", "v=DMARC1; p=reject; adkim=s")
    assert "wants one of mail.post.example itself" in look("DMARC", below).text


def test_a_registry_is_no_organisation(names: NameServer, look: Look) -> None:
    names.add_text("_dmarc.example", "v=DMARC1; p=reject; psd=y")
    del names.zone["letters._domainkey.post.example"]
    names.add_text("letters._domainkey.example", "p=")
    assert look("DKIM").text == "There is no DKIM key at letters._domainkey.post.example."


def test_a_policy_without_proof_is_told(names: NameServer, look: Look) -> None:
    del names.zone["letters._domainkey.post.example"]
    replace_text(names, "post.example", "v=spf1 -all")
    assert "neither SPF nor DKIM prove" in look("DMARC").text


# --- MX and PTR -------------------------------------------------------------------------------------------------------
def test_answers_need_somebody_who_takes_them(names: NameServer, look: Look) -> None:
    names.zone["post.example"]["MX"] = ["0 ."]
    assert "says that it takes no mail" in look("MX").text
    names.zone["post.example"]["MX"] = ["10 gone.post.example."]
    assert "No mail server of post.example has an address" in look("MX").text
    del names.zone["post.example"]["MX"]
    assert "has no mail server" in look("MX").text
    names.add("post.example", "A", "5.6.7.9")
    assert (look("MX").state, "has no MX record" in look("MX").text) == ("advice", True)


def test_the_domain_of_reply_to_is_looked_at_too(look: Look) -> None:
    sender = MailSender("post.example", "desk.example", hosts=("5.6.7.8",))
    assert look("MX", sender).text == "desk.example has no mail server, so answers to letters reach nobody."


def test_a_machine_needs_a_name_that_leads_back(names: NameServer, look: Look) -> None:
    names.zone["8.7.6.5.in-addr.arpa"]["PTR"] = ["host-5-6-7-8.isp.example."]
    found = look("PTR")
    assert (found.state, "host-5-6-7-8.isp.example, which does not lead back" in found.text) == ("wrong", True)
    del names.zone["8.7.6.5.in-addr.arpa"]
    assert look("PTR").text == "5.6.7.8 has no name."


def test_a_machine_that_is_only_guessed_is_no_fault(names: NameServer, look: Look) -> None:
    del names.zone["8.7.6.5.in-addr.arpa"]
    guessed = MailSender("post.example", "post.example", hosts=("mail.post.example",))
    assert look("PTR", guessed).state == "advice"
    names.zone["mail.post.example"]["A"] = ["10.0.0.4"]
    assert (look("PTR", guessed).state, "SENDING_HOSTS" in look("PTR", guessed).to_do) == ("unknown", True)


def test_ipv6_has_names_too(names: NameServer, look: Look) -> None:
    sender = MailSender("post.example", "post.example", hosts=("2a00:1450::5",), are_hosts_set=True)
    nibbles = "2a001450" + "0" * 23 + "5"
    names.add(".".join(reversed(nibbles)) + ".ip6.arpa", "PTR", "mail.post.example.")
    names.add("mail.post.example", "AAAA", "2a00:1450::5")
    assert look("PTR", sender).state == "ok"


# --- DNS that is away, slow, or hostile -------------------------------------------------------------------------------
def test_without_dns_it_says_so_and_blames_nobody() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unheard:
        unheard.bind(("127.0.0.1", 0))
        began = time.monotonic()
        report = check_sender(OWN_SERVER, DnsLookup([unheard.getsockname()], seconds=0.2))
    assert time.monotonic() - began < 3
    assert [finding.subject for finding in report.findings] == ["DNS"]
    assert (report.problems, report.is_reachable) == ([], False)


def test_a_machine_without_name_servers_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", _fail)
    report = check_sender(OWN_SERVER, DnsLookup())
    assert not report.is_reachable


def _fail(*_arguments: object) -> None:
    raise dns.resolver.NoResolverConfiguration


def test_a_name_server_that_refuses_all_blames_nobody(names: NameServer, lookup: DnsLookup) -> None:
    names.is_refusing = True
    assert not check_sender(OWN_SERVER, lookup).is_reachable


def test_a_name_server_that_knows_no_name_blames_nobody(names: NameServer, lookup: DnsLookup) -> None:
    names.zone.clear()
    assert not check_sender(OWN_SERVER, lookup).is_reachable


def test_a_domain_that_does_not_exist_is_told(names: NameServer, lookup: DnsLookup) -> None:
    report = check_sender(MailSender("gone.example", "gone.example"), lookup)
    assert report.is_reachable
    assert "gone.example has no SPF record." in [finding.text for finding in report.problems]


def test_one_name_that_is_not_answered_leaves_the_others(names: NameServer, look: Look) -> None:
    names.failing.add("letters._domainkey.post.example")
    assert look("DKIM").state == FindingState.UNKNOWN
    assert look("SPF").state == look("DMARC").state == look("PTR").state == FindingState.OK


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for a question as long as a busy machine needs to answer one."""
    monkeypatch.setattr(dns_lookup, "QUESTION_SECONDS", 0.4)


@pytest.mark.usefixtures("impatient")
def test_a_silent_name_is_left_in_time(names: NameServer) -> None:
    names.silent.add("letters._domainkey.post.example")
    assert states(names) == {"SPF": "ok", "DKIM": "unknown", "DMARC": "ok", "MX": "ok", "PTR": "ok"}
    assert [name for name, _kind in names.questions if name in names.silent][2:] == [], "it is not asked once more"


HOSTILE_ANSWERS: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda wire: b"",
    "a header alone": lambda wire: wire[:2] + b"\x81\x80" + wire[4:6] + b"\xff\xff\x00\x00\x00\x00",
    "noise": lambda wire: wire[:2] + bytes(range(256)),
    "a name that points to itself": lambda wire: (
        wire[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00\xc0\x0c\x00\x10\x00\x01" + b"\xc0\x0c" * 40
    ),
    "another number": lambda wire: b"\x00\x00" + wire[2:],
}


@pytest.mark.parametrize("domain", ["a..b", r"\999.example", f"{'x' * 64}.example"])
def test_what_cannot_be_a_name_does_not_exist(names: NameServer, look: Look, domain: str) -> None:
    replace_text(names, "post.example", f"v=spf1 ip4:5.6.7.8 include:{domain} ~all")
    assert (look("SPF").state, "which it includes, has no record" in look("SPF").text) == ("wrong", True)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("what", HOSTILE_ANSWERS)
def test_an_answer_that_is_none_breaks_nothing(names: NameServer, what: str) -> None:
    names.odd_bytes["post.example", "TXT"] = HOSTILE_ANSWERS[what]
    assert states(names) == {"SPF": "unknown", "DKIM": "ok", "DMARC": "ok", "MX": "ok", "PTR": "ok"}


def test_names_that_lead_to_each_other_break_nothing(names: NameServer, look: Look) -> None:
    for name, other in (
        ("letters._domainkey.post.example", "b.example"),
        ("b.example", "c.example"),
        ("c.example", "b.example"),
    ):
        names.zone[name] = {"CNAME": [f"{other}."]}
    assert look("DKIM").state in (FindingState.UNKNOWN, FindingState.WRONG)
    assert look("DMARC").state == FindingState.OK


def test_huge_and_odd_records_break_nothing(names: NameServer, look: Look) -> None:
    replace_text(
        names, "post.example", "v=spf1 " + "ip4:5.6.7.8 " * 4000 + "-all", *("\x00\x07\udcff" for _ in range(200))
    )
    assert "it is too long" in look("SPF").text
    replace_text(names, "post.example", "v=spf1 \x07\udcff\x1b[31m -all")
    found = look("SPF")
    assert "which is no term of SPF" in found.text
    assert found.text.isprintable()


def test_a_crowd_of_names_is_not_walked_through(names: NameServer, look: Look) -> None:
    names.zone["8.7.6.5.in-addr.arpa"]["PTR"] = [f"{number}.example." for number in range(500)]
    names.zone["post.example"]["MX"] = [f"10 {number}.example." for number in range(500)]
    assert look("PTR").state == FindingState.WRONG
    assert len(names.questions) < 60


# --- who sends --------------------------------------------------------------------------------------------------------
def test_letters_as_files_have_no_sender(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "digest.delivery.transports.mailbox.MailboxBackend"
    assert configured_sender() is None
    assert look_up_sender() is None


def test_the_sender_is_read_from_the_settings(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EHLO_NAME = "mail.post.example", "post.example"
    settings.REPLY_TO = "Desk <hello@desk.example>"
    sender = configured_sender()
    assert sender == MailSender("post.example", "desk.example", hosts=("mail.post.example", "post.example"))
    settings.DKIM_SELECTORS, settings.SENDING_HOSTS = ["letters"], ["5.6.7.8"]
    sender = configured_sender()
    assert sender is not None
    assert (sender.selectors, sender.are_selectors_set) == (("letters",), True)
    assert (sender.hosts, sender.are_hosts_set) == (("5.6.7.8",), True)


def test_a_provider_brings_its_usual_selectors(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    sender = configured_sender()
    assert sender is not None
    assert (sender.service, sender.spf_include, sender.selectors[:2]) == ("Mailgun", "mailgun.org", ("pdk1", "pdk2"))
    assert (sender.hosts, sender.has_own_envelope) == ((), False)


def test_a_known_relay_brings_them_too(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST = "smtp.office365.com"
    sender = configured_sender()
    assert sender is not None
    assert (sender.service, sender.spf_include) == ("Microsoft 365", "spf.protection.outlook.com")
    assert sender.has_own_envelope


def test_dns_is_asked_by_the_settings(settings: Settings, names: NameServer) -> None:
    settings.EMAIL_BACKEND = "digest.delivery.transports.smtp_backend.EmailBackend"
    settings.EMAIL_HOST, settings.DKIM_SELECTORS = "mail.post.example", ["letters"]
    settings.DNS_SERVERS = [("127.0.0.1", names.port)]
    report = look_up_sender()
    assert report is not None
    assert report.problems == []
    settings.DNS_SERVERS = None
    assert look_up_sender() is None


def test_a_sender_without_a_domain_is_told(lookup: DnsLookup) -> None:
    for domain in ("localhost", "", "[127.0.0.1]", "127.0.0.1"):
        [finding] = check_sender(MailSender(domain, domain), lookup).findings
        assert "FROM_EMAIL" in finding.to_do
