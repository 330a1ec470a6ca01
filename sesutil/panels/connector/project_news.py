"""One panel has written connector.json: the others of the same kernel that show it should know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from weakref import WeakMethod

__all__ = ["tell", "watch"]

_watchers: list[tuple[Path, WeakMethod[Callable[[], None]]]] = []


def watch(folder: Path, callback: Callable[[], None]) -> None:
    """Calls the method after each `tell` of the folder, as long as its object lives."""
    _watchers[:] = [one for one in _watchers if one[1]() is not None]
    _watchers.append((folder, WeakMethod(callback)))


def tell(folder: Path) -> None:
    """The project's connector.json is another one now."""
    for place, reference in list(_watchers):
        callback = reference()
        if callback is not None and place == folder:
            callback()
