"""Where a kernel of ours is talked to: in sockets that are files, in a folder that is this user's alone.

Over TCP everybody on the machine can reach a kernel, and what is said is not encrypted; newer kernels warn of
that on the terminal.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["private_sockets"]

_LONGEST = 103  # bytes that the path of a socket may have: 103 on macOS, 107 on Linux
_NAMES = len("/k-99")
_PREFIX = "sesutil-k"
_OLD = 7 * 86400.0  # seconds; no run takes that long


@contextmanager
def private_sockets() -> Iterator[dict[str, str]]:
    """What a kernel manager is to have (`transport`, `ip`), while the folder is there.

    Nothing, which means TCP, on Windows, and where no temporary folder has a path that is short enough.
    """
    folder = _make_folder()
    if folder is None:
        yield {}
        return
    try:
        yield {"transport": "ipc", "ip": str(folder / "k")}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make_folder() -> Path | None:
    if os.name == "nt":
        return None
    _clean_up(Path(tempfile.gettempdir()))
    for place in dict.fromkeys((tempfile.gettempdir(), "/tmp")):  # noqa: S108 a folder of our own in it
        try:
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))  # nobody else may look into it
        except OSError:
            continue
        if len(os.fsencode(folder)) + _NAMES <= _LONGEST:
            return folder
        shutil.rmtree(folder, ignore_errors=True)
    return None


def _clean_up(place: Path) -> None:
    """Takes away what programs left that were killed."""
    with suppress(OSError):
        for folder in place.glob(f"{_PREFIX}*"):
            about = folder.lstat()
            if about.st_uid == os.getuid() and about.st_mtime < time.time() - _OLD:
                shutil.rmtree(folder, ignore_errors=True)
