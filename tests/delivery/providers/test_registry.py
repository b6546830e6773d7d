"""Every folder of a provider is in the registry, under the name that Anymail gives it."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from anymail import urls
from anymail.webhooks.base import AnymailBaseWebhookView
from django.utils.module_loading import import_string

from digest.delivery import providers
from digest.delivery.providers.base import Provider
from digest.delivery.providers.idempotency import IdempotentBackend
from digest.delivery.providers.registry import PROVIDERS, find_provider

ANYMAIL_ADDRESSES = {pattern.name for pattern in urls.urlpatterns}


def test_each_folder_is_registered_once() -> None:
    folders = sorted(path.parent.name for path in Path(providers.__file__).parent.glob("*/provider.py"))
    assert [each.name for each in PROVIDERS] == folders


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda each: each.name)
def test_a_provider_names_what_exists(provider: Provider) -> None:
    assert find_spec(f"anymail.backends.{provider.name}"), "Anymail knows it by this name"
    if provider.backend:
        own = import_string(provider.backend)
        assert issubclass(own, import_string(f"anymail.backends.{provider.name}.EmailBackend"))
        assert issubclass(own, IdempotentBackend)
        assert own.repeatable_for
    if provider.webhook_view:
        assert f"{provider.name}_tracking_webhook" in ANYMAIL_ADDRESSES
        assert issubclass(import_string(provider.webhook_view), AnymailBaseWebhookView)


def test_a_provider_is_found_by_the_name_its_reports_have() -> None:
    views = {pattern.name: pattern.callback.view_class for pattern in urls.urlpatterns}
    for provider in PROVIDERS:
        view = views.get(f"{provider.name}_tracking_webhook") or views[f"{provider.name}_webhook"]
        assert find_provider(view.esp_name) == provider
    assert find_provider("Postal") is None
