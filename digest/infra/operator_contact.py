"""The address at which outside services can reach the people who run this service."""

from django.conf import settings


def operator_contact() -> str:
    """Return the address that every request to arXiv, Hugging Face and GitHub carries: an e-mail address or a site."""
    return settings.CONTACT_EMAIL or settings.SITE_URL
