"""The addresses of the digest's pages. Letters hold some of them, so they never change."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def _soon(request: HttpRequest, **kwargs: str) -> HttpResponse:
    return HttpResponse("soon")


app_name = "digest"
urlpatterns = [
    path("today/", _soon, name="today"),
    path("editions/<str:day>/", _soon, name="edition"),
    path("papers/<path:arxiv_id>/", _soon, name="paper"),
    path("letters/<str:token>/", _soon, name="letter"),
    path("feedback/<str:token>/<str:kind>/<path:arxiv_id>/", _soon, name="feedback"),
    path("preview/", _soon, name="preview"),
    path("mailbox/", _soon, name="mailbox"),
    path("mailbox/<str:name>/", _soon, name="mail"),
    path("mailbox/<str:name>/html/", _soon, name="mail-html"),
]
