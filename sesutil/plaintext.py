"""What a mail says once its HTML is taken away, and the verification code in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

__all__ = ["before_open_comments", "find_code", "html_title", "html_to_text"]

_BLOCKS = frozenset(
    "address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr li main nav ol p pre section table tbody td tfoot th thead title tr ul".split()
)
_SILENT = frozenset({"head", "script", "style", "template", "noscript", "title"})

# A code stands alone: not a part of a longer number, word, price, colour or date.
_CODE_IN_TEXT = re.compile(r"(?<![\w#.,:/-])\d{6}(?![\w%]|[.,:/-]\d)", re.ASCII)
_CODE_LINE = re.compile(r"\d(?:[  -]?\d){3,9}", re.ASCII)


_MANY_COMMENTS = 20


class _TextCollector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.title: list[str] | None = None
        self._in_title = False
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title" and self.title is None:
            self.title = []
            self._in_title = True
        if tag == "body":
            self._silent.clear()  # a <head> left open ends here
        elif tag in _SILENT:
            self._silent.append(tag)
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if tag in self._silent:
            del self._silent[self._silent.index(tag) :]
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in_title and self.title is not None:
            self.title.append(data)
        if not self._silent:
            self.parts.append(data)


def html_to_text(html: str) -> str:
    """The text of an HTML mail, a line per block, without blank lines."""
    lines = (" ".join(line.split()) for line in "".join(_collect(html).parts).splitlines())
    return "\n".join(line for line in lines if line)


def html_title(html: str) -> str | None:
    """The text of the first `<title>`, entities decoded, blanks folded; None if there is none."""
    title = _collect(html).title
    return None if title is None else " ".join("".join(title).split())


def find_code(html: str | None, text: str | None = None) -> str | None:
    """The verification code in a mail: digits alone on a line, else the first six that stand alone.

    Returns the digits without blanks between them, or None.
    """
    for body in (html_to_text(html) if html else None, text):
        if not body:
            continue
        for line in body.splitlines():
            if _CODE_LINE.fullmatch(line.strip()):
                return re.sub(r"\D", "", line)
        if match := _CODE_IN_TEXT.search(body):
            return match[0]
    return None


def before_open_comments(html: str) -> str:
    """The HTML up to where many comments begin of which none ends; what follows is a comment for everybody.

    html.parser takes quadratic time for it.
    """
    begin = html.find("<!--", html.rfind("-->") + 1)
    return html if begin < 0 or html.count("<!--", begin) < _MANY_COMMENTS else html[:begin]


def _collect(html: str) -> _TextCollector:
    collector = _TextCollector()
    collector.feed(before_open_comments(html))
    collector.close()
    return collector
