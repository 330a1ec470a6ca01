"""A template taken apart once: elements, styles and where each of them stands in the source.

The HTML is parsed as browsers parse it (justhtml), the CSS by tinycss2. Everything has a place,
counted as editors count: line and column from 1.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import tinycss2
from justhtml import JustHTML, SelectorError
from justhtml.dom import Element, Node, Text

__all__ = ["Declaration", "Document", "Place", "Rule"]

# HTML's start tag, an attribute at a time (WHATWG HTML, 13.2.5.32 to 13.2.5.38).
_TAG_NAME = re.compile(r"<[^\s/>]+")
_ATTRIBUTE = re.compile(r"""[\s/]*([^\s/>=][^\s/>=]*)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>]*))?""")
_MOST_LOOKS = 500_000  # selectors times elements
# At-rules that hold style rules; the others hold declarations, or what nobody needs to know.
_GROUPS = frozenset(
    "media supports layer container document -moz-document scope starting-style keyframes -webkit-keyframes".split()
)
_LINE_END = re.compile(r"\r\n|\r|\n")


class Place(NamedTuple):
    line: int
    column: int


@dataclass(frozen=True)
class Declaration:
    """One CSS declaration. `value` is its tokens, `text` the same as CSS without !important."""

    name: str
    value: tuple[Any, ...]
    text: str
    important: bool
    place: Place


@dataclass(frozen=True)
class Rule:
    """A style rule, or an at-rule that holds no style rules.

    `at` is the at-rule's name without `@` (empty for a style rule), `prelude` its selector list or
    what stands behind the name. `context` are the at-rules around it, outermost first, each as
    (name, prelude): `(("media", "(prefers-color-scheme: dark)"),)`.
    """

    at: str
    prelude: str
    declarations: tuple[Declaration, ...]
    context: tuple[tuple[str, str], ...]
    place: Place


@dataclass(frozen=True)
class CssFault:
    """Something in a style that is no CSS."""

    message: str
    place: Place


class Document:
    """A template's HTML. Parsing is done when something is first asked for, and once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._selected: dict[str, list[Element]] = {}
        self._inline: dict[int, tuple[Declaration, ...]] = {}
        self._inline_faults: list[CssFault] = []

    @cached_property
    def tree(self) -> JustHTML:
        return JustHTML(self.text, sanitize=False, track_node_locations=True)

    @cached_property
    def nodes(self) -> tuple[Node | Text, ...]:
        """All nodes in document order, comments and texts included."""
        return tuple(_walk(self.tree.root))

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """The elements that stand in the source, in its order; those that the parser adds are left out."""
        return tuple(
            node for node in self.nodes if isinstance(node, Element) and node.origin_offset is not None
        )

    def named(self, *names: str) -> list[Element]:
        return [element for element in self.elements if element.name in names]

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def place(self, offset: int) -> Place:
        """Line and column of a position in the source."""
        line = bisect_right(self._line_starts, offset)
        return Place(line, offset - self._line_starts[line - 1] + 1)

    def offset(self, line: int, column: int) -> int:
        """The position of a place; the nearest that there is."""
        starts = self._line_starts
        return min(starts[min(line, len(starts)) - 1] + column - 1, len(self.text))

    def statement_at(self, place: Place) -> str:
        """The CSS declaration (or what stands for one) in which a place is."""
        at = self.offset(*place)
        start = max(self.text.rfind(mark, 0, at) for mark in ";{\"'") + 1
        end = min(
            (found for mark in ";\"'\n" if (found := self.text.find(mark, at)) >= 0), default=len(self.text)
        )
        return self.text[start:end]

    def tag_place(self, element: Element) -> Place:
        return self.place(element.origin_offset or 0)

    def attribute_place(self, element: Element, name: str) -> Place:
        """Where an attribute begins; its element's place when it cannot be found."""
        for found, start, _ in self.attributes(element):
            if found == name:
                return self.place(start)
        return self.tag_place(element)

    def attributes(self, element: Element) -> Iterator[tuple[str, int, int]]:
        """The attributes in an element's tag: name, where it begins, where its value begins."""
        if element.origin_offset is None:
            return
        match = _TAG_NAME.match(self.text, element.origin_offset)
        while match and (match := _ATTRIBUTE.match(self.text, match.end())):
            quoted = match[2] is not None and match[2][:1] in ("'", '"')
            value = match.end() if match[2] is None else match.start(2) + quoted
            yield match[1].lower(), match.start(1), value

    def select(self, selector: str) -> list[Element]:
        """The elements that a CSS selector means, in document order; none for one that is not understood.

        Each is looked up once, and no more than a few hundred: a mail has no more.
        """
        if selector not in self._selected:
            found: list[Element] = []
            if len(self._selected) * len(self.elements) < _MOST_LOOKS:
                with suppress(SelectorError, ValueError):
                    found = [item for item in self.tree.query(selector) if isinstance(item, Element)]
            self._selected[selector] = found
        return self._selected[selector]

    def inline(self, element: Element) -> tuple[Declaration, ...]:
        """The declarations of an element's `style` attribute."""
        key = id(element)
        if key not in self._inline:
            self._inline[key] = self._parse_inline(element)
        return self._inline[key]

    def _parse_inline(self, element: Element) -> tuple[Declaration, ...]:
        text = (element.attrs or {}).get("style")
        if not text:
            return ()
        base = next(
            (value for name, _, value in self.attributes(element) if name == "style"),
            element.origin_offset or 0,
        )
        place = self.place(base)
        found = []
        for node in tinycss2.parse_blocks_contents(text, skip_comments=True, skip_whitespace=True):
            if node.type == "declaration":
                found.append(_declaration(node, place))
            elif node.type != "literal":
                self._inline_faults.append(CssFault(_fault_text(node), _within(place, node)))
        return tuple(found)

    @cached_property
    def sheets(self) -> tuple[tuple[Rule, ...], list[CssFault]]:
        """The rules of all `<style>` elements, and what in them is no CSS."""
        rules: list[Rule] = []
        faults: list[CssFault] = []
        for element in self.named("style"):
            for child in element.children or ():
                if isinstance(child, Text) and child.data:
                    place = self.place(child.origin_offset or 0)
                    nodes = tinycss2.parse_stylesheet(child.data, skip_comments=True, skip_whitespace=True)
                    _collect_rules(nodes, (), place, rules, faults)
                    if (at := _open_comment(child.data)) is not None:
                        offset = (child.origin_offset or 0) + at
                        faults.append(CssFault("a comment that is never closed", self.place(offset)))
        return tuple(rules), faults

    @property
    def rules(self) -> tuple[Rule, ...]:
        return self.sheets[0]

    @property
    def css_faults(self) -> list[CssFault]:
        for element in self.elements:
            self.inline(element)
        return [*self.sheets[1], *self._inline_faults]


def _walk(root: Node) -> Iterator[Any]:
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(getattr(node, "children", None) or ()))


def _within(base: Place, node: Any) -> Place:
    """A CSS node's place in the source, for CSS that begins at `base`."""
    if node.source_line == 1:
        return Place(base.line, base.column + node.source_column - 1)
    return Place(base.line + node.source_line - 1, node.source_column)


def _declaration(node: Any, base: Place) -> Declaration:
    return Declaration(
        name=node.lower_name,
        value=tuple(node.value),
        text=tinycss2.serialize(node.value).strip(),
        important=node.important,
        place=_within(base, node),
    )


def _open_comment(css: str) -> int | None:
    """Where a comment begins that never ends; it swallows all rules after it."""
    at = css.rfind("/*")
    return at if at >= 0 and "*/" not in css[at:] else None


def _fault_text(node: Any) -> str:
    return str(getattr(node, "message", None) or f"{node.type} where a declaration is expected")


def _collect_rules(
    nodes: list[Any],
    context: tuple[tuple[str, str], ...],
    base: Place,
    rules: list[Rule],
    faults: list[CssFault],
) -> None:
    for node in nodes:
        if node.type == "error":
            faults.append(CssFault(_fault_text(node), _within(base, node)))
        elif node.type == "at-rule":
            prelude = tinycss2.serialize(node.prelude).strip()
            name = node.lower_at_keyword
            if node.content is None or name not in _GROUPS:
                content = _block(node.content or [], base, faults)
                rules.append(Rule(name, prelude, content, context, _within(base, node)))
            else:
                rules.append(Rule(name, prelude, (), context, _within(base, node)))
                inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
                _collect_rules(inner, (*context, (name, prelude)), base, rules, faults)
        elif node.type == "qualified-rule":
            prelude = tinycss2.serialize(node.prelude).strip()
            content = _block(node.content, base, faults)
            rules.append(Rule("", prelude, content, context, _within(base, node)))


def _block(content: list[Any], base: Place, faults: list[CssFault]) -> tuple[Declaration, ...]:
    found = []
    for node in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if node.type == "declaration":
            found.append(_declaration(node, base))
        elif node.type == "error":
            faults.append(CssFault(_fault_text(node), _within(base, node)))
    return tuple(found)
