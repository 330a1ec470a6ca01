"""Secrets in a panel: typed in, or shown once. They pass by, as messages, and never are widget state.

JupyterLab stores the state of widgets in the notebook when it is told to, and papermill does as well; a
message leaves no trace there. In Python the secret is a masked attribute of the widget, gone with the kernel.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
from pydantic import SecretStr
from traitlets import Bool, Int, Unicode

__all__ = ["SecretInput", "SecretShown"]

_STATIC = Path(__file__).parent / "static"


class SecretInput(anywidget.AnyWidget):
    """A labelled field whose text is hidden, and kept here only: what the page knows is its length.

    `on_change` functions are called, without the secret, when it was typed, cleared or put.
    """

    _esm = _STATIC / "secret.js"
    label = Unicode("").tag(sync=True)
    hint = Unicode("").tag(sync=True)
    wrong = Bool(False).tag(sync=True)
    length = Int(0).tag(sync=True)
    """Characters that are kept; 0 for none."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label)
        self._put: SecretStr | None = None
        self._typed: SecretStr | None = None
        self._callbacks: list[Callable[[], None]] = []
        self.on_msg(self._on_message)

    @property
    def secret(self) -> str | None:
        """What was typed, else what was put there."""
        kept = self._typed if self._typed is not None else self._put
        return kept.get_secret_value() if kept is not None else None

    def put(self, secret: str | None) -> None:
        """Keeps a secret that comes from elsewhere, such as a file; what was typed counts no more."""
        self._put, self._typed = _masked(secret), None
        self._tell()

    def clear(self) -> None:
        self.put(None)

    def say(self, text: str, *, wrong: bool = False) -> None:
        with self.hold_sync():
            self.hint, self.wrong = text, wrong

    def on_change(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        typed = content.get("typed")
        if isinstance(typed, str):
            # Typed and taken out again: what was there before is there still. Clear is the way to empty it.
            self._typed = _masked(typed)
            self._tell()
        elif content.get("clear"):
            self.clear()

    def _tell(self) -> None:
        self.length = len(self.secret or "")
        for callback in self._callbacks:
            callback()


class SecretShown(anywidget.AnyWidget):
    """A secret that is shown once, after a click. `offer` gives it; away, it takes no room.

    `secret` stays readable in Python (for the file that it belongs into) until `forget`.
    """

    _esm = _STATIC / "secret_shown.js"
    label = Unicode("").tag(sync=True)
    state = Unicode("none").tag(sync=True)
    """none, offered, shown: after that it cannot be shown again."""

    def __init__(self, label: str) -> None:
        super().__init__(label=label)
        self._secret: SecretStr | None = None
        self.on_msg(self._on_message)

    @property
    def secret(self) -> str | None:
        return self._secret.get_secret_value() if self._secret is not None else None

    def offer(self, secret: str) -> None:
        self._secret = SecretStr(secret)
        self.state = "offered"

    def forget(self) -> None:
        self._secret = None
        self.state = "none"

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and content.get("show") and self.state == "offered":
            self.state = "shown"
            self.send({"secret": self.secret})


def _masked(secret: str | None) -> SecretStr | None:
    return SecretStr(secret) if secret else None
