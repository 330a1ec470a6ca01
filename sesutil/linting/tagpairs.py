"""Start and end tags as their author wrote them: which have no partner, and whether the file ends within one.

Browsers repair what does not fit, and so does the parser of `document`; here nothing is repaired.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from sesutil.plaintext import before_open_comments

__all__ = ["TagPairs"]

# WHATWG HTML, 13.1.2: elements without an end tag, and those whose end tag may be left out.
_VOID = frozenset(
    "area base basefont bgsound br col command embed frame hr image img input keygen link meta param source "
    "track wbr".split()
)
_OPTIONAL_END = frozenset(
    "html head body p li dt dd option optgroup tr td th thead tbody tfoot colgroup caption rb rt rtc rp".split()
)
_RAW_TEXT = frozenset({"title", "style", "script", "textarea", "xmp"})
_FOREIGN = frozenset({"svg", "math"})  # in these <x/> is closed


class TagPairs(HTMLParser):
    """`unclosed` and `stray`: (offset, name) of start tags that are never closed, though they have to be,
    and of end tags that close nothing. `cut_off` is where the tag, comment or raw text begins in which
    the file ends, None when it ends well; `open_raw_text` the element's name if it is such a one."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self._line_starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._open: list[tuple[int, str]] = []
        self._raw: tuple[int, str] | None = None
        self.unclosed: list[tuple[int, str]] = []
        self.stray: list[tuple[int, str]] = []
        self.cut_off: int | None = None
        self.open_raw_text = ""
        whole = before_open_comments(text)
        if len(whole) < len(text):
            self.cut_off = len(whole)
        self.feed(whole)
        self._finish(len(whole) - len(self.rawdata))

    def _finish(self, rest: int) -> None:
        """`rest` is where what the parser still waits for begins."""
        if self._raw is not None:
            self.cut_off, self.open_raw_text = self._raw
        elif re.match(r"<[a-zA-Z/!?]", self.rawdata):
            self.cut_off = rest
        self._close_until(0)
        self.unclosed.sort()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._raw is not None or tag in _VOID:
            return
        here = (self._offset(), tag)
        if tag in _RAW_TEXT and not self._is_foreign():
            self._raw = here
        else:
            self._open.append(here)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._is_foreign() and tag not in _FOREIGN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._raw is not None:
            if tag == self._raw[1]:
                self._raw = None
            return
        if tag in _VOID:
            return
        for number in range(len(self._open) - 1, -1, -1):
            if self._open[number][1] == tag:
                self._close_until(number + 1)
                self._open.pop()
                return
        # <b><i></b></i>: the crossing is said once, at the start tag
        if not any(name == tag for _, name in self.unclosed):
            self.stray.append((self._offset(), tag))

    def _close_until(self, count: int) -> None:
        while len(self._open) > count:
            offset, name = self._open.pop()
            if name not in _OPTIONAL_END:
                self.unclosed.append((offset, name))

    def _is_foreign(self) -> bool:
        return any(name in _FOREIGN for _, name in self._open)

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._line_starts[line - 1] + column
