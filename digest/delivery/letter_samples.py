"""A letter of each kind, for operators to look at before readers do. Nothing is stored.

Letters with papers show the first ones of the newest edition. No link in a sample leads to anybody's pages.
"""

import re
from datetime import datetime, timedelta

from django.core.mail import EmailMultiAlternatives, get_connection

from digest.delivery.message import build_message
from digest.domain import LetterOrder, PaperRecord, Pick, Reason
from digest.editions import load
from digest.letters.message_id import make_message_id
from digest.letters.prerendered.renderer import LetterRenderer
from digest.letters.sender import Sender
from digest.letters.subject import PREVIEW_MARK
from digest.models import Edition
from subscriptions.email.account_letter_samples import ACCOUNT_LETTERS, build_account_letter
from subscriptions.reader import Reader

# Whom a sample is addressed to that is not sent.
SAMPLE_ADDRESS = "reader@example.org"
PAPERS = 12
# A letter of the week covers these days before its own, too.
WEEK = timedelta(days=6)
# By the name of a sample: the kind in `digest.letters.kinds`, and whether it covers a week.
LETTERS_WITH_PAPERS = {"digest": ("digest", False), "weekly": ("digest", True), "welcome": ("welcome", False)}
LETTER_SAMPLES = (*LETTERS_WITH_PAPERS, *ACCOUNT_LETTERS)

_LONG_WORD = re.compile("[A-Za-z]{6,}")


class NoEditionWithPapers(Exception):
    """Raised where no edition has papers that a letter could show."""


def build_sample(kind: str, language: str, to: str, now: datetime) -> EmailMultiAlternatives:
    """Return the letter of a kind in LETTER_SAMPLES, marked as a preview.

    Raises NoEditionWithPapers for a letter with papers.
    """
    if kind in ACCOUNT_LETTERS:
        message: EmailMultiAlternatives = build_account_letter(kind, language, to)
        message.subject = f"{PREVIEW_MARK}{message.subject}"
        return message
    edition = Edition.objects.filter(entries__isnull=False).order_by("-day").first()
    if edition is None:
        raise NoEditionWithPapers
    letter_kind, is_weekly = LETTERS_WITH_PAPERS[kind]
    contents = load.load_contents(edition)
    order = LetterOrder(
        delivery_id=0,
        message_id=make_message_id(0, now),
        date=now,
        picks=tuple(Pick(paper.rank, 1.0, _invent_reasons(paper)) for paper in contents.papers[:PAPERS]),
        matched=len(contents.papers),
        language=language,
        detail="tldr",
        preview=True,
        kind=letter_kind,
        covers_from=edition.day - WEEK if is_weekly else None,
    )
    return build_message(LetterRenderer(contents, Sender.from_settings()).letter(Reader(0, to), order))


def send_sample(kind: str, language: str, to: str, now: datetime) -> str:
    """Send the letter of a kind to an address, and return its subject. Raises what the mail backend raises."""
    message = build_sample(kind, language, to, now)
    message.connection = get_connection()
    message.send()
    return str(message.subject)


def _invent_reasons(paper: PaperRecord) -> tuple[Reason, ...]:
    """Return reasons as a reader of this paper may have: every other one has a keyword in the title."""
    category = Reason("category", paper.categories[0] if paper.categories else paper.section, 40)
    if paper.rank % 2 == 0 and (word := _LONG_WORD.search(paper.title)):
        return Reason("keyword_in_title", word[0].lower(), 60), category
    return (category._replace(share=0),)
