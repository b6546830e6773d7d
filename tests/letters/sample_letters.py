"""Samples for the tests of letters: a small edition, orders for it, and letters as mail programs read them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from xml.etree.ElementTree import Element

import html5lib

from digest.domain import EditionContents, Letter, LetterOrder, PaperRecord, Pick, Reason, SummaryRecord, SummaryText
from digest.letters.prerendered.renderer import LetterRenderer
from digest.letters.sender import Sender
from subscriptions.reader import Reader
from tests.people import ada

DAY = date(2026, 1, 23)
SENDER = Sender(
    site_url="https://post.example",
    site_name="Preprint Post",
    postal_address="1 Library Lane\n12345 Booktown",
    contact="hello@post.example",
    from_address="Preprint Post <letters@post.example>",
)
FOLLOWED = (Reason("category", "cs.LG"),)

TITLES = (
    r"Optimal $\ell_2$ rates for attention: a study of MERGE$^3$ and its many friends",
    "Diffusion models for weather, hour by hour",
    "A short note on graphs",
    "Large batches, small batches: what remains of an old question",
)


def paper(rank: int, **changes: object) -> PaperRecord:
    record = PaperRecord(
        rank=rank,
        entry_id=rank + 1,
        version_id=rank + 1,
        arxiv_id=f"2601.{15380 + rank}",
        version=1,
        title=TITLES[rank % len(TITLES)],
        abstract=r"We study $O(T + V_T)$ bounds. They are 50\% better than before. " * 4,
        authors=("Grace Hopper", "Andr\\'e Weil"),
        categories=("cs.LG", "stat.ML"),
        section="cs.LG",
        kind="new",
        score=1 / (rank + 1),
        day=DAY,
        published=datetime(2026, 1, 22, 18, tzinfo=UTC),
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def summary(rank: int = 0, language: str = "en", writer: str = "extractive", **fields: str) -> SummaryRecord:
    text = {
        "tldr": r"We give $O(T + V_T)$ bounds, 50\% better.",
        "motivation": "Old bounds are loose.",
        "method": "We count twice.",
        "result": "They are tight.",
        "conclusion": "Count twice.",
    }
    return SummaryRecord(rank + 1, language, writer, SummaryText(**{**text, **fields}))


FOUR = tuple(map(paper, range(4)))


def edition(
    papers: Sequence[PaperRecord] = FOUR,
    summaries: dict[tuple[int, str], SummaryRecord] | None = None,
    note: str = "",
) -> EditionContents:
    if summaries is None:
        summaries = {(each.rank, language): summary(each.rank) for each in papers for language in ("en", "zh")}
    return EditionContents(1, DAY, note, tuple(papers), summaries)


def order(*ranks: int, reasons: tuple[Reason, ...] = FOLLOWED, **changes: Any) -> LetterOrder:
    picks = tuple(Pick(rank, 1.0, reasons) for rank in ranks)
    plain = LetterOrder(
        delivery_id=7,
        message_id="<0123456789abcdef@post.example>",
        date=datetime(2026, 1, 23, 7, 30, tzinfo=UTC),
        picks=picks,
        matched=len(picks),
        language="en",
        detail="tldr",
    )
    return plain._replace(**changes)


def renderer(contents: EditionContents | None = None, sender: Sender = SENDER) -> LetterRenderer:
    return LetterRenderer(contents or edition(), sender)


def letter(wanted: LetterOrder | None = None, contents: EditionContents | None = None, reader: Reader = ada) -> Letter:
    return renderer(contents).letter(reader, wanted or order(0, 1, 2))


def as_sent(letter: Letter) -> bytes:
    return letter.data


def as_received(letter: Letter) -> EmailMessage:
    message = message_from_bytes(as_sent(letter), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def tree(html: str) -> Element:
    """The page as a browser builds it. Raises for anything that is not valid HTML."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    page = parser.parse(html)
    assert isinstance(page, Element)
    return page


def words_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def links_of(html: str) -> list[tuple[str, str]]:
    """(Name as a screen reader says it, address) of each link."""
    return [(link.get("aria-label") or words_of(link), link.get("href", "")) for link in tree(html).iter("a")]
