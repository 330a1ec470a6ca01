"""A template as the checks look at it: what it is for, its parts, and a way to report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from justhtml.dom import Comment, Element

from sesutil.linting.cascade import Cascade, VisibleText, is_dark_query
from sesutil.linting.document import Document, Place
from sesutil.linting.findings import Finding, Severity
from sesutil.linting.settings import LintSettings
from sesutil.templates import TemplateText

__all__ = ["TemplateView"]


def _end_of_comment(text: str, start: int) -> int:
    end = text.find("-->", start)
    return end if end >= 0 else len(text)


@dataclass(frozen=True)
class TemplateView:
    """`template` is what the file says, `language` that of its folder (None: the connector's config)."""

    template: TemplateText
    usage_type: str
    language: str | None = None
    settings: LintSettings = field(default_factory=LintSettings)

    @cached_property
    def document(self) -> Document:
        """The mail's HTML. Its first line is the file's second where there is a line for the subject."""
        return Document(self.template.content)

    @cached_property
    def light(self) -> Cascade:
        return Cascade(self.document)

    @cached_property
    def dark(self) -> Cascade | None:
        """The styles in the dark, None where the template has none for it."""
        dark = any(is_dark_query(prelude) for rule in self.document.rules for _, prelude in rule.context)
        return Cascade(self.document, dark=True) if dark else None

    @property
    def visible(self) -> VisibleText:
        return self.light.visible

    @cached_property
    def titles(self) -> list[Element]:
        """The `<title>` elements of the mail; one inside an image (SVG) is none."""
        return [element for element in self.document.named("title") if element.namespace in (None, "html")]

    @cached_property
    def _spans(self) -> dict[str, list[tuple[int, int]]]:
        """Where in the source the title and the comments stand."""
        comments = [
            (node.origin_offset, _end_of_comment(self.document.text, node.origin_offset))
            for node in self.document.nodes
            if isinstance(node, Comment)
            and node.origin_offset is not None
            and not str(node.data or "").lstrip().startswith("[if")  # Outlook reads what is in it
        ]
        titles = []
        if self.titles and not self.template.has_subject_line:
            start = self.titles[0].origin_offset or 0
            end = self.document.text.find("</", start)
            titles.append((start, end if end >= 0 else len(self.document.text)))
        return {"comment": comments, "title": titles}

    def part_at(self, offset: int) -> str:
        """What a position in the source belongs to: comment, title, or content."""
        for part, spans in self._spans.items():
            if any(start <= offset < end for start, end in spans):
                return part
        return "content"

    def whole(self, rule: str, severity: Severity, message: str, fix: str) -> Finding:
        """A finding about the file as a whole."""
        return self.at(None, rule, severity, message, fix)

    def at(self, where: Any, rule: str, severity: Severity, message: str, fix: str, **more: Any) -> Finding:
        """A finding at an offset, an element, or a Place of the content; with None at the file's start."""
        if where is None:
            line, column = 1, 1
        else:
            place = self._place(where)
            line, column = place.line + self.template.has_subject_line, place.column
        return Finding(
            rule,
            severity,
            message,
            fix,
            line,
            column,
            usage_type=self.usage_type,
            language=self.language,
            **more,
        )

    def in_attribute(
        self, element: Element, name: str, rule: str, severity: Severity, message: str, fix: str
    ) -> Finding:
        return self.at(self.document.attribute_place(element, name), rule, severity, message, fix)

    def with_attribute(self, *names: str) -> Iterator[tuple[Element, str, str]]:
        """Elements that have one of the attributes, with its name and value."""
        for element in self.document.elements:
            for name, value in (element.attrs or {}).items():
                if name in names:
                    yield element, name, value or ""

    def _place(self, where: Any) -> Place:
        if isinstance(where, Place):
            return where
        if isinstance(where, int):
            return self.document.place(where)
        return self.document.tag_place(where)
