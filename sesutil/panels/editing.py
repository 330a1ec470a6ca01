"""Small widgets with a front end of their own (anywidget, no build): editor, frame, list of findings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
from traitlets import Bool, Dict, Int, List, Unicode

from sesutil.linting.findings import SEVERITIES, Finding

__all__ = ["CodeEditor", "FindingsList", "MailFrame"]

_STATIC = Path(__file__).parent / "static"


class CodeEditor(anywidget.AnyWidget):
    """A text with line numbers and marks. `cursor` is the selection, in characters from 0.

    Ctrl+S in it calls the functions of `on_save`.
    """

    _esm = _STATIC / "editor.js"
    value = Unicode("").tag(sync=True)
    label = Unicode("").tag(sync=True)
    read_only = Bool(False).tag(sync=True)
    marks: List[Any] = List().tag(sync=True)
    cursor = List(Int(), [0, 0]).tag(sync=True)
    target = Dict().tag(sync=True)
    caret = Dict().tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._save_callbacks: list[Callable[[], None]] = []
        self._turns = 0
        self.on_msg(self._on_message)

    def on_save(self, callback: Callable[[], None]) -> None:
        self._save_callbacks.append(callback)

    def mark(self, findings: Sequence[Finding]) -> None:
        """Marks the lines of findings, each with its worst one."""
        self.marks = [
            {
                "line": finding.line,
                "severity": finding.severity,
                "rank": SEVERITIES.index(finding.severity),
                "message": finding.message,
            }
            for finding in findings
            if finding.line and finding.severity != "hint"
        ]

    def go_to(self, line: int, column: int = 1) -> None:
        self._turns += 1  # the same place again is a change as well
        self.target = {"line": line, "column": column, "turn": self._turns}

    def put_cursor(self, position: int) -> None:
        self._turns += 1
        self.cursor = [position, position]
        self.caret = {"position": position, "turn": self._turns}

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, dict) and content.get("command") == "save":
            for callback in self._save_callbacks:
                callback()


class MailFrame(anywidget.AnyWidget):
    """Markup made by `previewing` and `pieces`, replaced without a flash."""

    _esm = _STATIC / "frame.js"
    markup = Unicode("").tag(sync=True)


class FindingsList(anywidget.AnyWidget):
    """Findings, worst first; `on_choose` is called with the one whose place was clicked."""

    _esm = _STATIC / "findings.js"
    items: List[Any] = List().tag(sync=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._findings: list[Finding] = []
        self._callbacks: list[Callable[[Finding], None]] = []
        self.on_msg(self._on_message)

    def on_choose(self, callback: Callable[[Finding], None]) -> None:
        self._callbacks.append(callback)

    def show(self, findings: Sequence[Finding]) -> None:
        self._findings = list(findings)
        self.items = [
            {
                "severity": finding.severity,
                "message": finding.message,
                "fix": finding.fix,
                "line": finding.line,
                "rule": finding.rule,
            }
            for finding in findings
        ]

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        number = content.get("chosen") if isinstance(content, dict) else None
        if isinstance(number, int) and 0 <= number < len(self._findings):
            for callback in self._callbacks:
                callback(self._findings[number])
