from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"

    def ready(self) -> None:
        from subscriptions import any_of_lookup  # noqa: F401  # registered by being imported; fields need the apps first
        from subscriptions.account_requests import drain  # needs the tables
        from subscriptions.signals import account_request_added

        account_request_added.connect(drain.drain_soon, dispatch_uid="subscriptions")
