"""Every address of the site."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from deploy.metrics import show_metrics
from deploy.operator_actions import prepare_today, resume_letters, retry_letters

urlpatterns = [
    path("", include("subscriptions.urls")),
    path("", include("digest.web.urls")),
    path("anymail/", include("digest.web.provider_webhooks")),
    path("metrics", show_metrics),
    path("admin/resume/<str:day>/", admin.site.admin_view(resume_letters), name="resume-letters"),
    path("admin/retry/<str:day>/", admin.site.admin_view(retry_letters), name="retry-letters"),
    path("admin/prepare/", admin.site.admin_view(prepare_today), name="prepare-today"),
    path("admin/person/", include("deploy.person_page")),
    path("admin/", admin.site.urls),
    # Browsers ask for it on pages that name no icon, such as a letter.
    path("favicon.ico", RedirectView.as_view(url=static("favicon.svg"))),
]

handler400 = "deploy.error_pages.show_bad_request"
handler403 = "deploy.error_pages.show_forbidden"
handler404 = "deploy.error_pages.show_not_found"
handler500 = "deploy.error_pages.show_our_mistake"
