"""How bins lie in the file: a row for each account and day (of UTC), the day's bins as JSON.

A row for each bin would be plainer, but Python makes an object of each row and each number that it reads:
ten years, about 350,000 bins, take it the better part of a second. As 3,650 texts that numpy reads they take
a twentieth. With sqlite3 the view `bins` has a row for each bin.
"""

from __future__ import annotations

import json
import sqlite3
import warnings
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sesutil.errors import ProjectError
from sesutil.history.database import HISTORY_NAME

if TYPE_CHECKING:
    import numpy as np

__all__ = ["DAY", "read_days", "write_days"]

DAY = timedelta(days=1) // timedelta(microseconds=1)
"""In the unit of the file, microseconds."""

_SECOND = 1_000_000
_WIDTH = 5  # start, attempts, bounces, complaints, rejects
_BRACKETS = str.maketrans("", "", "[]")


def read_days(
    history: sqlite3.Connection, account: int, since: int | None = None, until: int | None = None
) -> np.ndarray[Any, Any]:
    """The account's bins, a row each, oldest first: start (microseconds since 1970), then the counts.

    Those that begin not before `since`, and before `until`. Raises ProjectError for a day that is not as it
    was written.
    """
    import numpy as np

    conditions, values = ["account = ?"], [account]
    if since is not None:
        conditions.append("day >= ?")
        values.append(since // DAY)
    if until is not None:
        conditions.append("day <= ?")
        values.append(until // DAY)
    days = history.execute(
        f"SELECT day, unit, number, bins FROM send_days WHERE {' AND '.join(conditions)} ORDER BY day",  # noqa: S608
        values,
    ).fetchall()
    text = ",".join(bins for *_, bins in days if bins != "[]").translate(_BRACKETS)
    try:
        with warnings.catch_warnings():
            # What is no number numpy refuses, or reads up to there and warns: that is counted below.
            warnings.simplefilter("ignore", DeprecationWarning)
            numbers = np.fromstring(text, dtype="int64", sep=",")
    except ValueError:
        numbers = np.empty(1, dtype="int64")  # not of any width
    number = [day[2] for day in days]
    if len(numbers) != _WIDTH * sum(number):
        raise ProjectError(
            f"{HISTORY_NAME} has a day of send statistics that sesutil did not write. Nothing was changed. "
            "Delete that row of send_days, or move the file elsewhere."
        )
    bins = numbers.reshape(-1, _WIDTH)
    bins[:, 0] *= np.repeat(np.array([day[1] for day in days], dtype="int64"), number)
    bins[:, 0] += np.repeat(np.array([day[0] for day in days], dtype="int64") * DAY, number)
    if since is not None:
        bins = bins[bins[:, 0] >= since]
    if until is not None:
        bins = bins[bins[:, 0] < until]
    return bins


def write_days(history: sqlite3.Connection, account: int, bins: np.ndarray[Any, Any]) -> None:
    """Writes bins as `read_days` gives them: whole days, sorted, each start once."""
    import numpy as np

    days = bins[:, 0] // DAY
    edges = np.flatnonzero(np.diff(days)) + 1
    for part in np.split(bins, edges) if len(bins) else ():
        day = int(part[0, 0]) // DAY
        offsets = part[:, 0] - day * DAY
        unit = 1 if (offsets % _SECOND).any() else _SECOND
        rows = np.column_stack([offsets // unit, part[:, 1:]]).tolist()
        history.execute(
            "INSERT OR REPLACE INTO send_days (account, day, unit, number, bins) VALUES (?, ?, ?, ?, ?)",
            (account, day, unit, len(rows), json.dumps(rows, separators=(",", ":"))),
        )
