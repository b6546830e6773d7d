"""Untrusted XML, element by element: what a cut-off document had whole is given before the error comes."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError, iterparse
from xml.parsers import expat

UNREADABLE = (ParseError, ValueError, LookupError)
"""What `elements` raises: not well-formed, cut off, not what was expected, an unknown encoding."""


class _DocumentType(ValueError):
    pass


class _RootReached(Exception):
    pass


def elements(body: bytes, depths: Mapping[str, int]) -> Iterator[Element]:
    """Every element down to a depth, each as soon as it is closed, children before their parent; then it is emptied.

    *depths* says by the tag of the root, which must be one of these, how deep to go: the root's children are at 1.
    """
    _refuse_document_type(body)
    depth, deepest = -1, 0
    for event, element in iterparse(BytesIO(body), ("start", "end")):  # noqa: S314 - see above
        if event == "start":
            depth += 1
            if depth == 0:
                deepest = _deepest(element.tag, depths)
        else:
            if 0 < depth <= deepest:
                yield element
                element.clear()
            depth -= 1


def local(tag: str) -> str:
    """The name of a tag without its namespace."""
    return tag.rpartition("}")[2]


def _deepest(root: str, depths: Mapping[str, int]) -> int:
    if root not in depths:
        raise ValueError(f"it begins with <{local(root)}>")
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
