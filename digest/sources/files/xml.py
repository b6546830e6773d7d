"""Untrusted XML, element by element. Whole elements of a cut-off document are yielded before the error is raised."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser
from xml.parsers import expat

# Raised by `iterate_elements`: not well-formed, cut off, not the expected root, too large, an unknown encoding.
XML_ERRORS = (ParseError, ValueError, LookupError)

# Of one document. 2,000 papers of arXiv's API have 46,000, the 2,000 with most authors of two months 114,000.
MAX_ELEMENTS = 500_000

# arXiv's formats have at most six elements within each other.
MAX_DEPTH = 30

# Given to the parser at once. It begins an unfinished tag or comment again with every chunk: small chunks are slow.
PARSED_CHUNK_BYTES = 1 << 17

ELEMENTS_PER_CLEANUP = 1000

Event = tuple[str, Element]


class _HasDocumentType(ValueError):
    """The document declares a document type."""


class _RootReached(Exception):
    """The root element begins, so that no document type can come any more."""


def iterate_elements(body: bytes, depths: Mapping[str, int]) -> Iterator[Element]:
    """Yield every element down to a depth as soon as it is closed, children first; then it is dropped.

    *depths* are the tags that the root may have, and how deep to go below each: the root's children are at depth 1.
    Raises one of XML_ERRORS after the elements that came whole.
    """
    _refuse_document_type(body)
    max_depth = 0
    # The open elements, and how many children of each were cleared.
    above, cleared = list[Element](), list[int]()
    for event, element in _limit_elements(_parse_events(body)):
        if event == "start":
            if not above:
                if element.tag not in depths:
                    raise ValueError(f"it begins with <{local_name(element.tag)}>")
                max_depth = depths[element.tag]
            above.append(element)
            cleared.append(0)
            continue
        above.pop()
        cleared.pop()
        if 0 < len(above) <= max_depth:
            yield element
            element.clear()
            cleared[-1] += 1
            if cleared[-1] == ELEMENTS_PER_CLEANUP:
                del above[-1][:ELEMENTS_PER_CLEANUP]
                cleared[-1] = 0


def local_name(tag: str) -> str:
    """Return the name of a tag without its namespace."""
    return tag.rpartition("}")[2]


def _parse_events(body: bytes) -> Iterator[Event]:
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    for start in range(0, len(body), PARSED_CHUNK_BYTES):
        parser.feed(body[start : start + PARSED_CHUNK_BYTES])
        yield from _read_events(parser)
    parser.close()
    yield from _read_events(parser)


def _read_events(parser: "XMLPullParser[Element]") -> Iterator[Event]:
    # The parser reports starts and ends only, and each is of an element.
    yield from cast(Iterator[Event], parser.read_events())


def _limit_elements(events: Iterable[Event]) -> Iterator[Event]:
    """Raise at too many elements: a small text may hold so many, or nest them so deeply, that they fill the memory."""
    begun, depth = 0, 0
    for event, element in events:
        if event == "start":
            begun, depth = begun + 1, depth + 1
        else:
            depth -= 1
        if begun > MAX_ELEMENTS:
            raise ValueError(f"it has more than {MAX_ELEMENTS:,} elements")
        if depth > MAX_DEPTH:
            raise ValueError(f"it has more than {MAX_DEPTH} elements within each other")
        yield event, element


def _refuse_document_type(body: bytes) -> None:
    """Raise at a document type: arXiv never sends one, and a hostile one can make a small text enormous."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _on_document_type
    parser.StartElementHandler = _on_root
    with suppress(_RootReached, expat.ExpatError):  # what else is wrong, the real parser says better
        parser.Parse(body, True)


def _on_document_type(*_details: object) -> None:
    raise _HasDocumentType("it has a document type")


def _on_root(*_details: object) -> None:
    raise _RootReached
