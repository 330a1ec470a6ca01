"""How far a run has come, from the journal that it writes: for whoever waits for it outside its kernel."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

__all__ = ["JournalTail", "Progress"]


@dataclass(frozen=True)
class Progress:
    """`sent`: mails that SES has answered for. `done`: those that are judged. `total`: all of the run."""

    sent: int
    done: int
    total: int


class JournalTail:
    """Reads a journal as it grows. `progress` is None until the run has begun."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.progress: Progress | None = None
        self._offset = 0
        self._total = 0
        self._sent: set[int] = set()
        self._done: set[int] = set()

    def look(self) -> Progress | None:
        """The progress by now. A journal that is not there yet, or cannot be read now, changes nothing."""
        try:
            with self.path.open("rb") as file:
                self._read(file)
        except OSError:
            pass
        return self.progress

    def _read(self, file: BinaryIO) -> None:
        if file.seek(0, 2) < self._offset:
            self._begun_anew()
        file.seek(self._offset)
        data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines(keepends=True):
            self._take(line)

    def _begun_anew(self) -> None:
        self._offset = 0

    def _take(self, line: bytes) -> None:
        try:
            record = json.loads(line)
            kind = record["kind"]
            if kind == "run":
                self._total = len(record["cases"])
                self._sent.clear()
                self._done.clear()
            elif kind == "sending":
                self._done.discard(record["number"])
            elif kind in ("answer", "verdict"):
                self._sent.add(record["number"])
                if kind == "verdict" or record["result"]["status"] == "refused":  # of which no more comes
                    self._done.add(record["number"])
        except (ValueError, KeyError, TypeError):
            return  # a journal that makes no sense is told by whoever reads it whole
        self.progress = Progress(len(self._sent), len(self._done), self._total)
