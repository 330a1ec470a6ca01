"""Which styles hold for an element, in light and in dark, and so what a reader gets to see.

A part of CSS, as far as a mail needs it: style rules and style attributes by importance, specificity
and order; inheritance of what is inherited. Media queries count for a wide window, in light or dark.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import tinycss2
from justhtml.dom import Element, Text

from sesutil.linting.document import Declaration, Document, Rule

__all__ = ["Cascade", "VisibleText", "is_dark_query", "length_in_pixels"]

_WIDTH = 800  # pixels of the window that media queries are judged for
_SIMPLE = re.compile(r"(?P<tag>[a-zA-Z][a-zA-Z0-9]*|\*)?(?P<marks>(?:[.#][\w-]+)*)")
_UNSEEN_ELEMENTS = frozenset({"head", "script", "style", "template", "title", "noscript", "meta", "link"})
_BLOCKS = frozenset(
    "address article aside blockquote body br dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 "
    "h5 h6 header hr li main nav ol p pre section table tbody td tfoot th thead title tr ul center".split()
)
_PSEUDO_LINK = re.compile(r":(?:any-)?link\b", re.IGNORECASE)
_MOST_STYLES = 300_000  # a mail has a thousand
_INHERITED = frozenset({"color", "font-size", "font-weight", "visibility", "direction"})
_NUMBER_WITH_UNIT = re.compile(r"([\d.]+)(px|pt|em|rem|%)?", re.IGNORECASE)


@dataclass(frozen=True)
class _Style:
    declaration: Declaration
    weight: tuple[bool, int, int, int, int, int, int]


class Cascade:
    """The styles of a document in one colour scheme."""

    def __init__(self, document: Document, *, dark: bool = False) -> None:
        self.document = document
        self.dark = dark
        self._own: dict[int, dict[str, _Style]] = {}
        self._unseen: dict[int, bool] = {}
        self._silent: dict[int, tuple[bool, bool]] = {}
        self._puts = 0
        for order, rule in enumerate(document.rules):
            if not rule.at and rule.declarations and _applies(rule, dark):
                self._add_rule(rule, order)
        for element in document.elements:
            for declaration in document.inline(element):
                self._put(element, declaration, (1, 0, 0, 0, 0))

    def _add_rule(self, rule: Rule, order: int) -> None:
        for selector in split_selectors(rule.prelude):
            specificity = _specificity(selector)
            for element in self._select(_PSEUDO_LINK.sub("", selector)):
                if self._puts > _MOST_STYLES:
                    return
                for declaration in rule.declarations:
                    self._put(element, declaration, (0, *specificity, order))

    def _put(
        self, element: Element, declaration: Declaration, weight: tuple[int, int, int, int, int]
    ) -> None:
        styles = self._own.setdefault(id(element), {})
        self._puts += 1  # of two that weigh the same the later one holds
        new = _Style(declaration, (declaration.important, *weight, self._puts))
        old = styles.get(declaration.name)
        if old is None or new.weight >= old.weight:
            styles[declaration.name] = new

    def _select(self, selector: str) -> list[Element]:
        """The elements that a selector means. Most are of tags, classes and ids: those are quick."""
        simple = _SIMPLE.fullmatch(selector)
        if simple is None:
            return self.document.select(selector)
        tag, marks = simple["tag"], re.findall(r"[.#][\w-]+", simple["marks"])
        if not marks:
            return [item for item in self.document.elements if tag in ("*", None) or item.name == tag.lower()]
        candidates = self._marked.get(marks[0], [])
        return [
            item
            for item in candidates
            if (tag in ("*", None) or item.name == tag.lower()) and set(marks) <= _marks(item)
        ]

    @cached_property
    def _marked(self) -> dict[str, list[Element]]:
        found: dict[str, list[Element]] = {}
        for element in self.document.elements:
            for mark in _marks(element):
                found.setdefault(mark, []).append(element)
        return found

    def own(self, element: Any, *names: str) -> Declaration | None:
        """The element's own declaration of a property, of several names the one that wins."""
        styles = self._own.get(id(element), {})
        found = [styles[name] for name in names if name in styles]
        return max(found, key=lambda style: style.weight).declaration if found else None

    def value(self, element: Any, name: str) -> str:
        """A property's value as text in lower case, inherited where it is; empty when nowhere set."""
        while element is not None:
            declaration = self.own(element, name)
            if declaration is not None and declaration.text.lower() != "inherit":
                return declaration.text.lower()
            if declaration is None and name not in _INHERITED:
                return ""
            element = element.parent
        return ""

    def is_unseen(self, element: Any) -> bool:
        """Whether what stands in an element is kept from the reader."""
        if element is None:
            return False
        key = id(element)
        if key not in self._unseen:
            self._unseen[key] = self._hides(element) or self.is_unseen(element.parent)
        return self._unseen[key]

    def is_silent(self, element: Any) -> bool:
        """Whether text right in an element is kept from the reader: what its children say of themselves counts."""
        if self.is_unseen(element):
            return True
        key = id(element)
        if key not in self._silent:
            own = {name: self.own(element, name) for name in ("font-size", "visibility")}
            parent = getattr(element, "parent", None)
            small, hidden = self._silent.get(id(parent), (False, False))
            if own["font-size"] is not None:
                small = length_in_pixels(own["font-size"].text) == 0
            if own["visibility"] is not None:
                hidden = own["visibility"].text.lower() in ("hidden", "collapse")
            self._silent[key] = (small, hidden)
        return any(self._silent[key])

    def _hides(self, element: Any) -> bool:
        if element.name in _UNSEEN_ELEMENTS or "hidden" in (element.attrs or {}):
            return True
        styles = self._own.get(id(element))
        if not styles:
            return False
        text = {name: style.declaration.text.lower() for name, style in styles.items()}
        if text.get("display") == "none":
            return True
        if length_in_pixels(text.get("opacity", "")) == 0:
            return True
        clipped = text.get("overflow", "").startswith("hidden")
        return clipped and any(
            length_in_pixels(text.get(name, "")) == 0
            for name in ("max-height", "height", "max-width", "width")
        )

    @cached_property
    def visible(self) -> VisibleText:
        return VisibleText(self)


class VisibleText:
    """What a reader sees as text, and where each part of it stands in the source."""

    def __init__(self, cascade: Cascade) -> None:
        self._document = cascade.document
        self.nodes: list[Text] = []
        parts: list[str] = []
        starts: list[int] = []
        length = 0
        for node in cascade.document.nodes:
            if isinstance(node, Text):
                if node.data and not cascade.is_silent(node.parent):
                    self.nodes.append(node)
                    starts.append(length)
                    parts.append(node.data)
                    length += len(node.data)
                continue
            cascade.is_silent(node)  # parents before children, so that no recursion is deep
            if getattr(node, "name", "") in _BLOCKS:
                parts.append("\n")
                length += 1
        self.text = "".join(parts)
        self._starts = starts

    def offset(self, position: int, said: str) -> int:
        """The source's offset of `said`, which begins at a position of `text`.

        Entities and line ends make the source longer than the text, never shorter.
        """
        if not self.nodes:
            return 0
        number = max(0, bisect_right(self._starts, position) - 1)
        begin = self.nodes[number].origin_offset or 0
        expected = begin + position - self._starts[number]
        for part in (said, (said.split() or [said])[0]):
            found = self._document.text.find(part, expected)
            if found >= 0:
                return found
        return begin


def split_selectors(prelude: str) -> Iterator[str]:
    """The selectors of a list: those between the commas that stand in no brackets."""
    if "," not in prelude:
        yield prelude.strip()
        return
    part: list[Any] = []
    for token in tinycss2.parse_component_value_list(prelude):
        if token.type == "literal" and token.value == ",":
            yield tinycss2.serialize(part).strip()
            part = []
        else:
            part.append(token)
    yield tinycss2.serialize(part).strip()


def is_dark_query(prelude: str) -> bool:
    return re.search(r"prefers-color-scheme\s*:\s*dark", prelude, re.IGNORECASE) is not None


def length_in_pixels(text: str, base: float = 16.0) -> float | None:
    """A CSS length in pixels, None for what is none. `base` is what 1em is."""
    match = _NUMBER_WITH_UNIT.fullmatch(text.strip())
    if match is None or match[1].count(".") > 1 or match[1] == ".":
        return None
    scale = {"pt": 96 / 72, "em": base, "rem": 16.0, "%": base / 100}
    return float(match[1]) * scale.get((match[2] or "px").lower(), 1.0)


def _applies(rule: Rule, dark: bool) -> bool:
    return all(name == "media" and _media_applies(prelude, dark) for name, prelude in rule.context)


def _media_applies(prelude: str, dark: bool) -> bool:
    return any(_query_applies(query, dark) for query in prelude.lower().split(",")) if prelude else True


def _query_applies(query: str, dark: bool) -> bool:
    kind = re.sub(r"\([^)]*\)|\band\b|\bonly\b", " ", query).strip()
    if kind not in ("", "all", "screen"):
        return False
    for feature in re.findall(r"\(([^)]*)\)", query):
        name, _, value = (part.strip() for part in feature.partition(":"))
        width = length_in_pixels(value)
        if name == "prefers-color-scheme":
            holds = value == ("dark" if dark else "light")
        elif name in ("min-width", "min-device-width") and width is not None:
            holds = width <= _WIDTH
        elif name in ("max-width", "max-device-width") and width is not None:
            holds = width >= _WIDTH
        else:
            holds = False
        if not holds:
            return False
    return True


def _specificity(selector: str) -> tuple[int, int, int]:
    ids = len(re.findall(r"#[\w-]+", selector))
    classes = len(re.findall(r"\.[\w-]+|\[[^\]]*\]|(?<!:):[a-z-]+", selector))
    tags = len(re.findall(r"(?:^|[\s>+~])[a-zA-Z]", selector))
    return ids, classes, tags


def _marks(element: Element) -> frozenset[str]:
    attributes = element.attrs or {}
    classes = {f".{name}" for name in (attributes.get("class") or "").split()}
    name = attributes.get("id")
    return frozenset(classes | {f"#{name}"} if name else classes)
