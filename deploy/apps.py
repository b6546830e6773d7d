"""The project itself as an app, which has commands and checks, and Django's admin with a site of ours."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class Deployment(AppConfig):
    name = "deploy"

    def ready(self) -> None:
        import_module("deploy.checks")  # it registers them, and needs the tables of both apps


class OperatorsAdmin(AdminConfig):
    default_site = "deploy.admin_site.OperatorsSite"
