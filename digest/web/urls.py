"""The addresses of the digest's pages. Letters hold some of them, so they never change."""

from django.urls import path

from digest.web import feedback, letters, mailbox, pages, preview, saved

app_name = "digest"
urlpatterns = [
    path("today/", pages.today, name="today"),
    path("editions/<str:day>/", pages.edition, name="edition"),
    path("papers/<path:arxiv_id>/", pages.paper, name="paper"),
    path("letters/<str:token>/", letters.letter, name="letter"),
    path("feedback/<str:token>/<str:kind>/<path:arxiv_id>/", feedback.feedback, name="feedback"),
    path("saved/<str:token>/", saved.saved, name="saved"),
    path("saved/<str:token>/bibtex/", saved.bibtex, name="saved_bibtex"),
    path("saved/<str:token>/ris/", saved.ris, name="saved_ris"),
    path("preview/", preview.preview, name="preview"),
    path("mailbox/", mailbox.mailbox, name="mailbox"),
    path("mailbox/<str:name>/", mailbox.letter, name="mail"),
    path("mailbox/<str:name>/html/", mailbox.html, name="mail-html"),
]
