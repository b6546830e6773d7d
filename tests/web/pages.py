"""Reading a page as a browser and a screen reader would."""

from collections import Counter
from typing import Any
from xml.etree.ElementTree import Element

import html5lib

UNSEEN_INPUTS = {"hidden", "submit", "button"}


def tree(response: Any) -> Element:
    """The page's elements, names without a namespace."""
    root: Element = html5lib.parse(response.content.decode(), namespaceHTMLElements=False)
    return root


def words(element: Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def links(response: Any) -> list[str]:
    return [link.get("href", "") for link in tree(response).iter("a")]


def headings(response: Any, name: str = "h1") -> list[str]:
    return [words(each) for each in tree(response).iter(name)]


def accessibility_faults(response: Any) -> list[str]:
    """What is missing for people who cannot see the page; empty is good."""
    root = tree(response)
    faults = []
    if not root.get("lang"):
        faults.append("no language")
    if len(list(root.iter("h1"))) != 1:
        faults.append("not exactly one h1")
    if not words(root.find("head/title")):
        faults.append("no title")
    ids = Counter(each.get("id") for each in root.iter() if each.get("id"))
    faults += [f"id {name} twice" for name, count in ids.items() if count > 1]
    faults += _unlabelled(root) + _nameless(root) + _dangling(root, set(ids))
    return faults


def _unlabelled(root: Element) -> list[str]:
    labelled = {label.get("for") for label in root.iter("label")}
    inside = {id(field) for label in root.iter("label") for field in label.iter()}
    fields = [field for name in ("input", "select", "textarea") for field in root.iter(name)]
    return [
        f"no label: {field.get('name')}"
        for field in fields
        if field.get("type") not in UNSEEN_INPUTS
        and field.get("id") not in labelled
        and id(field) not in inside
        and not field.get("aria-label")
    ]


def _nameless(root: Element) -> list[str]:
    pressed = [each for name in ("a", "button", "summary") for each in root.iter(name)]
    return ["a link or button without words" for each in pressed if not (words(each) or each.get("aria-label"))]


def _dangling(root: Element, ids: set[str | None]) -> list[str]:
    named = ("aria-describedby", "aria-labelledby", "for")
    wanted = {each.get(name) for each in root.iter() for name in named} - {None}
    return [f"nothing has the id {one}" for value in wanted for one in (value or "").split() if one not in ids]
