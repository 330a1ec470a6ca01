"""A text to be taken along: shown as it is, copied by one click, and the click is confirmed aloud."""

from __future__ import annotations

from pathlib import Path

import anywidget
from traitlets import Unicode

__all__ = ["CopyBox"]


class CopyBox(anywidget.AnyWidget):
    """Monospaced text below its label, with a Copy button. Empty, it takes no room.

    `shown` is what is to be seen instead where the text is too long to read; the whole text is copied.
    `text` is part of the widget's state, which JupyterLab may store: nothing secret in it. For a secret
    there is `SecretShown`.
    """

    _esm = Path(__file__).parent / "static" / "copy.js"
    label = Unicode("").tag(sync=True)
    text = Unicode("").tag(sync=True)
    shown = Unicode("").tag(sync=True)

    def __init__(self, label: str, text: str = "") -> None:
        super().__init__(label=label, text=text)
