"""Every address of the site."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", include("subscriptions.urls")),
    path("", include("digest.web.urls")),
    path("anymail/", include("digest.web.provider_webhooks")),
    path("admin/", admin.site.urls),
    # Browsers ask for it on pages that name no icon, such as a letter.
    path("favicon.ico", RedirectView.as_view(url=static("favicon.svg"))),
]
