"""Columns of the history's tables as frames have them, and the other way round."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["microseconds", "microseconds_of", "moments", "rows_frame"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rows_frame(
    history: sqlite3.Connection | None, query: str, values: Sequence[Any], columns: dict[str, str]
) -> pd.DataFrame:
    """The rows of a query as a frame with these columns and dtypes; moments are microseconds in the file.

    Without a history it is empty.
    """
    import pandas as pd

    rows = [] if history is None else history.execute(query, values).fetchall()
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    for name, dtype in columns.items():
        if dtype.startswith("datetime64"):
            frame[name] = moments(frame[name])
    return frame.astype(columns)


def moments(values: Sequence[int | None] | pd.Series[Any] | np.ndarray[Any, Any]) -> pd.DatetimeIndex:
    """Microseconds since 1970 as moments in UTC; NaT for None."""
    import numpy as np
    import pandas as pd

    if not isinstance(values, np.ndarray):
        lowest = np.iinfo("int64").min  # numpy's NaT
        numbers = [lowest if value is None else value for value in values]
        values = np.array(numbers, dtype="int64")
    return pd.DatetimeIndex(values.view("datetime64[us]")).tz_localize("UTC")


def microseconds(moment: datetime) -> int:
    """Since 1970; a moment without a zone is UTC."""
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return (moment - _EPOCH) // timedelta(microseconds=1)


def microseconds_of(column: pd.Series[Any]) -> list[int | None]:
    """A column of moments as the file has them; None for NaT."""
    import pandas as pd

    times = pd.to_datetime(column, utc=True).dt.as_unit("us")
    numbers = times.dt.tz_localize(None).to_numpy("datetime64[us]").astype("int64").tolist()
    return [None if missing else number for number, missing in zip(numbers, times.isna(), strict=True)]
