"""The addresses of the API. Programs hold them, so they never change; what must change gets another version."""

from django.urls import path

from digest.web.api import endpoints

urlpatterns = [
    path("openapi.json", endpoints.show_document, name="api_document"),
    path("papers/<path:arxiv_id>", endpoints.show_paper),
    path("search", endpoints.search),
    path("topics", endpoints.show_topic),
    path("topics/popular", endpoints.list_topics),
    path("editions", endpoints.list_editions),
    path("editions/<str:day>", endpoints.show_edition),
    path("categories/<str:code>", endpoints.show_category),
    path("<path:rest>", endpoints.show_nothing),
]
