"""Reports errors that are bugs of ours to SENTRY_DSN: Sentry, or GlitchTip on a machine of one's own.

The package is loaded only where that is set. A report has the traceback and what was logged before it, and names no
reader: what the logs hide is hidden in all of it, and of a request only the method and the address are told.
"""

from typing import Any, cast

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.celery import CeleryIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.types import Breadcrumb, Event, Hint

from deploy.private_logs import hide_private
from digest.version import VERSION

# What is told of a request.
REQUEST_PARTS = ("method", "url")
# The versions of packages and the like: nobody's words, and not to be touched.
MACHINE_PARTS = frozenset({"release", "sdk", "modules", "event_id"})


def start_error_reports() -> None:
    """Begin to report."""
    sentry_sdk.init(
        settings.SENTRY_DSN,
        release=f"preprint-post@{VERSION}",
        environment="production" if settings.PRODUCTION else "trial",
        auto_enabling_integrations=False,
        integrations=[
            DjangoIntegration(signals_spans=False),
            CeleryIntegration(propagate_traces=False),
            # It would tell people at the end of each command that it still sends.
            AtexitIntegration(callback=lambda pending, timeout: None),
        ],
        before_send=hide_in_report,
        before_breadcrumb=hide_in_breadcrumb,
        send_default_pii=False,
        # Values of variables and bodies of requests are full of readers.
        include_local_variables=False,
        max_request_body_size="never",
        # arXiv and the model are told nothing of it.
        trace_propagation_targets=[],
        propagate_traces=False,
        auto_session_tracking=False,
        send_client_reports=False,
    )


def hide_in_report(event: Event, hint: Hint) -> Event:
    """Return a report without what names a reader or opens a door."""
    report: dict[str, Any] = dict(event)
    report.pop("user", None)
    if request := report.get("request"):
        report["request"] = {part: request[part] for part in REQUEST_PARTS if part in request}
    for name in report.keys() - MACHINE_PARTS:
        report[name] = _hide_everywhere(report[name])
    return cast(Event, report)


def hide_in_breadcrumb(crumb: Breadcrumb, hint: Hint) -> Breadcrumb:
    """Return a note of what happened before, likewise."""
    return cast(Breadcrumb, _hide_everywhere(crumb))


def _hide_everywhere(value: Any) -> Any:
    """Return *value* with every text in it as the logs would have it."""
    if isinstance(value, str):
        return hide_private(value, settings.SECRET_VALUES)
    if isinstance(value, dict):
        return {_hide_everywhere(name): _hide_everywhere(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_hide_everywhere(each) for each in value]
    return value
