from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"

    def ready(self) -> None:
        from subscriptions import any_of_lookup  # noqa: F401  # registered by being imported; fields need the apps first
