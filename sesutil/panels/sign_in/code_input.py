"""The field into which a code is typed, as on a sign-in page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Bool, Unicode

__all__ = ["CodeInput"]


class CodeInput(anywidget.AnyWidget):
    """One field, large and monospaced, that browsers and phones know as that of a one-time code.

    `on_enter` functions are called when Enter is pressed in it; `value` holds what stands there by then.
    """

    _esm = Path(__file__).parent.parent / "static" / "code.js"
    label = Unicode("").tag(sync=True)
    hint = Unicode("").tag(sync=True)
    wrong = Bool(False).tag(sync=True)
    value = Unicode("").tag(sync=True)

    def __init__(self, label: str) -> None:
        super().__init__(label=label)
        self._callbacks: list[Callable[[], None]] = []
        self.on_msg(self._on_message)

    def say(self, text: str, *, wrong: bool = False) -> None:
        with self.hold_sync():
            self.hint, self.wrong = text, wrong

    def on_enter(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        if not isinstance(content, dict) or not isinstance(content.get("entered"), str):
            return
        self.value = content["entered"]
        for callback in self._callbacks:
            callback()
