"""The addresses of the digest's pages. Letters hold some of them, so they never change."""

from django.urls import path

from digest.web import edition_pages, feedback_links, letter_view, mailbox, saved_papers, signup_preview

app_name = "digest"
urlpatterns = [
    path("today/", edition_pages.today, name="today"),
    path("editions/<str:day>/", edition_pages.edition, name="edition"),
    path("papers/<path:arxiv_id>/", edition_pages.paper, name="paper"),
    path("letters/<str:token>/", letter_view.letter, name="letter"),
    path("feedback/<str:token>/<str:kind>/<path:arxiv_id>/", feedback_links.feedback, name="feedback"),
    path("saved/<str:token>/", saved_papers.saved, name="saved"),
    path("saved/<str:token>/bibtex/", saved_papers.bibtex, name="saved_bibtex"),
    path("saved/<str:token>/ris/", saved_papers.ris, name="saved_ris"),
    path("preview/", signup_preview.preview, name="preview"),
    path("mailbox/", mailbox.mailbox, name="mailbox"),
    path("mailbox/<str:name>/", mailbox.letter, name="mail"),
    path("mailbox/<str:name>/html/", mailbox.html, name="mail-html"),
]
