"""The practice account's time: the machine's, plus what was added to it."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Clock"]


class Clock:
    """Seconds since the epoch. `source` is the machine's clock; a test may give its own."""

    def __init__(self, source: Callable[[], float] = time.time, offset: float = 0.0) -> None:
        self._source = source
        self.offset = offset

    def now(self) -> float:
        return self._source() + self.offset

    def advance(self, seconds: float) -> None:
        """Only forward: what has happened stays so."""
        self.offset += max(seconds, 0.0)
