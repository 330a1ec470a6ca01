"""What became of an overview's mails by usage type and by configuration set, as far as the history knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sesutil.history.joining import BY_SET_COLUMNS, BY_TYPE_COLUMNS, by_configuration_set, by_usage_type
from sesutil.statistics.overview import Overview

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["usage_frame"]

_BY = {
    "usage_type": (by_usage_type, BY_TYPE_COLUMNS),
    "configuration_set": (by_configuration_set, BY_SET_COLUMNS),
}


def usage_frame(
    folder: str | Path, overview: Overview, by: Literal["usage_type", "configuration_set"]
) -> pd.DataFrame:
    """`by_usage_type` or `by_configuration_set` of the history, of the accounts and span looked at.

    Only of the same mode, account and Region; empty for an account whose id is not known. Raises
    ProjectError as `reading` does.
    """
    import pandas as pd

    ask, columns = _BY[by]
    parts = [
        ask(
            folder,
            mode=row["mode"] or None,
            account_id=row["account_id"],
            region=row["region"],
            since=overview.since,
        )
        for row in overview.rows
        if row["account_id"]
    ]
    filled = [part for part in parts if len(part)]
    if filled:
        return pd.concat(filled, ignore_index=True)
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})
