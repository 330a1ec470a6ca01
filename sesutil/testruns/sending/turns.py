"""Turns: runs side by side that send from one account and Region take their turn, so that together they
stay below its rate.

AWS gives a rate to an account in a Region, not to a run. Dividing it between the workers beforehand would
leave a lone run with its half, and would know nothing of a run in another terminal. So the next free moment
stands in a small file for each account and Region: who wants to send takes it and moves it on by the
gap. It is shared by all runs of one user on one machine; runs on other machines (a Dask cluster's) are
not seen, and what SES then refuses for being too fast is tried again later, as ever.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from sesutil.account import Account

__all__ = ["Turns", "turns_for"]

_LONGEST = 600.0  # seconds; what lies further ahead was written by a clock that was wrong
_PATIENCE = 5.0
_OLD = 86400.0  # seconds; no run waits that long for its turn


class Turns:
    """The turns of those who share the file `path`. Where it cannot be used, everybody sends as if alone."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path = path
        self._now = now
        self._lock = FileLock(path.with_suffix(".lock"), timeout=_PATIENCE)
        self._works = True

    def reserve(self, gap: float) -> float:
        """Takes the next free moment, and keeps `gap` seconds behind it free; the seconds until then."""
        if not self._works or gap <= 0:
            return 0.0
        try:
            with self._lock:
                now = self._now()
                begin = max(now, self._next(now))
                self._path.write_text(f"{begin + gap:.6f}\n")
        except (OSError, Timeout):
            self._works = False
            return 0.0
        return begin - now

    def _next(self, now: float) -> float:
        try:
            moment = float(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return now
        return moment if moment < now + _LONGEST else now


def turns_for(account: Account, account_id: str | None) -> Turns | None:
    """The turns of everybody of this user who sends from the account in its Region; None where there can be
    none.

    A practice account is known by its address: they all have the same id.
    """
    place = _place()
    if place is None:
        return None
    who = account.endpoint_url if account.mode != "live" else account_id
    _clean_up(place)
    key = hashlib.sha256(f"{account.mode}\n{who}\n{account.region}".encode()).hexdigest()[:16]
    return Turns(place / f"{key}.turn")


def _clean_up(place: Path) -> None:
    """Takes away what nobody has used for a day: each practice account has its own file. Whoever waits for a
    lock that is taken away sees that it is gone, and makes another."""
    before = time.time() - _OLD
    with suppress(OSError):
        for path in place.glob("*.lock"):
            turn = path.with_suffix(".turn")
            if _is_old(path, before) and _is_old(turn, before):
                _take_away(path, turn, before)


def _take_away(path: Path, turn: Path, before: float) -> None:
    lock = FileLock(path, timeout=0)
    with suppress(OSError, Timeout), lock:
        if _is_old(turn, before):  # still, now that nobody else can use it
            turn.unlink(missing_ok=True)
            path.unlink(missing_ok=True)


def _is_old(path: Path, before: float) -> bool:
    """Also where it is not there."""
    try:
        return path.lstat().st_mtime < before
    except FileNotFoundError:
        return True


def _place() -> Path | None:
    """A folder of this user's own for what lives as long as the machine runs."""
    who = os.getuid() if hasattr(os, "getuid") else "user"
    place = Path(tempfile.gettempdir()) / f"sesutil-{who}"
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
    except OSError:
        return None
    own = stat.S_ISDIR(found.st_mode) and (not hasattr(os, "getuid") or found.st_uid == os.getuid())
    return place if own else None
