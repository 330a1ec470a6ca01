"""Whose a run's files are: the process that carries the run out has them to itself, from before it touches
any of them until its record is written."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from sesutil.errors import ProjectError

__all__ = ["FilesInUse", "claimed", "is_being_written"]

_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}


class FilesInUse(ProjectError):
    """Another process is carrying out a run with these files. Nothing of it was touched."""


@contextmanager
def claimed(files: Iterable[Path]) -> Iterator[None]:
    """Has these files to itself; the folders are made where they are missing.

    Beside each stands a lock meanwhile, which the system frees when the process dies, and which is taken away
    at the end. A file system without locks gives none: there the journal's own keeps mails from being sent
    twice. Raises FilesInUse, and ProjectError for a folder that cannot be written to.
    """
    with ExitStack() as held:
        for path in sorted({file.resolve() for file in files}):
            held.enter_context(_one(path))
        yield


@contextmanager
def _one(path: Path) -> Iterator[None]:
    place = path.with_name(f".{path.name}.lock")
    lock = FileLock(place, timeout=0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise _in_use(path) from None
    except NotImplementedError:
        pass
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise ProjectError(
                f"{path.parent} cannot be written to: {error.strerror}. Make it writable, or name another."
            ) from None
    try:
        yield
    finally:
        if lock.is_locked:
            with suppress(OSError):  # Windows removes nothing that is open
                place.unlink()
            with suppress(OSError):
                lock.release()


def is_being_written(journal: Path) -> bool:
    """Whether a run writes this journal right now, whoever started it; where that cannot be seen, False."""
    try:
        import fcntl
    except ImportError:  # Windows
        return False
    if not journal.is_file():
        return False
    try:
        with journal.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _in_use(path: Path) -> FilesInUse:
    return FilesInUse(
        f"Another process is carrying out a run with {path.name} right now. Wait until it has ended, or name "
        "another output."
    )
