"""Django's admin, with a site of ours."""

from django.contrib.admin.apps import AdminConfig


class OperatorsAdmin(AdminConfig):
    default_site = "deploy.admin_site.OperatorsSite"
