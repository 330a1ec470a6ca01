"""What a mail shows to the person who reads it: its visible text, and where its visible links lead."""

from __future__ import annotations

from typing import Any

from justhtml.dom import Comment, Element, Text

from sesutil.linting.cascade import Cascade

__all__ = ["shown_links", "shown_text"]

_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q s samp small span "
    "strike strong sub sup time tt u var wbr".split()
)
_SEEN = frozenset({"img", "svg", "input", "button", "video", "picture"})


def shown_text(cascade: Cascade) -> str:
    """The text that is not hidden (see `Cascade.is_silent`), with a line end around whatever stands apart:
    every element but those within a line, unless its style has it stand apart."""
    parts: list[str] = []
    waiting: list[Any] = [cascade.document.tree.root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            parts.append(node)
        elif isinstance(node, Text):
            if node.data and not cascade.is_silent(node.parent):
                parts.append(" ".join(node.data.split("\n")))
        elif not isinstance(node, Comment) and not cascade.is_unseen(node):
            cascade.is_silent(node)  # parents before children, as its answers build on each other
            if _stands_apart(cascade, node):
                parts.append("\n")
                waiting.append("\n")
            waiting.extend(reversed(getattr(node, "children", None) or ()))
    return "".join(parts)


def shown_links(cascade: Cascade) -> list[str]:
    """Where links lead that somebody can click on: those that show a text or an image."""
    found = []
    for element in cascade.document.elements:
        unseen = cascade.is_unseen(element)  # of each, parents first: then no recursion is deep
        target = (element.attrs or {}).get("href") if element.name in ("a", "area") else None
        if target and not unseen and (element.name == "area" or _shows(cascade, element)):
            found.append(target.strip())
    return found


def _shows(cascade: Cascade, link: Element) -> bool:
    waiting: list[Any] = [link]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Text):
            if (node.data or "").strip() and not cascade.is_silent(node.parent):
                return True
        elif not isinstance(node, Comment) and not cascade.is_unseen(node):
            if node.name in _SEEN:
                return True
            waiting.extend(node.children or ())
    return False


def _stands_apart(cascade: Cascade, node: Any) -> bool:
    if not isinstance(node, Element) or node.name not in _INLINE:
        return True
    display = cascade.value(node, "display")
    return bool(display) and display not in ("inline", "contents", "initial")
