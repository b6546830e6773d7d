"""The project itself as an app, which has commands and checks, and Django's admin with a site of ours."""

from importlib import import_module

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin.apps import AdminConfig

from deploy.column_names import name_columns


class Deployment(AppConfig):
    name = "deploy"

    def ready(self) -> None:
        import_module("deploy.checks")  # it registers them, and needs the tables of both apps
        import_module("deploy.worker_signs")  # it receives a signal of Celery
        for label in ("digest", "subscriptions"):
            name_columns(apps.get_app_config(label).get_models())
        if settings.SENTRY_DSN:
            import_module("deploy.error_reports").start_error_reports()


class OperatorsAdmin(AdminConfig):
    default_site = "deploy.admin_site.OperatorsSite"
