"""A file handed to the browser by one click. It is made at the click, and never is state of the widget."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Bool, Unicode

from sesutil.errors import SesutilError

__all__ = ["Download"]


class Download(anywidget.AnyWidget):
    """`make` gives the file's name and its bytes; what it raises of ours is said beside the button."""

    _esm = Path(__file__).parent / "static" / "download.js"
    label = Unicode("").tag(sync=True)
    disabled = Bool(False).tag(sync=True)

    def __init__(self, label: str, media_type: str, make: Callable[[], tuple[str, bytes]]) -> None:
        super().__init__(label=label)
        self._media_type = media_type
        self._make = make
        self.on_msg(self._on_message)

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        if not (isinstance(content, dict) and content.get("wanted")):
            return
        try:
            name, data = self._make()
        except SesutilError as error:
            self.send({"error": str(error)})
            return
        self.send({"name": name, "type": self._media_type}, buffers=[data])
