"""Atom as arXiv's query API words it, written by us."""

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import escape

NAMESPACES = (
    'xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom"'
    ' xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"'
)
NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)


def feed(entries: Sequence[str], total: int | None = None) -> str:
    """A page with these entries, of *total* in all."""
    total = len(entries) if total is None else total
    counts = f"<opensearch:totalResults>{total}</opensearch:totalResults>"
    return f"<?xml version='1.0' encoding='UTF-8'?><feed {NAMESPACES}>{counts}{''.join(entries)}</feed>"


def entry(number: int, *, published: datetime = NOON, title: str = "On letters", version: int = 1) -> str:
    """The paper 2602.*number*, by Ada Lovelace and Bao Li."""
    return f"""<entry>
      <id>http://arxiv.org/abs/2602.{number:05}v{version}</id>
      <title>{escape(title)}</title>
      <updated>{published:%Y-%m-%dT%H:%M:%SZ}</updated>
      <published>{published:%Y-%m-%dT%H:%M:%SZ}</published>
      <summary>We show that letters
  arrive.</summary>
      <category term="stat.ML"/><category term="cs.LG"/>
      <arxiv:primary_category term="cs.LG"/>
      <arxiv:comment>3 pages</arxiv:comment>
      <arxiv:doi>10.1000/182</arxiv:doi>
      <arxiv:journal_ref>J. Lett. 1, 2 (2026)</arxiv:journal_ref>
      <author><name>Ada Lovelace</name></author><author><name>Bao Li</name></author>
    </entry>"""


def complaint(text: str) -> str:
    """How arXiv says that it does not like a query."""
    return feed(
        [f"<entry><id>https://arxiv.org/api/errors#wrong</id><title>Error</title><summary>{text}</summary></entry>"]
    )
