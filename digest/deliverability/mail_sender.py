"""Who sends the letters, as the settings tell it: the domain, the service, the keys, the machines."""

from dataclasses import dataclass
from email.utils import parseaddr

from django.conf import settings

from digest.delivery.providers.registry import find_configured_provider, find_provider_name
from digest.delivery.rate_limits.known_relays import find_known_relay
from digest.delivery.transports.backend_kinds import LOCAL_BACKENDS, SMTP_BACKENDS


@dataclass(frozen=True, slots=True)
class MailSender:
    """What DNS is asked about."""

    # Of the From, in ASCII.
    domain: str
    # Of the address that answers go to.
    reply_domain: str
    # Whether the sender of the envelope, whom bounces go to, is of that domain too. Most services use one of their own.
    has_own_envelope: bool = True
    # The service that hands the letters to receivers; empty for a mail server of one's own.
    service: str = ""
    # What that service asks to have in the domain's SPF record; empty where it asks for nothing.
    spf_include: str = ""
    # Where DKIM keys may stand, and whether the operator says so. Else they are those that the service usually has.
    selectors: tuple[str, ...] = ()
    are_selectors_set: bool = False
    # The names or addresses of the machines that hand letters to receivers, if the operator says so. Else one of these:
    # the first that leads to an address which receivers may see.
    hosts: tuple[str, ...] = ()
    are_hosts_set: bool = False


def configured_sender() -> MailSender | None:
    """Return the sender of the settings; None where no letter leaves this machine."""
    if settings.EMAIL_BACKEND.endswith(LOCAL_BACKENDS):
        return None
    is_smtp = settings.EMAIL_BACKEND.endswith(SMTP_BACKENDS)
    domain = _find_domain(settings.DEFAULT_FROM_EMAIL)
    name, spf_include, selectors = _find_service(is_smtp=is_smtp)
    # A mail server of one's own sends from where it takes letters, or it stands on this machine.
    hosts = () if name else (settings.EMAIL_HOST, settings.EHLO_NAME)
    return MailSender(
        domain=domain,
        reply_domain=_find_domain(settings.REPLY_TO) or domain,
        has_own_envelope=is_smtp,
        service=name,
        spf_include=spf_include,
        selectors=tuple(settings.DKIM_SELECTORS) or selectors,
        are_selectors_set=bool(settings.DKIM_SELECTORS),
        hosts=tuple(settings.SENDING_HOSTS) or hosts,
        are_hosts_set=bool(settings.SENDING_HOSTS),
    )


def _find_service(*, is_smtp: bool) -> tuple[str, str, tuple[str, ...]]:
    """Return the name of whoever hands the letters over, what it asks to have in SPF records, and its selectors."""
    if is_smtp:
        relay = find_known_relay(settings.EMAIL_HOST)
        return (relay.name, relay.spf_include, relay.dkim_selectors) if relay else ("", "", ())
    name, provider = find_provider_name() or "the mail service", find_configured_provider()
    return (name, provider.spf_include, provider.dkim_selectors) if provider else (name, "", ())


def _find_domain(mailbox: str) -> str:
    return parseaddr(mailbox)[1].rpartition("@")[2].lower().rstrip(".")
