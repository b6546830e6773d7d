"""Untrusted XML, element by element: what a cut-off document had whole is given before the error comes."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser
from xml.parsers import expat

# What `elements` raises: not well-formed, cut off, not what was expected, an unknown encoding.
XML_ERRORS = (ParseError, ValueError, LookupError)

# 2,000 papers of the API have 46,000, the 2,000 with most authors of two months 114,000.
MAX_ELEMENTS = 500_000

# arXiv's formats have at most six elements within each other.
MAX_DEPTH = 30

# Bytes given to the parser at once. It begins a tag or a comment again with every piece: many small ones are slow.
CHUNK_BYTES = 1 << 17

ELEMENTS_PER_CLEANUP = 1000

Event = tuple[str, Element]


class _DocumentType(ValueError):
    pass


class _RootReached(Exception):
    pass


def iterate_elements(body: bytes, depths: Mapping[str, int]) -> Iterator[Element]:
    """Yield every element down to a depth as soon as it is closed, children first; then it is dropped.

    *depths* says by the tag of the root, which must be one of these, how deep to go: the root's children are at 1.
    """
    _refuse_document_type(body)
    deepest = 0
    above, emptied = list[Element](), list[int]()
    for event, element in _bounded(_events(body)):
        if event == "start":
            if not above:
                deepest = _deepest(element.tag, depths)
            above.append(element)
            emptied.append(0)
            continue
        above.pop()
        emptied.pop()
        if 0 < len(above) <= deepest:
            yield element
            element.clear()
            emptied[-1] += 1
            if emptied[-1] == ELEMENTS_PER_CLEANUP:
                del above[-1][:ELEMENTS_PER_CLEANUP]
                emptied[-1] = 0


def local_name(tag: str) -> str:
    """The name of a tag without its namespace."""
    return tag.rpartition("}")[2]


def _events(body: bytes) -> Iterator[Event]:
    parser: XMLPullParser[Element] = XMLPullParser(("start", "end"))
    for start in range(0, len(body), CHUNK_BYTES):
        parser.feed(body[start : start + CHUNK_BYTES])
        yield from _read(parser)
    parser.close()
    yield from _read(parser)


def _read(parser: "XMLPullParser[Element]") -> Iterator[Event]:
    # Of starts and ends alone, each is of an element.
    yield from cast(Iterator[Event], parser.read_events())


def _bounded(events: Iterable[Event]) -> Iterator[Event]:
    """A small text may hold so many elements, or so many within each other, that they fill the memory."""
    begun, depth = 0, 0
    for event, element in events:
        begun, depth = (begun + 1, depth + 1) if event == "start" else (begun, depth - 1)
        if begun > MAX_ELEMENTS:
            raise ValueError(f"it has more than {MAX_ELEMENTS:,} elements")
        if depth > MAX_DEPTH:
            raise ValueError(f"it has more than {MAX_DEPTH} elements within each other")
        yield event, element


def _deepest(root: str, depths: Mapping[str, int]) -> int:
    if root not in depths:
        raise ValueError(f"it begins with <{local_name(root)}>")
    return depths[root]


def _refuse_document_type(body: bytes) -> None:
    """arXiv never sends one; a hostile file would use it to make a small text enormous."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _on_document_type
    parser.StartElementHandler = _on_root
    with suppress(_RootReached, expat.ExpatError):  # what else is wrong, the real parser says better
        parser.Parse(body, True)


def _on_document_type(*_details: object) -> None:
    raise _DocumentType("it has a document type")


def _on_root(*_details: object) -> None:
    raise _RootReached
