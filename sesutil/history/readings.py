"""Readings of the quota, of AWS's own rates and of the suppression list, kept and read as frames."""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sesutil.history.accounts import PLACE_COLUMNS, chosen
from sesutil.history.columns import microseconds, microseconds_of, rows_frame
from sesutil.history.database import reading
from sesutil.statistics.reputation import REPUTATION_COLUMNS
from sesutil.statistics.suppression import SUPPRESSION_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "KEPT_QUOTA_COLUMNS",
    "KEPT_REPUTATION_COLUMNS",
    "KEPT_SUPPRESSION_COLUMNS",
    "keep_quota",
    "keep_reputation",
    "keep_suppression",
    "quotas_frame",
    "reputation_frame",
    "suppression_frame",
]

KEPT_QUOTA_COLUMNS = {
    **PLACE_COLUMNS,
    "read_at": "datetime64[us, UTC]",
    "production": "boolean",
    "sending_enabled": "boolean",
    "enforcement": "str",
    "max_24_hours": "Int64",
    "sent_24_hours": "Int64",
    "left": "Int64",
    "used_share": "float64",
    "max_per_second": "float64",
}
"""Columns of `quotas_frame`, with dtypes; `sesutil.statistics.quota.read_quota` says what they mean."""

KEPT_REPUTATION_COLUMNS = {**PLACE_COLUMNS, **REPUTATION_COLUMNS}
"""Columns of `reputation_frame`, with dtypes."""

KEPT_SUPPRESSION_COLUMNS = {
    **PLACE_COLUMNS,
    **SUPPRESSION_COLUMNS,
    "first_seen": "datetime64[us, UTC]",
    "last_seen": "datetime64[us, UTC]",
    "gone_by": "datetime64[us, UTC]",
}
"""Columns of `suppression_frame`, with dtypes."""


# -- keeping, within a transaction ----------------------------------------------------------------


def keep_quota(history: sqlite3.Connection, account: int, row: Mapping[Hashable, Any]) -> int:
    """A row of the quota's frame that was read; how many are new. The same moment is one reading."""
    names = ("production", "sending_enabled", "enforcement", "max_24_hours", "sent_24_hours")
    values = [_plain(row[name]) for name in (*names, "max_per_second")]
    return history.execute(
        "INSERT OR IGNORE INTO quota_readings VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (account, microseconds(row["read_at"]), *values),
    ).rowcount


def keep_reputation(history: sqlite3.Connection, account: int, frame: pd.DataFrame, read_at: datetime) -> int:
    """AWS's rates by their times; how many are new.

    The average of a quarter of an hour that is not over yet still changes, and over long spans CloudWatch
    gives averages of hours. So of one moment the later reading stays, and what it lacks of the earlier one.
    """
    at = microseconds_of(frame["at"])
    rates = [[_plain(value) for value in frame[name]] for name in ("bounce_rate", "complaint_rate")]
    read = microseconds(read_at)
    before = _count(history, "reputation_readings", account)
    changes = ", ".join(
        f"{name} = CASE WHEN excluded.read_at >= read_at THEN coalesce(excluded.{name}, {name}) "
        f"ELSE coalesce({name}, excluded.{name}) END"
        for name in ("bounce_rate", "complaint_rate")
    )
    history.executemany(
        f"INSERT INTO reputation_readings VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET {changes}, "  # noqa: S608
        "read_at = max(read_at, excluded.read_at)",
        ((account, *row, read) for row in zip(at, *rates, strict=True)),
    )
    return _count(history, "reputation_readings", account) - before


def keep_suppression(
    history: sqlite3.Connection, account: int, frame: pd.DataFrame, read_at: datetime
) -> int:
    """The whole list as it was at a moment; how many addresses (or new listings of one) are new.

    Only when each was first and last seen is kept. So the order in which lists come does not matter; that
    an address is gone is told by a fetch of a list without it (`suppression_frame`).
    """
    read = microseconds(read_at)
    since = [moment or 0 for moment in microseconds_of(frame["since"])]
    before = _count(history, "suppressed_addresses", account)
    history.executemany(
        "INSERT INTO suppressed_addresses VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
        "reason = CASE WHEN excluded.last_seen >= last_seen THEN excluded.reason ELSE reason END, "
        "first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)",
        (
            (account, str(address), listed, str(reason), read, read)
            for address, listed, reason in zip(frame["address"], since, frame["reason"], strict=True)
        ),
    )
    return _count(history, "suppressed_addresses", account) - before


# -- reading --------------------------------------------------------------------------------------


def quotas_frame(
    folder: str | Path,
    *,
    mode: str | None = None,
    account_id: str | None = None,
    region: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    """The quotas that were read, with KEPT_QUOTA_COLUMNS, by account and Region, oldest first.

    mode, account_id, region, read_at
        Whose, and when (UTC, by the account's clock).
    production, sending_enabled, enforcement, max_24_hours, sent_24_hours, left, used_share, max_per_second
        As in QUOTA_COLUMNS: recipients in a rolling 24 hours; a share from 0 to 1, over 1 where the quota
        was lowered since; missing where there was no limit.

    Empty where there is no history yet. Raises ProjectError as `reading` does.
    """
    where, values = chosen(mode=mode, account_id=account_id, region=region, since=since, until=until)
    left = "CASE WHEN max_24_hours IS NOT NULL THEN max(max_24_hours - sent_24_hours, 0) END"
    share = "CASE WHEN max_24_hours = 0 THEN 1.0 ELSE CAST(sent_24_hours AS REAL) / max_24_hours END"
    query = (
        "SELECT mode, account_id, region, at, production, sending_enabled, enforcement, "  # noqa: S608
        f"max_24_hours, sent_24_hours, {left}, {share}, max_per_second "
        f"FROM quota_readings JOIN accounts ON accounts.id = account WHERE {where} "
        "ORDER BY mode, account_id, region, at"
    )
    with reading(folder) as history:
        return rows_frame(history, query, values, KEPT_QUOTA_COLUMNS)


def reputation_frame(
    folder: str | Path,
    *,
    mode: str | None = None,
    account_id: str | None = None,
    region: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    """AWS's own rates, with KEPT_REPUTATION_COLUMNS, by account and Region, oldest first.

    mode, account_id, region, and as in REPUTATION_COLUMNS: at (UTC), bounce_rate, complaint_rate (shares
    from 0 to 1, NaN where CloudWatch had one and not the other). Empty where there is no history yet. Raises
    ProjectError as `reading` does.
    """
    where, values = chosen(mode=mode, account_id=account_id, region=region, since=since, until=until)
    query = (
        f"SELECT {', '.join(KEPT_REPUTATION_COLUMNS)} FROM reputation_readings "  # noqa: S608
        f"JOIN accounts ON accounts.id = account WHERE {where} ORDER BY mode, account_id, region, at"
    )
    with reading(folder) as history:
        return rows_frame(history, query, values, KEPT_REPUTATION_COLUMNS)


def suppression_frame(
    folder: str | Path,
    *,
    mode: str | None = None,
    account_id: str | None = None,
    region: str | None = None,
    listed: bool | None = None,
) -> pd.DataFrame:
    """Addresses that are or were on the suppression list, with KEPT_SUPPRESSION_COLUMNS, by address.

    mode, account_id, region
        Whose list.
    address, reason, since
        As SES lists it: BOUNCE or COMPLAINT, and when it was put there (UTC; NaT where SES did not say). One
        that was taken off and put there again has a row for each time.
    first_seen, last_seen
        The first and the last fetch of the list that had it (UTC).
    gone_by
        The first later fetch of the list that did not have it; NaT where it is still there, as far as is
        known. When it went in between, SES does not tell.

    `listed` True are those that are still there, False those that are gone. Empty where there is no history
    yet. Raises ProjectError as `reading` does.
    """
    where, values = chosen(mode=mode, account_id=account_id, region=region, table="accounts")
    gone = (
        "(SELECT min(at) FROM statistics_fetches AS f WHERE f.mode = accounts.mode "
        "AND f.account_id = accounts.account_id AND f.region = accounts.region AND f.at > last_seen "
        "AND ' ' || f.parts || ' ' LIKE '% suppression %')"
    )
    wanted = {None: "1", True: "gone_by IS NULL", False: "gone_by IS NOT NULL"}[listed]
    query = (
        "SELECT * FROM (SELECT mode, account_id, region, address, reason, nullif(listed_at, 0), first_seen, "  # noqa: S608
        f"last_seen, {gone} AS gone_by FROM suppressed_addresses "
        f"JOIN accounts ON accounts.id = account WHERE {where} "
        f"ORDER BY mode, account_id, region, address, listed_at) WHERE {wanted}"
    )
    with reading(folder) as history:
        return rows_frame(history, query, values, KEPT_SUPPRESSION_COLUMNS)


# -- pieces ---------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    """A cell as SQLite takes it; None for what is missing."""
    import pandas as pd

    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _count(history: sqlite3.Connection, table: str, account: int) -> int:
    (number,) = history.execute(f"SELECT count(*) FROM {table} WHERE account = ?", (account,)).fetchone()  # noqa: S608
    return int(number)
