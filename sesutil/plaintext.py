"""What a mail says once its HTML is taken away, and the verification code in it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

__all__ = ["find_code", "html_title", "html_to_text", "tree_to_text"]

_BLOCKS = frozenset(
    "address article aside blockquote br caption center dd details dialog div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol optgroup option p pre "
    "search section summary table tbody td tfoot th thead title tr ul".split()
)
_SILENT = frozenset({"head", "script", "style", "template", "noscript", "title"})

_TITLE = re.compile(r"<title[\s/>]", re.IGNORECASE)
_TITLE_END = re.compile(r"</title", re.IGNORECASE)

# A code stands alone: not a part of a longer number, word, price, colour or date.
_CODE_IN_TEXT = re.compile(r"(?<![\w#.,:/-])\d{6}(?![\w%]|[.,:/-]\d)", re.ASCII)
_CODE_LINE = re.compile(r"\d(?:[  -]?\d){3,9}", re.ASCII)


def html_to_text(html: str) -> str:
    """The text of an HTML mail, a line per block, without blank lines."""
    from justhtml import JustHTML

    return tree_to_text(JustHTML(html, sanitize=False).root)


def tree_to_text(root: Any) -> str:
    """`html_to_text` for HTML that justhtml has parsed already."""
    parts: list[str] = []
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            parts.append(node)
        elif node.name == "#text":
            parts.append(node.data or "")
        elif node.name not in _SILENT and node.name != "#comment":
            if node.name in _BLOCKS:
                parts.append("\n")
                waiting.append("\n")
            waiting.extend(reversed(node.children or ()))
    lines = (" ".join(line.split()) for line in "".join(parts).splitlines())
    return "\n".join(line for line in lines if line)


def html_title(html: str) -> str | None:
    """The text of the first `<title>`, entities decoded, blanks folded; None if there is none.

    One within an image (SVG) is none.
    """
    from justhtml import JustHTML

    if _TITLE.search(html) is None:
        return None
    # The whole mail is read only where the first end tags are no title's: in a comment, say.
    ends = [match.end() + 1 for _, match in zip(range(4), _TITLE_END.finditer(html), strict=False)]
    for end in (*ends, len(html)):
        for element in JustHTML(html[:end], sanitize=False).query("title"):
            if element.namespace in (None, "html"):
                text = "".join(child.data or "" for child in element.children or ())
                return " ".join(text.split())
    return None


def find_code(html: str | None, text: str | None = None) -> str | None:
    """The verification code in a mail: digits alone on a line, else the first six that stand alone.

    Returns the digits without blanks between them, or None. Reads the HTML by its tags alone, which
    is much faster than parsing it; what is found nowhere then is looked for in the
    parsed HTML, where there are digits at all.
    """
    if html:
        quick = _quick_text(html)
        found = _code_in(quick)
        if found is None and _DIGITS.search(quick):
            found = _code_in(html_to_text(html))
        if found is not None:
            return found
    return _code_in(text) if text else None


def _code_in(body: str) -> str | None:
    for line in body.splitlines():
        if _CODE_LINE.fullmatch(line.strip()):
            return re.sub(r"\D", "", line)
    match = _CODE_IN_TEXT.search(body)
    return match[0] if match else None


_DIGITS = re.compile(r"\d(?:[  -]?\d){3}", re.ASCII)
_TAG = re.compile(
    r"""<!--|<(/?)([a-zA-Z][a-zA-Z0-9]*)(?:"[^"]{0,5000}"|'[^']{0,5000}'|[^'"<>]){0,500}>|<[!?/][^>]{0,500}>"""
)
_COMMENT_END = re.compile("--!?>")
_SILENT_END = {name: re.compile(rf"</{name}[\s/>]", re.IGNORECASE) for name in _SILENT}


def _quick_text(html: str) -> str:
    """`html_to_text` for HTML as people write it, roughly. Takes time in proportion to its length."""
    parts: list[str] = []
    place = 0
    while tag := _TAG.search(html, place):
        parts.append(" ".join(html[place : tag.start()].split("\n")))
        place = tag.end()
        name = (tag[2] or "").lower()
        end = None
        if tag[0] == "<!--":
            end = _COMMENT_END.search(html, tag.start() + 2)
        elif name in _SILENT and not tag[1]:
            end = _SILENT_END[name].search(html, place)
        elif name in _BLOCKS:
            parts.append("\n")
            continue
        else:
            continue
        if end is None:
            return unescape("".join(parts))
        place = end.end() if tag[0] == "<!--" else end.start()
    parts.append(" ".join(html[place:].split("\n")))
    return unescape("".join(parts))
