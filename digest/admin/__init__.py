"""The operator's window: everything can be found, hardly anything changed, so that the books stay true."""

from django.conf import settings
from django.contrib import admin

from digest.admin import audit, deliveries, editions, feedback, ledger, papers, provider_events, runs, summaries
from digest.admin.letters_of_subscriber import add_to_people

__all__ = ["audit", "deliveries", "editions", "feedback", "ledger", "papers", "provider_events", "runs", "summaries"]

admin.site.site_header = admin.site.site_title = settings.SITE_NAME
add_to_people()
