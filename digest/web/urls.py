"""The addresses of the digest's pages. Letters hold some of them, so they never change."""

from itertools import chain

from django.urls import include, path, reverse_lazy
from django.views.generic import RedirectView

from digest.web import (
    api_page,
    author_pages,
    calendar_page,
    category_pages,
    edition_pages,
    feedback_links,
    letter_view,
    mailbox,
    marked_papers,
    paper_pages,
    past_letters,
    personal_signals,
    privacy_page,
    private_feed,
    search_page,
    selection_page,
    share_images,
    signup_preview,
    similar_page,
    sitemaps,
    start_page,
    topic_pages,
    welcome_page,
)
from digest.web.paper_lists.addresses import LANGUAGE_PARAMETER
from digest.web.paper_lists.registry import FEEDS, FILES
from digest.web.paper_lists.serve import list_paths
from subscriptions.links.decorators import account_id_page
from subscriptions.page_cache import public_page

# Lists for everybody are kept as their pages are; a list says its language in its address.
keep_list = public_page("section", "order", LANGUAGE_PARAMETER, by_language=False)

app_name = "digest"
urlpatterns = [
    path("robots.txt", sitemaps.show_robots, name="robots"),
    path("sitemap.xml", sitemaps.show_sitemap, name="sitemap"),
    path("sitemap/pages.xml", sitemaps.show_pages, name="sitemap_pages"),
    path("sitemap/papers-<int:part>.xml", sitemaps.show_papers, name="sitemap_papers"),
    path("image.png", share_images.show_site_image, name="image"),
    path("editions/<str:day>/image.png", share_images.show_edition_image, name="edition_image"),
    path("topics/<path:phrase>/image.png", share_images.show_topic_image, name="topic_image"),
    path("today/", edition_pages.show_today, name="today"),
    *list_paths("today/", edition_pages.find_newest_papers, "today", decorate=keep_list),
    path("editions/", calendar_page.show_calendar, name="calendar"),
    path("editions/<int:year>/", calendar_page.show_calendar, name="calendar"),
    path("editions/<str:day>/", edition_pages.show_edition, name="edition"),
    *list_paths("editions/<str:day>/", edition_pages.find_edition_papers, "edition", decorate=keep_list),
    path("categories/", category_pages.list_categories, name="categories"),
    path("categories/<str:code>/", category_pages.show_category, name="category"),
    *list_paths("categories/<str:code>/", category_pages.find_category_papers, "category", decorate=keep_list),
    *list_paths("authors/<path:name>/", author_pages.find_author_papers, "author", decorate=keep_list),
    path("authors/<path:name>/", author_pages.show_author, name="author"),
    *list_paths("papers/<path:arxiv_id>/similar/", similar_page.find_similar, "similar", decorate=keep_list),
    path("papers/<path:arxiv_id>/similar/short/", similar_page.show_shortly, name="similar_shortly"),
    path("papers/<path:arxiv_id>/similar/", similar_page.show_similar, name="similar"),
    path("papers/<path:arxiv_id>/bibtex/", paper_pages.download_bibtex, name="paper_bibtex"),
    path("papers/<path:arxiv_id>/ris/", paper_pages.download_ris, name="paper_ris"),
    path("papers/<path:arxiv_id>/", paper_pages.show_paper, name="paper"),
    path("search/", search_page.show_search, name="search"),
    *list_paths("search/", search_page.find_searched, "search"),
    path("topics/", topic_pages.list_topics, name="topics"),
    *list_paths("topics/<path:phrase>/", topic_pages.find_topic_list, "topic", decorate=keep_list),
    path("topics/<path:phrase>/", topic_pages.show_topic, name="topic"),
    path("api/", api_page.show_api, name="api"),
    path("api/v1/", include("digest.web.api.urls")),
    path("privacy/", privacy_page.show_privacy, name="privacy"),
    path("how-papers-are-chosen/", selection_page.show_selection, name="selection"),
    path("letters/<str:token>/", letter_view.show_letter, name="letter"),
    path("feedback/<str:token>/<str:kind>/<path:arxiv_id>/", feedback_links.give_feedback, name="feedback"),
    *chain.from_iterable(
        (
            path(f"{page}/", marked_papers.show_marked, {"kind": kind}, name=page),
            *list_paths(
                f"{page}/",
                marked_papers.find_marked,
                page,
                {"kind": kind},
                formats=FILES,
                decorate=account_id_page,
            ),
        )
        for kind, page in marked_papers.MARKED_PAGES.items()
    ),
    path("my-feed/", private_feed.manage_feed, name="private_feed"),
    *list_paths("my-feed/<str:token>/", private_feed.find_letter_papers, "private_feed", formats=FEEDS),
    path(
        "my-feed/<str:token>/", RedirectView.as_view(url=reverse_lazy("digest:private_feed")), name="private_feed_list"
    ),
    path("past-letters/", past_letters.list_letters, name="past-letters"),
    path("past-letters/<str:day>/", past_letters.rate_letter, name="rate-letter"),
    path("signals/", personal_signals.show_signals, name="signals"),
    path("signals/reset/<str:what>/", personal_signals.reset_signal, name="reset-signal"),
    # Bookmarks of a time when the list had a link for ever.
    path("saved/<str:token>/", RedirectView.as_view(url=reverse_lazy("digest:saved"))),
    path("welcome/", welcome_page.show_welcome, name="welcome"),
    path("start/", start_page.show_start, name="start"),
    path("preview/", signup_preview.show_preview, name="preview"),
    path("mailbox/", mailbox.show_mailbox, name="mailbox"),
    path("mailbox/<str:name>/", mailbox.show_letter, name="mail"),
    path("mailbox/<str:name>/html/", mailbox.show_html, name="mail-html"),
]
