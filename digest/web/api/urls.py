"""The addresses of the API. Programs hold them, so they never change; what must change gets another version."""

from django.urls import path

from digest.web.api import endpoints

ENDPOINTS = {
    "papers/<path:arxiv_id>": endpoints.show_paper,
    "search": endpoints.search,
    "topics": endpoints.show_topic,
    "topics/popular": endpoints.list_topics,
    "editions": endpoints.list_editions,
    "editions/<str:day>": endpoints.show_edition,
    "categories/<str:code>": endpoints.show_category,
}

urlpatterns = [
    path("openapi.json", endpoints.show_document, name="api_document"),
    *(path(route, view) for route, view in ENDPOINTS.items()),
    # With a slash at the end, as the site's pages have it, they are the same.
    *(path(f"{route}/", view) for route, view in ENDPOINTS.items()),
    path("<path:rest>", endpoints.show_nothing),
]
