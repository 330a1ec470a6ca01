"""What panels are built from: cards, fields, rows of findings. The one place where text is escaped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape
from threading import Thread
from typing import Any

import ipywidgets as widgets

__all__ = [
    "Field",
    "Panel",
    "Runner",
    "card",
    "card_title",
    "html",
    "link",
    "mail_frame",
    "rows",
    "run_in_thread",
    "run_now",
    "safe",
    "with_codes",
]

Runner = Callable[[Callable[[], None]], None]
"""Carries out long work: `run_in_thread` in a notebook, `run_now` in a test."""

_SIGNS = {
    "good": "\N{CHECK MARK}",
    "bad": "\N{BALLOT X}",
    "wait": "\N{HORIZONTAL ELLIPSIS}",
    "look": "!",
    "todo": "\N{WHITE CIRCLE}",
}


def run_in_thread(work: Callable[[], None]) -> None:
    Thread(target=work, daemon=True).start()


def run_now(work: Callable[[], None]) -> None:
    work()


def safe(text: object) -> str:
    """Text from outside (a recipient, AWS's message, a template) as HTML that shows just that text."""
    return escape(str(text))


def with_codes(sentence: str) -> str:
    """A sentence of the work functions, in which `…` marks what is to be entered, as HTML."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", safe(sentence))


def html(markup: str = "", *classes: str) -> widgets.HTML:
    widget = widgets.HTML(markup)
    for name in classes:
        widget.add_class(name)
    return widget


def card(*children: widgets.Widget) -> widgets.VBox:
    box = widgets.VBox(children)
    box.add_class("s-card")
    return box


def card_title(title: str, why: str = "") -> str:
    muted = f"<p class='s-muted'>{safe(why)}</p>" if why else ""
    return f"<h3>{safe(title)}</h3>{muted}"


class Panel(widgets.VBox):  # type: ignore[misc]
    """What a notebook shows of a step: a column in the panels' style. Its stored form holds no values."""

    def __init__(self, children: Iterable[widgets.Widget]) -> None:
        super().__init__(list(children))
        self.add_class("sesutil")

    def __repr__(self) -> str:
        return f"{type(self).__name__}: run this cell to use it"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)
        if isinstance(bundle, dict):
            bundle["text/plain"] = repr(self)
        return bundle


class Field(widgets.VBox):  # type: ignore[misc]
    """A control with its label above and below it a hint, which becomes the complaint when it is wrong."""

    def __init__(self, control: widgets.Widget, *, wide: bool = False) -> None:
        self.control = control
        self._hint = html("", "s-hint")
        super().__init__([control, self._hint])
        self.add_class("s-field")
        if wide:
            self.add_class("s-wide")

    def say(self, text: str, *, wrong: bool = False) -> None:
        sign = f"{_SIGNS['bad']} " if wrong else ""
        self._hint.value = safe(sign + text)
        (self.add_class if wrong else self.remove_class)("s-wrong")


def rows(items: Iterable[tuple[str, str, str, str]]) -> str:
    """Findings as a grid: (kind, word, sentence in HTML, what stands at the right in HTML).

    kind is good, bad, wait, look or todo: a sign and a colour beside the word, never colour alone.
    """
    cells = "".join(
        f"<div class='s-state s-{kind}'>{_SIGNS[kind]} {safe(word)}</div><div>{sentence}</div>"
        f"<div class='s-muted'>{right}</div>"
        for kind, word, sentence, right in items
    )
    return f"<div class='s-rows'>{cells}</div>"


def link(address: str, text: str) -> str:
    return f'<a href="{safe(address)}" target="_blank" rel="noopener noreferrer">{safe(text)}</a>'


def mail_frame(content: str) -> str:
    """A mail's HTML in a frame in which nothing runs, nothing is sent, and nothing is loaded from outside."""
    policy = (
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">"
    )
    return f'<iframe sandbox="" title="The mail" srcdoc="{escape(policy + content)}"></iframe>'
