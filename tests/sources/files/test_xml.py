"""XML from outside costs little, however it is made."""

import time
import tracemalloc

import pytest

from digest.sources.files import xml
from digest.sources.files.xml import ELEMENTS_PER_CLEANUP, MAX_DEPTH, MAX_ELEMENTS, PARSED_CHUNK_BYTES, iterate_elements

CHEAPEST = b"<a/>"


def _root(inside: bytes) -> bytes:
    return b"<feed>" + inside + b"</feed>"


def _tags(body: bytes, depth: int = 1) -> list[str]:
    return [element.tag for element in iterate_elements(body, {"feed": depth})]


def test_children_come_before_their_parent_and_each_as_a_whole() -> None:
    found = iterate_elements(_root(b"<a>one<b>two</b></a><c d='3'/>"), {"feed": 2})
    seen = [(element.tag, element.text, dict(element.attrib)) for element in found]
    assert seen == [("b", "two", {}), ("a", "one", {}), ("c", None, {"d": "3"})]


@pytest.mark.parametrize("number", [ELEMENTS_PER_CLEANUP - 1, ELEMENTS_PER_CLEANUP, 3 * ELEMENTS_PER_CLEANUP + 1])
def test_no_element_is_lost_when_earlier_ones_are_dropped(number: int) -> None:
    body = _root(b"".join(b"<a><b>%d</b></a>" % each for each in range(number)))
    texts = [element.findtext("b") for element in iterate_elements(body, {"feed": 1})]
    assert texts == [str(each) for each in range(number)]


def test_an_element_longer_than_what_is_read_at_once_is_whole() -> None:
    (entry,) = [
        element.text
        for element in iterate_elements(_root(b"<a>" + b"x" * (3 * PARSED_CHUNK_BYTES) + b"</a>"), {"feed": 1})
    ]
    assert entry == "x" * (3 * PARSED_CHUNK_BYTES)


def test_what_was_whole_is_given_before_the_error() -> None:
    found = iterate_elements(b"<feed><a/><b/><c", {"feed": 1})
    assert [next(found).tag, next(found).tag] == ["a", "b"]
    with pytest.raises(SyntaxError):
        next(found)


@pytest.fixture
def few_allowed(monkeypatch: pytest.MonkeyPatch) -> int:
    """So many elements that a test need not read for seconds."""
    monkeypatch.setattr(xml, "MAX_ELEMENTS", 20_000)
    return 20_000


@pytest.mark.parametrize("inside", ["%s", "<entry>%s</entry>"], ids=["one after the other", "inside one"])
def test_an_endless_feed_is_left_after_too_many_elements(few_allowed: int, inside: str) -> None:
    with pytest.raises(ValueError, match="more than 20,000 elements"):
        _tags(_root(inside.encode() % (CHEAPEST * few_allowed)))
    assert len(_tags(_root(CHEAPEST * (few_allowed - 1)))) == few_allowed - 1


def test_what_follows_too_many_elements_is_not_even_read(few_allowed: int) -> None:
    begun = time.process_time()
    with pytest.raises(ValueError, match="more than 20,000 elements"):
        _tags(_root(CHEAPEST * (MAX_ELEMENTS * 5)))
    assert time.process_time() - begun < 2, "all these 10 MB take ten seconds"


def test_elements_deep_within_each_other_are_left_at_once() -> None:
    begun = time.monotonic()
    with pytest.raises(ValueError, match="more than 30 elements within each other"):
        _tags(_root(b"<a>" * 1_000_000 + b"</a>" * 1_000_000))
    assert time.monotonic() - begun < 10


def test_as_deep_as_allowed_is_read() -> None:
    inside = MAX_DEPTH - 1
    assert _tags(_root(b"<a>" * inside + b"</a>" * inside)) == ["a"]


def test_what_was_read_does_not_stay_in_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "PARSED_CHUNK_BYTES", 1 << 13)
    body = _root(CHEAPEST * 30_000)
    tracemalloc.start()
    try:
        assert sum(1 for _ in iterate_elements(body, {"feed": 1})) == 30_000
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000, "kept, they are 2.5 MB"


def test_a_root_that_nobody_expects_is_named() -> None:
    with pytest.raises(ValueError, match="begins with <html>"):
        _tags(b"<html/>")


def test_a_document_type_is_refused_before_it_can_grow() -> None:
    with pytest.raises(ValueError, match="document type"):
        _tags(b'<!DOCTYPE feed [<!ENTITY a "aaaa">]><feed>&a;</feed>')


def test_a_comment_of_ten_megabytes_is_passed_over_quickly() -> None:
    begun = time.monotonic()
    assert _tags(_root(b"<!--" + b"x" * 10_000_000 + b"--><a/>")) == ["a"]
    assert time.monotonic() - begun < 10
