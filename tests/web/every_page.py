"""Every page of the site, each with something on it: what the tests of all pages open."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.conf import settings
from django.test import Client
from django.test.utils import override_settings
from django.urls import URLPattern, URLResolver, resolve
from django.utils.timezone import now

from digest.delivery.transports.mailbox import MailboxBackend, list_letters
from digest.domain import Choice, Pick, Reason
from digest.editions.reader_feedback import record_feedback
from digest.models import Delivery, Paper
from digest.picking.stored_picks import encode_picks
from digest.search.index import index_versions
from subscriptions.email.account_letter_samples import build_account_letter
from subscriptions.letter_languages import LETTER_LANGUAGES, LetterLanguage
from subscriptions.links import tokens
from subscriptions.links.lookup import address_epoch, departure_epoch
from subscriptions.models import AddressChange, Subscriber
from subscriptions.services import private_feed
from tests.browsers import open_account
from tests.people import ada, bao, chidi, subscribe
from tests.web.publishing import FRIDAY, Draft, drafts, publish


@dataclass(frozen=True)
class Page:
    """A page as the tests open it in Ada's browser, once `fill_site` has run."""

    address: Callable[[], str]
    status: int = 200
    # Whether only the demo has it.
    is_of_demo: bool = False
    # Whether it is a letter, which brings its style along.
    is_letter: bool = False


class Opened(NamedTuple):
    """What a browser got of a page."""

    name: str
    page: Page
    language: LetterLanguage
    response: Any


def _of_letter(purpose: tokens.LetterPurpose, reader_id: int = bao.id) -> str:
    return tokens.make(purpose, reader_id)


def _letter() -> str:
    return tokens.make("letter", Delivery.objects.get(subscriber=ada.id).id)


def _mail() -> str:
    return list_letters(settings.MAILBOX)[0].name


PAGES: dict[str, Page] = {
    "sign-up": Page(lambda: "/"),
    "sign-up with interests": Page(lambda: "/?categories=cs.LG&presets=theory&filters=attention"),
    "sign-up with a mistake": Page(lambda: "/?filters=(broken&categories=cs.LG&find=nlp"),
    "start": Page(lambda: "/start/"),
    "welcome": Page(lambda: "/welcome/"),
    "sent": Page(lambda: "/sent/"),
    "link": Page(lambda: "/link/"),
    "confirm": Page(lambda: f"/confirm/{tokens.make('confirm', ada.id)}/"),
    "preferences": Page(lambda: "/preferences/"),
    "pause": Page(lambda: "/preferences/pause/"),
    "change of address": Page(lambda: "/preferences/address/"),
    "browsers and links": Page(lambda: "/preferences/links/"),
    "ask for deletion": Page(lambda: "/preferences/delete/"),
    "account": Page(lambda: f"/account/{tokens.make('account', ada.id)}/"),
    "letters of bao": Page(lambda: f"/preferences/{_of_letter('manage')}/"),
    "pause of bao": Page(lambda: f"/preferences/{_of_letter('manage')}/pause/"),
    "deletion of bao": Page(lambda: f"/preferences/{_of_letter('manage')}/delete/"),
    "new address": Page(
        lambda: f"/address/{tokens.make('address', bao.id, address_epoch(Subscriber.objects.get(id=bao.id)))}/"
    ),
    "old address": Page(lambda: f"/restore/{tokens.make('restore', AddressChange.objects.get().id)}/"),
    "delete": Page(lambda: f"/delete/{tokens.make('delete', ada.id)}/"),
    "unsubscribe": Page(lambda: f"/unsubscribe/{_of_letter('unsubscribe', ada.id)}/"),
    "come back": Page(
        lambda: f"/return/{tokens.make('return', chidi.id, departure_epoch(Subscriber.objects.get(id=chidi.id)))}/"
    ),
    "today": Page(lambda: "/today/"),
    "edition": Page(lambda: "/editions/2026-01-23/?page=2"),
    "calendar": Page(lambda: "/editions/"),
    "calendar of a year": Page(lambda: "/editions/2026/"),
    "categories": Page(lambda: "/categories/"),
    "category": Page(lambda: "/categories/cs.LG/?page=2"),
    "author": Page(lambda: "/authors/Grace%20Hopper/"),
    "paper": Page(lambda: "/papers/2601.15380/"),
    "similar papers": Page(lambda: "/papers/2601.15380/similar/"),
    "api": Page(lambda: "/api/"),
    "search": Page(lambda: "/search/?q=attention+priors&order=newest"),
    "search without results": Page(lambda: "/search/?q=%22no+such+words%22"),
    "search with a mistake": Page(lambda: "/search/?q=(broken&from=never"),
    "topics": Page(lambda: "/topics/"),
    "topic": Page(lambda: "/topics/attention/"),
    "topic without papers": Page(lambda: "/topics/zebras/"),
    "privacy": Page(lambda: "/privacy/"),
    "selection": Page(lambda: "/how-papers-are-chosen/"),
    "saved": Page(lambda: "/saved/"),
    "liked": Page(lambda: "/liked/"),
    "disliked": Page(lambda: "/disliked/"),
    "private feed": Page(lambda: "/my-feed/"),
    "past letters": Page(lambda: "/past-letters/"),
    "rating of a letter": Page(lambda: f"/past-letters/{FRIDAY}/"),
    "signals": Page(lambda: "/signals/"),
    "reset of saved papers": Page(lambda: "/signals/reset/saved/"),
    "letter": Page(lambda: f"/letters/{_letter()}/", is_letter=True),
    "all that matched": Page(lambda: f"/letters/{_letter()}/?all=1"),
    "feedback": Page(lambda: f"/feedback/{_of_letter('feedback', ada.id)}/more/2601.15380/"),
    "less of a paper": Page(lambda: f"/feedback/{_of_letter('feedback', ada.id)}/less/2601.15380/"),
    "bad link": Page(lambda: "/preferences/nonsense/", 400),
    "letter that is gone": Page(lambda: f"/letters/{tokens.make('letter', 999_999)}/", 410),
    "mailbox": Page(lambda: "/mailbox/", is_of_demo=True),
    "mail": Page(lambda: f"/mailbox/{_mail()}/", is_of_demo=True),
    "text of a mail": Page(lambda: f"/mailbox/{_mail()}/?part=text", is_of_demo=True),
    "letter of a mail": Page(lambda: f"/mailbox/{_mail()}/html/", is_of_demo=True, is_letter=True),
    "not found": Page(lambda: "/nothing/here/", 404),
}

# By its name, what else an address answers with; files in all formats of lists are told by FORMAT.
NO_PAGES = {
    **dict.fromkeys(("export", "paper_bibtex", "paper_ris"), "a file"),
    **dict.fromkeys(("image", "edition_image", "topic_image"), "a picture"),
    **dict.fromkeys(("preview", "similar_shortly"), "a piece of a page"),
    **dict.fromkeys(("language", "letter-link", "private_feed_list"), "a redirect"),
    **dict.fromkeys(("robots", "sitemap", "sitemap_pages", "sitemap_papers"), "what search engines read"),
}
FORMAT = re.compile(r"_(atom|json|markdown|jsonl|bibtex|ris)$")
# What programs and operators open, an icon, and bookmarks that lead on.
OTHER_DOORS = re.compile(r"/(api/v1|admin|anymail|metrics|favicon\.ico|saved/<str:token>)")


def find_unopened(resolver: URLResolver) -> list[str]:
    """Return the routes that lead to a page of which PAGES opens none. It takes `fill_site`."""
    opened = {resolve(page.address().partition("?")[0]).route for page in PAGES.values() if page.status != 404}
    return [route for route, name in _walk(resolver) if _is_page(route, name) and route.lstrip("/") not in opened]


def _is_page(route: str, name: str) -> bool:
    return not (name in NO_PAGES or FORMAT.search(name) or OTHER_DOORS.match(route))


def _walk(resolver: URLResolver, prefix: str = "/") -> Iterator[tuple[str, str]]:
    for each in resolver.url_patterns:
        route = f"{prefix}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from _walk(each, route)
        elif isinstance(each, URLPattern):
            yield route, each.name or ""


def fill_site() -> None:
    """Store Ada with a letter of 62 papers and marks, Bao who moves, Chidi who left, and the demo's mail to Bao."""
    AddressChange.objects.create(subscriber=subscribe(ada), old_email="old@example.org")
    subscribe(bao, new_email="new@example.cn")
    subscribe(chidi, status=Subscriber.Status.UNSUBSCRIBED, unsubscribed_at=now())
    cross = Draft("2601.15381", "On $\\ell_2$", kind="cross", code_url="https://code.example/x", comment="12 pages")
    edition = publish([*drafts(60), Draft(tldr="Short."), cross])
    index_versions()
    picks = (
        Pick(0, 2.0, (Reason("category", "cs.LG", 60), Reason("keyword_in_title", "paper", 40))),
        *(Pick(rank, 1.0, (Reason("category", "cs.LG", 0),)) for rank in range(1, 12)),
    )
    Delivery.objects.create(
        edition=edition,
        subscriber_id=ada.id,
        picks=encode_picks(Choice(picks, 62)),
        matched=62,
        language=ada.language,
        detail=ada.detail,
        state="accepted",
        created_at=now(),
    )
    for kind, paper in zip(("save", "more", "less"), Paper.objects.order_by("pk"), strict=False):
        record_feedback(ada.id, paper, kind)
    private_feed.renew(ada.id)
    MailboxBackend().send_messages([build_account_letter("confirm", "zh", bao.email)])


def open_pages(browsers: Sequence[Client], pages: Mapping[str, Page] = PAGES) -> Iterator[Opened]:
    """Yield every page in each language of the site and each of these browsers.

    Where a browser may not see a page it is led elsewhere, and nothing is yielded.
    """
    for name, page in pages.items():
        with override_settings(DEBUG=page.is_of_demo):
            for number, browser in enumerate(browsers):
                for spoken in LETTER_LANGUAGES.values():
                    response = browser.get(page.address(), headers={"accept-language": spoken.html_code})
                    if response.status_code != 302:
                        assert response.status_code == page.status, f"{name}: {response.status_code}"
                        yield Opened(f"{name} ({spoken.code}, browser {number})", page, spoken, response)


def own_browsers() -> list[Client]:
    """Return Ada's browser, and one that is nobody's."""
    return [open_account(Client(), ada.id), Client()]
