"""Telling how far runs have come, and ending them in order when a signal says so."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sesutil.testruns.execution.progress import Progress

__all__ = ["ProgressLine", "Stopper", "stopping_by_signals"]

_QUARTERS = 4


class ProgressLine:
    """`7 of 18 mails done` on stderr: one line that is rewritten on a terminal, elsewhere a line each quarter.

    Nothing with `quiet`. `before` is said before it, such as how many runs are over.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._quarter = 0
        self._shown = False
        self.before = ""

    def show(self, progress: Progress) -> None:
        if self._quiet or not progress.total:
            return
        mails = "mail" if progress.total == 1 else "mails"
        if progress.sent > progress.done:
            text = f"{self.before}{progress.sent} of {progress.total} {mails} tried, {progress.done} done"
        else:
            text = f"{self.before}{progress.done} of {progress.total} {mails} done"
        if self._terminal:
            self._shown = True
            _print(f"\r\x1b[K{text}")
            return
        quarter = _QUARTERS * progress.done // progress.total
        if quarter > self._quarter:
            self._quarter = quarter
            _print(f"{text}\n")

    def clear(self) -> None:
        """Takes the line away, before something else is printed."""
        if self._shown:
            self._shown = False
            _print("\r\x1b[K")


def _print(text: str) -> None:
    with suppress(OSError):  # a terminal that is gone, a full disk: the runs go on
        print(text, end="", file=sys.stderr, flush=True)


class Stopper:
    """Whether a signal has asked to stop: `number` is which, 0 for none."""

    def __init__(self) -> None:
        self.number = 0
        self._asked = threading.Event()

    def __call__(self) -> bool:
        return self._asked.is_set()

    def ask(self, number: int) -> None:
        self.number = self.number or number
        self._asked.set()

    @property
    def exit_code(self) -> int:
        """As a shell has it for a program that a signal ended."""
        return 128 + self.number


@contextmanager
def stopping_by_signals(tell: Callable[[], None]) -> Iterator[Stopper]:
    """Ctrl-C, SIGTERM and a closed terminal ask to stop; a second Ctrl-C is a KeyboardInterrupt.

    A run that is asked writes its record first. `tell` is called at the first signal; that it cannot be
    printed, as when the terminal was closed, stops nothing else.
    """
    stopper = Stopper()

    def on_signal(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if stopper():
            raise KeyboardInterrupt
        stopper.ask(number)
        with suppress(OSError):
            tell()

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {}
    with suppress(ValueError):  # not in the main thread
        before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield stopper
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
