"""The practice account as a process: one per folder, until it is told to stop or nobody needs it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from sesutil.errors import PracticeError
from sesutil.files import replace_file
from sesutil.launching import PracticeEndpoint, endpoint_file, unwritable
from sesutil.practice.server import PracticeServer
from sesutil.practice.store import Store

__all__ = ["AlreadyRunning", "forget", "run"]

IDLE_LIMIT = 8 * 3600.0
"""A process that was started on demand ends after so many seconds without a request; it is back on demand."""

_LOOK_EVERY = 1.0
_PATIENCE = 2.0


class AlreadyRunning(PracticeError):
    """Another process serves this folder."""


def run(
    folder: Path,
    *,
    preset: str | None = None,
    region: str | None = None,
    domain: str | None = None,
    port: int | None = None,
    idle_limit: float | None = None,
    instance: str | None = None,
    announce: Callable[[PracticeEndpoint], None] = lambda endpoint: None,
) -> None:
    """Serves the folder's practice account until SIGINT, SIGTERM, a stop from its door, or idleness.

    Also ends when the folder goes away. `instance` is a name by which its starter knows it. Raises
    AlreadyRunning and PracticeError.
    """
    with _locked(folder):
        server = PracticeServer(
            folder, preset=preset, region=region, domain=domain, port=port, instance=instance
        )
        ended = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda signum, frame: ended.set())
        server.doors.stop = ended.set
        endpoint = server.start()
        running = endpoint_file(folder)
        try:
            replace_file(running, endpoint.to_json() + "\n", private=True)
            announce(endpoint)
            while not ended.wait(_LOOK_EVERY):
                server.tick()
                idle = time.monotonic() - server.last_request
                if not _is_own(running, endpoint) or (idle_limit is not None and idle > idle_limit):
                    break
        finally:
            time.sleep(0.05)  # lets the answer to "stop" leave
            own = _is_own(running, endpoint)
            server.stop(save=own)
            if own:
                running.unlink(missing_ok=True)  # the last thing: whoever waits for the end looks here


def _is_own(running: Path, endpoint: PracticeEndpoint) -> bool:
    """Whether the folder is still this process's: it may have been removed, and made anew by another."""
    try:
        return running.read_text(encoding="utf-8") == endpoint.to_json() + "\n"
    except OSError:
        return False


def forget(folder: Path) -> None:
    """Throws the state of a practice account away. Raises AlreadyRunning while it is in use."""
    with _locked(folder):
        Store(folder).clear()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = folder.parent / ".gitignore"
        if folder.parent.name == ".sesutil" and not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")  # keys and codes are nobody else's
    except OSError as error:
        raise unwritable(folder, error) from None
    try:
        # Patience for one that is just ending; of several that start at once, one wins.
        with FileLock(folder / "lock", timeout=_PATIENCE):
            yield
    except Timeout:
        raise AlreadyRunning(f"The practice account of {folder.parent.parent} is running already.") from None
