"""Listings of a day as rss.arxiv.org words them, and pages of OAI-PMH, written by us."""

from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import escape

_NAMESPACES = 'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def rss(items: Sequence[str] = (), category: str = "cs", built: str = "Tue, 03 Feb 2026 00:00:00 -0500") -> str:
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<rss {_NAMESPACES} version="2.0"><channel><title>{category} updates on arXiv.org</title>
<description>{category} updates on the arXiv.org e-print archive.</description>
<lastBuildDate>Tue, 03 Feb 2026 05:00:00 +0000</lastBuildDate><pubDate>{built}</pubDate>
<skipDays><day>Saturday</day><day>Sunday</day></skipDays>
{"".join(items)}</channel></rss>"""


def item(
    arxiv_id: str = "2602.00007v1",
    *,
    kind: str = "new",
    title: str = "On letters",
    abstract: str = "We show that letters arrive.",
    authors: str = "Ada Lovelace, Bao Li",
    categories: Sequence[str] = ("cs.LG", "stat.ML"),
) -> str:
    return f"""<item><title>{escape(title)}</title><link>https://arxiv.org/abs/{arxiv_id.partition("v")[0]}</link>
<description>arXiv:{arxiv_id} Announce Type: {kind} \nAbstract: {escape(abstract)}</description>
<guid isPermaLink="false">oai:arXiv.org:{arxiv_id}</guid>
{"".join(f"<category>{code}</category>" for code in categories)}<pubDate>Tue, 03 Feb 2026 00:00:00 -0500</pubDate>
<arxiv:announce_type>{kind}</arxiv:announce_type><dc:creator>{escape(authors)}</dc:creator>
<arxiv:DOI>10.1000/182</arxiv:DOI><arxiv:journal_reference>J. Lett. 1</arxiv:journal_reference></item>"""


def atom(entries: Sequence[str] = (), category: str = "cs", updated: str = "2026-02-03T05:00:19.8+00:00") -> str:
    return f"""<?xml version='1.0' encoding='UTF-8'?>
<feed {_NAMESPACES} xmlns="http://www.w3.org/2005/Atom"><id>http://rss.arxiv.org/atom/{category}</id>
<title>{category} updates on arXiv.org</title><updated>{updated}</updated>
<subtitle>{category} updates on the arXiv.org e-print archive.</subtitle>{"".join(entries)}</feed>"""


def atom_entry(arxiv_id: str = "2602.00007v1", *, kind: str = "new") -> str:
    """The same paper as `item` gives."""
    return f"""<entry><id>oai:arXiv.org:{arxiv_id}</id><title>On letters</title>
<updated>2026-02-03T05:00:19+00:00</updated><published>2026-02-03T00:00:00-05:00</published>
<summary>arXiv:{arxiv_id} Announce Type: {kind} \nAbstract: We show that letters arrive.</summary>
<category term="cs.LG"/><category term="stat.ML"/><arxiv:announce_type>{kind}</arxiv:announce_type>
<dc:creator>Ada Lovelace, Bao Li</dc:creator><arxiv:DOI>10.1000/182</arxiv:DOI>
<arxiv:journal_reference>J. Lett. 1</arxiv:journal_reference></entry>"""


def complaint(text: str) -> str:
    """How the feeds say that they do not know a category."""
    return f"""<rss version="2.0"><channel><title>Feed error for query: https://rss.arxiv.org/rss/cs.XY</title>
<description>{text}</description><pubDate>Tue, 03 Feb 2026 00:00:00 -0500</pubDate></channel></rss>"""


def oai(records: Sequence[str] = (), token: str | None = None) -> str:
    """A page of records; the last one has no token or, as arXiv does it, an empty one."""
    more = "" if token is None else f'<resumptionToken cursor="0">{token}</resumptionToken>'
    return _protocol(f"<ListRecords>{''.join(records)}{more}</ListRecords>")


def oai_error(code: str, text: str = "") -> str:
    return _protocol(f'<error code="{code}">{text}</error>')


def _protocol(content: str) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
<responseDate>2026-02-10T00:00:00Z</responseDate><request verb="ListRecords">http://oai</request>{content}</OAI-PMH>"""


def record(
    arxiv_id: str,
    *submitted: datetime,
    categories: str = "cs.LG stat.ML",
    comments: str = "3 pages",
    source_type: str = "D",
    title: str = "On letters",
) -> str:
    """In arXivRaw, with a version for each time; the newest has that type of source."""
    versions = [
        f'<version version="v{number}"><date>{at:%a, %d %b %Y %H:%M:%S} GMT</date><size>12kb</size>'
        f"<source_type>{source_type if number == len(submitted) else 'D'}</source_type></version>"
        for number, at in enumerate(submitted, start=1)
    ]
    return f"""<record><header><identifier>oai:arXiv.org:{arxiv_id}</identifier><datestamp>2026-02-09</datestamp>
<setSpec>cs:cs:LG</setSpec></header><metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{arxiv_id}</id>
<submitter>Ada</submitter>{"".join(versions)}<title>{escape(title)}</title>
<authors>Ada Lovelace (London) and Bao Li</authors><categories>{categories}</categories>
<comments>{comments}</comments><journal-ref>J. Lett. 1</journal-ref><doi>10.1000/182</doi>
<license>http://creativecommons.org/licenses/by/4.0/</license>
<abstract>  We show that
letters arrive.
</abstract></arXivRaw></metadata></record>"""


def deleted(arxiv_id: str) -> str:
    return f"""<record><header status="deleted"><identifier>oai:arXiv.org:{arxiv_id}</identifier>
<datestamp>2026-02-09</datestamp></header></record>"""
