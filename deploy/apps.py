"""The project itself as an app, which has commands and checks, and Django's admin with a site of ours."""

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import AdminConfig


class Deployment(AppConfig):
    name = "deploy"

    def ready(self) -> None:
        import_module("deploy.checks")  # it registers them, and needs the tables of both apps
        if settings.SENTRY_DSN:
            import_module("deploy.error_reports").start_error_reports()


class OperatorsAdmin(AdminConfig):
    default_site = "deploy.admin_site.OperatorsSite"
