"""The project itself as an app, which has commands and checks, and Django's admin with a site of ours."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class Deployment(AppConfig):
    name = "deploy"


class OperatorsAdmin(AdminConfig):
    default_site = "deploy.admin_site.OperatorsSite"
