"""Every address of the site."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("subscriptions.urls")),
    path("", include("digest.web.urls")),
    path("admin/", admin.site.urls),
]
