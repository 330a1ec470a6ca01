"""Start and end tags as their author wrote them: which have no partner, and whether the file ends within one.

Browsers repair what does not fit, and so does the parser of `document`; here nothing is repaired.
"""

from __future__ import annotations

import re

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

_MARKUP = re.compile(r"<(?:(!--)|(/?)([a-zA-Z][^\s/>]*)|[!?/])")
_COMMENT_END = re.compile(r"--!?>")
_ATTRIBUTE = re.compile(r"""[\s/]*+(?:([^\s/>=][^\s/>=]*+)(?:\s*+=\s*+("[^"]*+"?|'[^']*+'?|[^\s>]*+))?+|=)""")


class TagPairs:
    """`unclosed` and `stray`: (offset, name) of start tags that are never closed, though they have to be,
    and of end tags that close nothing. `cut_off` is where the tag, comment or raw text begins in which
    the file ends, None when it ends well; `open_raw_text` the element's name if it is such a one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._open: list[tuple[int, str]] = []
        self.unclosed: list[tuple[int, str]] = []
        self.stray: list[tuple[int, str]] = []
        self.cut_off: int | None = None
        self.open_raw_text = ""
        at = 0
        while (match := _MARKUP.search(text, at)) is not None:
            end = self._read(match)
            if end is None:
                self.cut_off = match.start()
                break
            at = end
        self._close_until(0)
        self.unclosed.sort()

    def _read(self, match: re.Match[str]) -> int | None:
        """Takes one tag or comment; where it ends, None when it does not."""
        if match[1]:
            if self._text.startswith((">", "->"), match.end()):  # <!--> is a whole comment
                return match.end()
            closing = _COMMENT_END.search(self._text, match.end())
            return closing.end() if closing else None
        if match[3] is None:
            bogus = self._text.find(">", match.end())
            return bogus + 1 if bogus >= 0 else None
        end, closed = self._end_of_tag(match.end())
        if end is None:
            return None
        name = match[3].lower()
        if match[2]:
            self._take_end(match.start(), name)
        elif name in _RAW_TEXT and not self._is_foreign():
            last = re.compile(rf"</{name}(?=[\s/>])[^>]*>", re.IGNORECASE).search(self._text, end)
            if last is None:
                self.open_raw_text = name
                return None
            return last.end()
        elif name not in _VOID and not (closed and (self._is_foreign() or name in _FOREIGN)):
            self._open.append((match.start(), name))
        return end

    def _end_of_tag(self, at: int) -> tuple[int | None, bool]:
        """Where a tag whose name ends at an offset is over, and whether it closes itself."""
        while (attribute := _ATTRIBUTE.match(self._text, at)) is not None:
            value = attribute[2] or ""
            if value[:1] in ("'", '"') and (len(value) < 2 or value[-1] != value[0]):
                return None, False
            at = attribute.end()
        end = re.compile(r"[\s/]*+>").match(self._text, at)
        return (None, False) if end is None else (end.end(), "/" in end[0])

    def _take_end(self, offset: int, name: str) -> None:
        if name in _VOID:
            return
        for number in range(len(self._open) - 1, -1, -1):
            if self._open[number][1] == name:
                self._close_until(number + 1)
                self._open.pop()
                return
        # <b><i></b></i>: the crossing is said once, at the start tag
        if not any(other == name for _, other in self.unclosed):
            self.stray.append((offset, name))

    def _close_until(self, count: int) -> None:
        while len(self._open) > count:
            offset, name = self._open.pop()
            if name not in _OPTIONAL_END:
                self.unclosed.append((offset, name))

    def _is_foreign(self) -> bool:
        return any(name in _FOREIGN for _, name in self._open[-40:])
