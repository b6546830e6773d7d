"""Lists of tags and values, as DKIM (RFC 6376, 3.2) and DMARC (RFC 7489, 6.4) write their records."""

import re

_TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=\s*([^;]*?)\s*", re.ASCII)


def parse_tags(record: str) -> dict[str, str]:
    """Return the tags of a record in their order, by names in lower case. Raises ValueError where it is no such list.

    A tag that stands twice makes the whole list void.
    """
    tags: dict[str, str] = {}
    parts = record.split(";")
    if not parts[-1].strip():
        parts.pop()
    for part in parts:
        found = _TAG.fullmatch(part)
        if not found or found[1].lower() in tags:
            raise ValueError("no list of tags")
        tags[found[1].lower()] = found[2]
    return tags
