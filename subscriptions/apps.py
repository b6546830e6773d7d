from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"
    verbose_name = _("People")

    def ready(self) -> None:
        # Registered by being imported; fields and tables need the apps first.
        from subscriptions import any_of_lookup, checks  # noqa: F401
        from subscriptions.account_requests import drain  # needs the tables
        from subscriptions.signals import account_request_added

        account_request_added.connect(drain.drain_soon, dispatch_uid="subscriptions")
