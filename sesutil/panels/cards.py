"""Cards of a panel with many steps: each with its own controls, there only while it has something to say."""

from __future__ import annotations

from collections.abc import Iterable

import ipywidgets as widgets

__all__ = ["Card", "actions", "announced", "display", "fields", "put"]


class Card(widgets.VBox):  # type: ignore[misc]
    """A card that can be away."""

    def __init__(self, children: Iterable[widgets.Widget]) -> None:
        super().__init__(list(children))
        self.add_class("s-card")

    @property
    def shown(self) -> bool:
        return bool(self.layout.display != "none")

    def show(self, shown: bool) -> None:
        display(self, shown)


def display(widget: widgets.Widget, shown: bool) -> None:
    """Shows a widget or takes it away; one that is only empty would leave a gap."""
    widget.layout.display = None if shown else "none"


def actions(*buttons: widgets.Widget) -> widgets.HBox:
    box = widgets.HBox(buttons)
    box.add_class("s-actions")
    return box


def fields(*children: widgets.Widget) -> widgets.HBox:
    box = widgets.HBox(children)
    box.add_class("s-fields")
    return box


def announced(markup: str) -> str:
    """Markup that a screen reader reads out when it changes."""
    return f"<div role='status'>{markup}</div>" if markup else ""


def put(widget: widgets.HTML, markup: str, *, announce: bool = False) -> None:
    """Shows the markup, and nothing at all when there is none."""
    value = announced(markup) if announce else markup
    if widget.value != value:
        widget.value = value
    display(widget, bool(markup))
