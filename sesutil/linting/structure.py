"""Whether the HTML is whole, says its language and direction, and has no characters that nobody sees."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from justhtml.dom import Text

from sesutil.linting.findings import Finding
from sesutil.linting.tagpairs import TagPairs
from sesutil.linting.view import TemplateView
from sesutil.rendering import PLACEHOLDER

__all__ = ["check_structure"]

# What turns the direction around or cannot be seen at all: in a code it breaks the copy.
_OVERRIDES = frozenset(map(chr, (*range(0x202A, 0x202F),)))
_ISOLATES = frozenset(map(chr, range(0x2066, 0x206A)))
_UNSEEN = frozenset({"\u200b", "\ufeff", "\u2060", "\x7f"}) | {
    chr(number) for number in (*range(0x20), *range(0x80, 0xA0)) if chr(number) not in "\t\n\r\f"
}


def check_structure(view: TemplateView) -> Iterator[Finding]:
    """Rules cut-off, element-unclosed, end-tag-stray, language-…, direction-missing, character-invisible
    and charset-other."""
    tags = TagPairs(view.document.text)
    yield from _check_wholeness(view, tags)
    if tags.cut_off is None:  # what was swallowed may have said its language
        yield from _check_language(view)
    yield from _check_direction(view)
    yield from _check_characters(view)
    yield from _check_charset(view)


def _check_wholeness(view: TemplateView, tags: TagPairs) -> Iterator[Finding]:
    if tags.cut_off is not None:
        name = tags.open_raw_text
        inside = f"inside <{name}>" if name else "inside a tag or a comment"
        yield view.at(
            tags.cut_off,
            "cut-off",
            "error",
            f"The file ends {inside} that begins here: what follows is not shown, or shown as markup.",
            "Close it, or get back the rest of the file.",
        )
        return
    for offset, name in tags.unclosed:
        yield view.at(
            offset,
            "element-unclosed",
            "warning",
            f"<{name}> is never closed, so mail programs guess where it ends.",
            f"Write </{name}> where it should end.",
        )
    for offset, name in tags.stray:
        yield view.at(
            offset,
            "end-tag-stray",
            "warning",
            f"</{name}> closes nothing that is open here.",
            "Take it out, or write the start tag that it belongs to.",
        )


def _check_language(view: TemplateView) -> Iterator[Finding]:
    document = view.document
    speaking = [node for node in view.visible.nodes if (node.data or "").strip()]
    tagged: dict[int, Any] = {}
    for node in speaking:
        tagged_by = next((item for item in _ancestors(node) if _language_of(item)), None)
        if tagged_by is None:
            html = next(iter(document.named("html")), None)
            yield view.at(
                html,
                "language-missing",
                "warning",
                "The mail does not say its language, so screen readers may read it in the wrong one.",
                f'Write <html lang="{view.language or "en"}">, or lang on the element around all text.',
            )
            return
        tagged[id(tagged_by)] = tagged_by
    if view.language is None:
        return
    for element in tagged.values():
        said = _language_of(element)
        if _primary(said) != _primary(view.language):
            name = "lang" if (element.attrs or {}).get("lang") else "xml:lang"
            yield view.in_attribute(
                element,
                name,
                "language-mismatch",
                "warning",
                f'The mail says it is in "{said}", and its folder is {view.language}.',
                f'Write lang="{view.language}", or move the file into the folder of its language.',
            )
            return


def _ancestors(node: Any) -> Iterator[Any]:
    while (node := node.parent) is not None:
        yield node


def _language_of(element: Any) -> str:
    attributes = getattr(element, "attrs", None) or {}
    return (attributes.get("lang") or attributes.get("xml:lang") or "").strip()


def _primary(tag: str) -> str:
    return re.split(r"[-_]", tag.lower())[0]


def _check_direction(view: TemplateView) -> Iterator[Finding]:
    backwards = forwards = 0
    undirected = False
    for node in view.visible.nodes:
        text = PLACEHOLDER.sub("", node.data or "")
        kinds = [unicodedata.bidirectional(character) for character in text if not character.isascii()]
        right_to_left = sum(kind in ("R", "AL") for kind in kinds)
        backwards += right_to_left
        forwards += sum(kind == "L" for kind in kinds) + sum(
            character.isalpha() for character in text if character.isascii()
        )
        if right_to_left and not _is_right_to_left(view, node):
            undirected = True
    if backwards > forwards and undirected:
        yield view.at(
            next(iter(view.document.named("html")), None),
            "direction-missing",
            "warning",
            "The text runs from right to left and nothing says so: lines and punctuation end up on the wrong side.",
            'Write dir="rtl" on html, and on the outermost element of the body.',
        )


def _is_right_to_left(view: TemplateView, node: Text) -> bool:
    for element in _ancestors(node):
        direction = ((getattr(element, "attrs", None) or {}).get("dir") or "").lower()
        if direction:
            return direction in ("rtl", "auto")
    return view.light.value(node.parent, "direction") == "rtl"


def _check_characters(view: TemplateView) -> Iterator[Finding]:
    right_to_left = any(
        unicodedata.bidirectional(character) in ("R", "AL")
        for node in view.visible.nodes
        for character in node.data or ""
        if not character.isascii()
    )
    unwanted = _OVERRIDES | _UNSEEN | (frozenset() if right_to_left else _ISOLATES)
    said = False
    for position, character in enumerate(view.visible.text):
        if character in unwanted and not said:
            said = True
            yield _invisible(view, view.visible.offset(position, character), character)
    for character in view.template.subject or "":
        if character in unwanted:
            yield _invisible(view, view.titles[0] if view.titles else None, character)
            break


def _invisible(view: TemplateView, where: Any, character: str) -> Finding:
    name = unicodedata.name(character, "control character").lower()
    return view.at(
        where,
        "character-invisible",
        "warning",
        f"There is a character that nobody sees (U+{ord(character):04X}, {name}): it can turn text around, "
        "or get into a code that is copied.",
        "Take it out.",
    )


def _check_charset(view: TemplateView) -> Iterator[Finding]:
    for element in view.document.named("meta"):
        attributes = element.attrs or {}
        charset = (attributes.get("charset") or "").strip()
        if (attributes.get("http-equiv") or "").lower() == "content-type":
            found = re.search(r"charset\s*=\s*[\"']?([\w-]+)", attributes.get("content") or "", re.IGNORECASE)
            charset = found[1] if found else charset
        if charset and charset.lower() not in ("utf-8", "utf8"):
            yield view.at(
                element,
                "charset-other",
                "warning",
                f"The mail says that it is in {charset}, and it is sent as UTF-8.",
                'Write <meta charset="utf-8">.',
            )
