"""A run's journal, held open by the process that waits for the run: what is written into it is known there
even when somebody deletes it, or its folder, or empties it while the run goes on."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from sesutil.errors import ProjectError
from sesutil.files import replace_bytes
from sesutil.testruns.execution.progress import JournalTail
from sesutil.testruns.journal import BEGIN, JournalContent, content_of

__all__ = ["HeldJournal"]


class HeldJournal(JournalTail):
    """A journal that is followed from before its run begins. To be closed.

    With `make` it is made where it is missing, so that one that is missing later was deleted. Once its run
    writes it, that file is read, whatever is put in its place: the run goes on writing that one, too.
    """

    def __init__(self, path: Path, *, make: bool) -> None:
        super().__init__(path)
        self._file: BinaryIO | None = None
        self._size = 0
        self._grown = False
        self._lines: list[bytes] = []
        self._cut = self._torn = False
        self._made = make and self._make()
        self.look()

    def look(self) -> object:  # type: ignore[override]
        """As in `JournalTail`."""
        try:
            self._follow()
            if self._file is not None:
                self._read(self._file)
                self._grown = self._grown or os.fstat(self._file.fileno()).st_size != self._size
        except OSError:
            pass
        return self.progress

    @property
    def gaps(self) -> bool:
        """Whether lines of the run may be missing from what was read: it was emptied meanwhile."""
        return self._cut or self._torn

    @property
    def content(self) -> JournalContent | None:
        """What the journal said, as far as it was read; None for nothing, or nothing that makes sense."""
        try:
            return content_of(b"".join(self._lines), self.path.name) if self._lines else None
        except ProjectError:
            return None

    @property
    def is_gone(self) -> bool:
        """Whether there was a journal, and its name is no longer that of the file that was read."""
        return self._file is not None and not self._is_still(self._file)

    def put_back(self) -> None:
        """Writes what was read where the journal was, if nothing is missing from it, and if what is there now
        is less (nothing, or a copy of the beginning): from that the run would be gone on with."""
        data = b"".join(self._lines)
        with suppress(OSError):  # the record is told all the same
            there = self.path.read_bytes() if self.path.exists() else b""
            if data and not self.gaps and data != there and data.startswith(there):
                replace_bytes(self.path, data)

    def close(self) -> None:
        """Ends the reading. A journal that was made here and stayed empty is taken away."""
        if self._file is None:
            return
        with suppress(OSError):
            if self._made and self._is_still(self._file) and os.fstat(self._file.fileno()).st_size == 0:
                self.path.unlink()
        self._file.close()
        self._file = None

    def _make(self) -> bool:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        except OSError:  # it is there, or the run will say why it cannot be
            return False
        return True

    def _follow(self) -> None:
        """Opens the file that has the journal's name now, unless it is the one that is open."""
        if self._file is not None and (self._grown or self._is_still(self._file)):
            return
        if not stat.S_ISREG(self.path.stat().st_mode):  # a pipe would be waited for
            return
        file = self.path.open("rb")
        if self._file is not None:
            self._file.close()
            self._offset, self._lines = 0, []
        self._file, self._size = file, os.fstat(file.fileno()).st_size

    def _is_still(self, file: BinaryIO) -> bool:
        try:
            return os.path.samestat(self.path.stat(), os.fstat(file.fileno()))
        except OSError:
            return False

    def _begun_anew(self) -> None:
        super()._begun_anew()
        self._cut = bool(self._lines)

    def _take(self, line: bytes) -> None:
        if line.startswith(BEGIN):
            self._lines, self._cut, self._torn = [line], False, False
        else:
            self._torn = self._torn or self._cut or not self._lines
            self._lines.append(line)
        super()._take(line)
